/**
 * What is there of keyspaces, from the schema tables: one keyspace in four parallel queries, the fourth of which tells what
 * of it can be used (live-schema.ts); all marked ones in three full reads. Changes nothing.
 */
import type { Absent, Ref } from '@leasehold/engine';
import { ABSENT } from '@leasehold/engine';
import { canonicalJson } from '@leasehold/kernel';
import { markOf } from '../edge/ownership.ts';
import { hiddenTables, liveTables } from './live-schema.ts';
import { parseMark, type TableMark } from './mark.ts';
import type { CassandraSession } from './session.ts';
import type { KeyspaceSeen } from './spec.ts';

const KEYSPACES = 'SELECT keyspace_name, replication, durable_writes FROM system_schema.keyspaces';
const TABLES = 'SELECT keyspace_name, table_name, comment FROM system_schema.tables';
const COLUMNS = 'SELECT keyspace_name, table_name, column_name, kind, position, type FROM system_schema.columns';
const ONE = ' WHERE keyspace_name = ?';

/** One column as the schema tables tell it. */
export interface ColumnRow {
  readonly name: string;
  readonly kind: string;
  readonly position: number;
  readonly type: string;
}

interface Found {
  readonly replication: Readonly<Record<string, string>>;
  readonly durableWrites: boolean;
  readonly comments: Map<string, string>;
  readonly columns: Map<string, ColumnRow[]>;
}

export interface ObservationOptions {
  readonly session: CassandraSession;
  readonly baseTables: ReadonlySet<string>;
  /** Why what others made cannot be base tables. */
  readonly misfits: (columns: ReadonlyMap<string, readonly ColumnRow[]>) => readonly string[];
  /** What our own CREATE KEYSPACE would have left: an empty keyspace with another replication is not half made. */
  readonly replication: Readonly<Record<string, number>>;
}

export async function observeKeyspace(
  options: ObservationOptions,
  ref: Ref,
  signal: AbortSignal,
): Promise<KeyspaceSeen | Absent> {
  const { session, baseTables } = options;
  const [all, live] = await Promise.all([read(session, ref.name, signal), liveTables(session, ref.name, signal)]);
  const found = all.get(ref.name);
  if (found === undefined) return ABSENT;
  const { comments, columns } = found;
  for (const table of await hiddenTables({ session, baseTables, comments }, ref, live, signal)) {
    comments.delete(table);
    columns.delete(table);
  }
  return seenOf(options, ref, found);
}

export async function* observeKeyspaces(
  options: ObservationOptions,
  kind: string,
  signal: AbortSignal,
): AsyncGenerator<readonly [Ref, KeyspaceSeen]> {
  for (const [name, found] of await read(options.session, undefined, signal)) {
    const mark = ownerOf(options.baseTables, found);
    if (mark === undefined) continue;
    const ref = { kind, name, tenantId: mark.tenantId, generation: mark.generation, tier: '' };
    yield [ref, seenOf(options, ref, found)];
  }
}

export async function keyspaceNames(session: CassandraSession, signal: AbortSignal): Promise<readonly string[]> {
  const rows = await session.rows('list-keyspaces', 'SELECT keyspace_name FROM system_schema.keyspaces', [], signal);
  return rows.map(({ keyspace_name }) => keyspace_name);
}

async function read(
  session: CassandraSession,
  name: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const params = name === undefined ? [] : [name];
  const suffix = name === undefined ? '' : ONE;
  const [keyspaces, tables, columns] = await Promise.all([
    session.rows('read-keyspaces', KEYSPACES + suffix, params, signal),
    session.rows('read-tables', TABLES + suffix, params, signal),
    session.rows('read-columns', COLUMNS + suffix, params, signal),
  ]);
  const found = new Map<string, Found>();
  for (const row of keyspaces) {
    const { keyspace_name, replication, durable_writes } = row;
    found.set(keyspace_name, { replication, durableWrites: durable_writes, comments: new Map(), columns: new Map() });
  }
  for (const row of tables) found.get(row.keyspace_name)?.comments.set(row.table_name, row.comment ?? '');
  for (const row of columns) {
    const of = found.get(row.keyspace_name)?.columns;
    const names = of?.get(row.table_name) ?? [];
    names.push({ name: row.column_name, kind: row.kind, position: row.position, type: row.type });
    of?.set(row.table_name, names);
  }
  return found;
}

function ownerOf(baseTables: ReadonlySet<string>, found: Found): TableMark | undefined {
  let owner: TableMark | undefined;
  for (const [name, comment] of found.comments) {
    const mark = baseTables.has(name) ? parseMark(comment) : undefined;
    if (mark === undefined) continue;
    owner = {
      tenantId: owner?.tenantId ?? mark.tenantId,
      generation: Math.max(owner?.generation ?? 0, mark.generation),
      schema: Math.max(owner?.schema ?? 0, mark.schema),
    };
  }
  return owner;
}

function seenOf(options: ObservationOptions, ref: Ref, found: Found): KeyspaceSeen {
  const owner = ownerOf(options.baseTables, found);
  const { class: strategy = '', ...centres } = found.replication;
  const topology = strategy.endsWith('NetworkTopologyStrategy');
  const factors = Object.entries(centres).map(([name, factor]) => [name, Number(factor)] as const);
  const replication: Readonly<Record<string, number>> = topology
    ? Object.fromEntries(factors)
    : { [strategy.slice(strategy.lastIndexOf('.') + 1)]: Number(centres.replication_factor ?? 0) };
  const halfMade = found.comments.size === 0 && canonicalJson(replication) === canonicalJson(options.replication);
  const tables = [...found.comments.keys()].filter((name) => options.baseTables.has(name));
  return {
    mark: halfMade ? 'half-made' : markOf(owner, ref),
    ...(owner === undefined ? {} : { generation: owner.generation }),
    replication,
    durableWrites: found.durableWrites,
    schemaVersion: owner?.schema ?? 0,
    tables: Object.fromEntries(
      tables.map((name) => [name, (found.columns.get(name) ?? []).map((column) => column.name)]),
    ),
    ...(owner === undefined ? { misfits: options.misfits(found.columns) } : {}),
  };
}
