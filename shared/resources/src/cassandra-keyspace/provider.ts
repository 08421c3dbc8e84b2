/**
 * The provider of tenants' keyspaces on a real cluster. Owns the order of schema statements; leaves differences to
 * `spec.ts`, the reading of the schema to `observation.ts`.
 *
 * K1. A keyspace is created with plain CREATE KEYSPACE and tables with plain CREATE TABLE: what somebody else made in
 *     between is answered with an error, never adopted.
 * K2. Every base table carries the mark from its first moment; the one that completes the first migration is created last.
 * K3. Only the changes handed in are made, in the order of the migrations, and only after the mark was seen to be ours.
 * K4. A keyspace that is half made is created once more: a node that was killed in the middle of the first CREATE may show
 *     the keyspace in its schema tables and yet refuse it to every statement, until it is created again.
 */
import { type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { asFault, type Bound, bug, type Fault, invalid } from '@leasehold/kernel';
import { chosen, isAt, pointerParts, touches } from '../edge/difference.ts';
import { appeared, mayChange, mayDelete, vanished } from '../edge/ownership.ts';
import { adoptKeyspace } from './adoption.ts';
import { isMissing } from './fault.ts';
import { markText } from './mark.ts';
import { keyspaceNames, type ObservationOptions, observeKeyspace, observeKeyspaces } from './observation.ts';
import { type KeyspaceSeen, type KeyspaceSpec, keyspaceSpec, planKeyspace } from './spec.ts';
import { columnType, createTableCql, type Migration, quoteName, quoteText, replicationCql } from './tables.ts';

export const KEYSPACE_KIND = 'cassandra-keyspace';

export interface KeyspaceOptions extends ObservationOptions {
  readonly migrations: readonly Migration[];
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly tableLimit: Bound;
}

export function createKeyspaceProvider(options: KeyspaceOptions): Provider<KeyspaceSpec, KeyspaceSeen> {
  const { migrations, session } = options;
  const plan = (ref: Ref, spec: KeyspaceSpec, seen: KeyspaceSeen | Absent) => planKeyspace(ref, spec, seen, migrations);
  return {
    kind: KEYSPACE_KIND,
    backend: 'cassandra',
    holdsData: true,
    hasAccess: false,
    embedded: false,
    spec: keyspaceSpec(options.replication, migrations),
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      ceiling: { name: 'cassandra-tables', cost: options.baseTables.size, limit: options.tableLimit },
      lane: 'cassandra-ddl',
    },
    plan,
    observe: (ref, { signal }) => observeKeyspace(options, named(ref), signal),
    observeAll: ({ signal }) => observeKeyspaces(options, KEYSPACE_KIND, signal),
    observesInBulk: true,
    listNames: ({ signal }) => keyspaceNames(session, signal),
    async ensure(ref, spec, changes, scope) {
      const outputs = { keyspace: named(ref).name, replication: { ...spec.replication } };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      const seen = whole ? await createKeyspace(options, ref, spec, scope) : await present(options, ref, scope);
      if (seen.mark === 'half-made') await makeKnown(options, ref, spec, scope);
      await apply(options, ref, spec, seen, whole ? plan(ref, spec, seen) : changes, scope);
      return outputs;
    },
    adopt: (ref, _spec, { signal }) => adoptKeyspace(options, named(ref), signal),
    unfit: (_ref, _spec, { misfits = [] }) => misfits,
    async delete(ref, { signal }) {
      const seen = await observeKeyspace(options, named(ref), signal);
      if (isAbsent(seen) || !mayDelete(ref, seen, 'cassandra')) return;
      await session.ddl('drop-keyspace', `DROP KEYSPACE ${quoteName(ref.name)}`, signal).catch(unless(isMissing));
    },
  };
}

const NAME = /^[a-z][a-z0-9_]{0,47}$/;

function named(ref: Ref): Ref {
  if (NAME.test(ref.name)) return ref;
  throw invalid(`keyspace name ${JSON.stringify(ref.name)} does not match ${NAME}`, { code: 'InvalidName' });
}

const unless = (expected: (fault: Fault) => boolean) => (error: unknown) => {
  if (!expected(asFault(error))) throw error;
};

async function present(options: KeyspaceOptions, ref: Ref, scope: Scope): Promise<KeyspaceSeen> {
  const seen = await observeKeyspace(options, ref, scope.signal);
  if (isAbsent(seen)) throw vanished(ref, 'cassandra');
  mayChange(ref, seen, 'cassandra');
  return seen;
}

/** The keyspace as it is after our CREATE, or as it already is where an earlier one of ours had its answer lost. */
async function createKeyspace(
  options: KeyspaceOptions,
  ref: Ref,
  spec: KeyspaceSpec,
  scope: Scope,
): Promise<KeyspaceSeen> {
  const { replication, durableWrites } = spec;
  try {
    await options.session.ddl('create-keyspace', createKeyspaceCql(ref, spec), scope.signal);
  } catch (error) {
    const fault = asFault(error);
    if (fault.code !== 'AlreadyExists') throw error;
    const seen = await observeKeyspace(options, ref, scope.signal);
    if (isAbsent(seen) || seen.mark === 'half-made') throw appeared(ref, 'cassandra', error);
    mayChange(ref, seen, 'cassandra');
    return seen;
  }
  return { mark: 'ours', generation: ref.generation, replication, durableWrites, schemaVersion: 0, tables: {} };
}

