/**
 * The embedded backend of tenants' keyspaces: `<DATA_DIR>/cassandra/<keyspace>.sqlite`, with the same base tables, migrations,
 * plan and mark rules as on a cluster. Replication is recorded and compared, nothing is replicated.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, type Absent, type Backend, type Change, isAbsent, type Provider, type Ref } from '@leasehold/engine';
import { bound, invalid } from '@leasehold/kernel';
import type { Around } from '../edge/caller.ts';
import { chosen, touches } from '../edge/difference.ts';
import { markOf, mayAdopt, mayChange, mayDelete, vanished } from '../edge/ownership.ts';
import { createDisk, type Disk } from '../embedded/disk.ts';
import { isMissingFile, isTakenName, removeRemains, removeTree, visibleNames } from '../embedded/files.ts';
import {
  changeEmbeddedFile,
  createEmbeddedFile,
  createTableSql,
  type EmbeddedRecord,
  markEmbeddedFile,
  readEmbeddedFile,
  sqliteType,
} from './embedded-file.ts';
import { KEYSPACE_KIND } from './provider.ts';
import { type KeyspaceSeen, type KeyspaceSpec, keyspaceSpec, planKeyspace } from './spec.ts';
import { MIGRATIONS, quoteName } from './tables.ts';

export interface EmbeddedCassandraOptions {
  readonly dataDir: string;
  readonly replication?: Readonly<Record<string, number>>;
  readonly around?: Around;
}

const ENDING = '.sqlite';

export function createEmbeddedCassandraBackend(options: EmbeddedCassandraOptions): {
  readonly backend: Backend;
  readonly providers: readonly [Provider<KeyspaceSpec, KeyspaceSeen>];
} {
  const { dataDir, replication = { embedded: 1 }, around } = options;
  const disk = createDisk({ backend: 'cassandra', folder: join(dataDir, 'cassandra'), around });
  return { backend: disk.backend, providers: [createProvider(disk, replication)] };
}

function createProvider(
  disk: Disk,
  replication: Readonly<Record<string, number>>,
): Provider<KeyspaceSpec, KeyspaceSeen> {
  const path = (ref: Ref) => join(disk.folder, fileName(ref.name));
  const plan = (ref: Ref, spec: KeyspaceSpec, seen: KeyspaceSeen | Absent) => planKeyspace(ref, spec, seen, MIGRATIONS);
  const look = (ref: Ref, signal: AbortSignal) => disk.read('read-keyspace', signal, () => seenAt(path(ref), ref));
  return {
    kind: KEYSPACE_KIND,
    backend: 'cassandra',
    holdsData: true,
    hasAccess: false,
    embedded: true,
    spec: keyspaceSpec(replication, MIGRATIONS),
    bounds: {
      timeoutMs: bound('embedded-keyspace-ms', 10_000),
      parallelism: bound('embedded-keyspace-parallelism', 4),
      ceiling: undefined,
    },
    plan,
    observe: (ref, { signal }) => look(ref, signal),
    listNames: ({ signal }) => namesIn(disk, signal),
    async *observeAll({ signal }) {
      for (const name of await namesIn(disk, signal)) {
        const ref = { kind: KEYSPACE_KIND, name, tenantId: '', generation: 0, tier: '' };
        const { record } = await disk.read('read-keyspace', signal, async () => readEmbeddedFile(path(ref)));
        if (record === undefined) continue;
        const owned = { ...ref, tenantId: record.tenantId, generation: record.generation };
        const seen = await look(owned, signal);
        if (!isAbsent(seen)) yield [owned, seen];
      }
    },
    async ensure(ref, spec, changes, { signal }) {
      const outputs = { keyspace: ref.name, replication: { ...spec.replication }, path: path(ref) };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      if (whole && (await create(disk, path(ref), ref, spec, signal))) return outputs;
      const seen = await look(ref, signal);
      if (isAbsent(seen)) throw vanished(ref, 'cassandra');
      mayChange(ref, seen, 'cassandra');
      const due = whole ? plan(ref, spec, seen) : changes;
      await disk.change('change-keyspace', ref.name, signal, async () =>
        changeEmbeddedFile(path(ref), recordAfter(ref, spec, seen, due), statementsFor(due)),
      );
      return outputs;
    },
    async adopt(ref, _spec, { signal }) {
      const seen = await look(ref, signal);
      if (isAbsent(seen)) throw vanished(ref, 'cassandra');
      if (!mayAdopt(ref, seen, 'cassandra')) return;
      const { tenantId, generation } = ref;
      const record = { tenantId, generation, schemaVersion: 0, replication: {}, durableWrites: true };
      await disk.change('mark-keyspace', ref.name, signal, async () => markEmbeddedFile(path(ref), record));
    },
    async delete(ref, { signal }) {
      const seen = await look(ref, signal);
      if (!isAbsent(seen) && !mayDelete(ref, seen, 'cassandra')) return;
      const remove = isAbsent(seen) ? removeRemains : removeTree;
      await disk.change('drop-keyspace', ref.name, signal, () => remove(path(ref)));
    },
  };
}

async function namesIn(disk: Disk, signal: AbortSignal): Promise<readonly string[]> {
  const files = await disk.read('list-keyspaces', signal, () => visibleNames(disk.folder));
  return files.filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
}

function fileName(name: string): string {
  if (/^[a-z][a-z0-9_]{0,47}$/.test(name)) return name + ENDING;
  throw invalid(`keyspace name ${JSON.stringify(name)} is not one`, { code: 'InvalidName' });
}

async function seenAt(path: string, ref: Ref): Promise<KeyspaceSeen | Absent> {
  try {
    await access(path);
  } catch (error) {
    if (isMissingFile(error)) return ABSENT;
    throw error;
  }
  const { record, tables } = readEmbeddedFile(path);
  return {
    mark: markOf(record, ref),
    ...(record === undefined ? {} : { generation: record.generation }),
    replication: record?.replication ?? {},
    durableWrites: record?.durableWrites ?? true,
    schemaVersion: record?.schemaVersion ?? 0,
    tables,
  };
}

/** @returns false where the name is taken already. */
async function create(disk: Disk, path: string, ref: Ref, spec: KeyspaceSpec, signal: AbortSignal): Promise<boolean> {
  const { replication, durableWrites, schemaVersion } = spec;
  const statements = MIGRATIONS.filter((one) => one.version <= schemaVersion)
    .flatMap((one) => one.steps)
    .map((step) =>
      step.kind === 'table' ? createTableSql(step.table) : addColumnSql(step.table, step.column, step.type),
    );
  const record = { tenantId: ref.tenantId, generation: ref.generation, schemaVersion, replication, durableWrites };
  return disk.change('create-keyspace', ref.name, signal, async () => {
    try {
      await createEmbeddedFile(path, record, statements);
      return true;
    } catch (error) {
      if (isTakenName(error)) return false;
      throw error;
    }
  });
}