const createKeyspaceCql = (ref: Ref, { replication, durableWrites }: KeyspaceSpec): string =>
  `CREATE KEYSPACE ${quoteName(ref.name)} WITH replication = ${replicationCql(replication)} AND durable_writes = ${durableWrites}`;

/** K4. */
async function makeKnown(options: KeyspaceOptions, ref: Ref, spec: KeyspaceSpec, scope: Scope): Promise<void> {
  const isKnown = unless((fault) => fault.code === 'AlreadyExists');
  await options.session.ddl('create-keyspace', createKeyspaceCql(ref, spec), scope.signal).catch(isKnown);
}

async function apply(
  options: KeyspaceOptions,
  ref: Ref,
  spec: KeyspaceSpec,
  seen: KeyspaceSeen,
  changes: readonly Change[],
  scope: Scope,
): Promise<void> {
  const { session } = options;
  if (touches(changes, '/replication', '/durableWrites')) {
    const replication = chosen('/replication', seen.replication, spec.replication, changes);
    const durable = chosen('/durableWrites', seen.durableWrites, spec.durableWrites, changes);
    const settings = [
      ...(touches(changes, '/replication') ? [`replication = ${replicationCql(replication)}`] : []),
      `durable_writes = ${durable}`,
    ].join(' AND ');
    await session.ddl('alter-keyspace', `ALTER KEYSPACE ${quoteName(ref.name)} WITH ${settings}`, scope.signal);
  }
  let version = seen.schemaVersion;
  for (const migration of options.migrations) {
    const completed = await migrate(options, ref, migration, version, changes, scope);
    version = Math.max(version, completed);
  }
  await restore(options, ref, changes, scope);
  if (touches(changes, '/generation', '/schemaVersion') && seen.mark === 'ours') {
    await remark(options, ref, spec, seen, version, changes, scope);
  }
}

/** Makes the tables and columns of one migration that are missing. @returns the version that the schema now names. */
async function migrate(
  options: KeyspaceOptions,
  ref: Ref,
  migration: Migration,
  version: number,
  changes: readonly Change[],
  scope: Scope,
): Promise<number> {
  const last = migration.steps.at(-1);
  let named = 0;
  for (const step of migration.steps) {
    if (step.kind === 'column') continue;
    const path = `/tables/${step.table.name}`;
    if (!changes.some((change) => change.path === path)) continue;
    const completes = step === last && migration.version === 1 && version <= 1;
    const mark = { tenantId: ref.tenantId, generation: ref.generation, schema: completes ? 1 : 0 };
    await createTable(options, ref, createTableCql(ref.name, step.table, markText(mark)), scope);
    if (completes) named = 1;
  }
  return named;
}

async function createTable(options: KeyspaceOptions, ref: Ref, cql: string, scope: Scope): Promise<void> {
  try {
    await options.session.ddl('create-table', cql, scope.signal);
  } catch (error) {
    throw asFault(error).code === 'AlreadyExists' ? appeared(ref, 'cassandra', error) : error;
  }
}

/** Columns that a migration adds, or that were lost. */
async function restore(options: KeyspaceOptions, ref: Ref, changes: readonly Change[], scope: Scope): Promise<void> {
  for (const change of changes.filter((one) => isAt(one, '/tables'))) {
    const [, table, , column] = pointerParts(change.path);
    if (table === undefined || column === undefined) continue;
    const type = columnType(options.migrations, table, column);
    if (type === undefined) throw bug(`no migration knows column ${column} of table ${table}`);
    const target = `${quoteName(ref.name)}.${quoteName(table)}`;
    const cql = `ALTER TABLE ${target} ADD ${quoteName(column)} ${type}`;
    await options.session.ddl('alter-table', cql, scope.signal);
  }
}

async function remark(
  options: KeyspaceOptions,
  ref: Ref,
  spec: KeyspaceSpec,
  seen: KeyspaceSeen,
  version: number,
  changes: readonly Change[],
  scope: Scope,
): Promise<void> {
  const schema = touches(changes, '/schemaVersion') ? Math.max(spec.schemaVersion, version) : version;
  if (schema === version && seen.generation === ref.generation) return;
  const carrier = carrierOf(options.migrations);
  const comment = markText({ tenantId: ref.tenantId, generation: ref.generation, schema });
  const target = `${quoteName(ref.name)}.${quoteName(carrier)}`;
  await options.session.ddl('mark-table', `ALTER TABLE ${target} WITH comment = ${quoteText(comment)}`, scope.signal);
}

/** The table that carries the version: the last of the first migration. */
function carrierOf(migrations: readonly Migration[]): string {
  const last = migrations[0]?.steps.findLast((step) => step.kind === 'table');
  if (last?.kind !== 'table') throw new RangeError('the first migration makes no table');
  return last.table.name;
}