const addColumnSql = (table: string, column: string, type: string): string =>
  `ALTER TABLE ${quoteName(table)} ADD COLUMN ${quoteName(column)} ${sqliteType(type)}`;

function recordAfter(ref: Ref, spec: KeyspaceSpec, seen: KeyspaceSeen, changes: readonly Change[]): EmbeddedRecord {
  const { replication, durableWrites } = seen;
  return {
    tenantId: ref.tenantId,
    generation: touches(changes, '/generation') ? ref.generation : (seen.generation ?? ref.generation),
    schemaVersion: touches(changes, '/schemaVersion') ? spec.schemaVersion : seen.schemaVersion,
    replication: chosen('/replication', replication, spec.replication, changes),
    durableWrites: touches(changes, '/durableWrites') ? spec.durableWrites : durableWrites,
  };
}

/** Lost or new tables and columns, in the order of the migrations. */
function statementsFor(changes: readonly Change[]): readonly string[] {
  const has = (path: string) => changes.some((change) => change.path === path);
  return MIGRATIONS.flatMap((migration) =>
    migration.steps.flatMap((step) => {
      if (step.kind === 'column') {
        const path = `/tables/${step.table}/columns/${step.column}`;
        return has(path) ? [addColumnSql(step.table, step.column, step.type)] : [];
      }
      const { name, columns } = step.table;
      if (has(`/tables/${name}`)) return [createTableSql(step.table)];
      return Object.entries(columns)
        .filter(([column]) => has(`/tables/${name}/columns/${column}`))
        .map(([column, type]) => addColumnSql(name, column, type));
    }),
  );
}
