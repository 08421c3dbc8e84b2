/**
 * The keyspace and its tables, brought up to this release's version.
 *
 * 1. Every step can be repeated (`IF NOT EXISTS`), and steps run under a lease, so two replicas that start at once do not
 *    define tables side by side; a replica that finds everything in place defines nothing and needs no right to.
 * 2. The version only grows. What a newer release has added is no reason to refuse its keyspace: it says itself which
 *    version a release must know at least (`OLDEST`), so that one that restarts during a rolling upgrade starts again.
 * 3. Hints live with a short `gc_grace_seconds`: a deleted one that comes back is harmless, and the tombstones of a table
 *    that works as a queue must go soon.
 */
import { type Clock, conflict, Fault, type Log, unavailable } from '@leasehold/kernel';
import { createCassandraLeases } from './leases.ts';
import { type CassandraStoreOptions, quoted } from './options.ts';
import type { Session } from './session.ts';

/** Append only: step N takes version N to N + 1. */
const STEPS: readonly ((keyspace: string) => readonly string[])[] = [
  (ks) => [
    `CREATE TABLE IF NOT EXISTS ${ks}.facts (partition text, key text, value text, version bigint static,
      commits map<int, text> static, PRIMARY KEY (partition, key))`,
    `CREATE TABLE IF NOT EXISTS ${ks}.hints (bucket int, due_at_ms bigint, kind text, partition text, version bigint,
      PRIMARY KEY (bucket, due_at_ms, kind, partition, version)) WITH gc_grace_seconds = 600`,
    `CREATE TABLE IF NOT EXISTS ${ks}.directory (directory text, bucket int, name text, summary text, version bigint,
      PRIMARY KEY ((directory, bucket), name))`,
  ],
];
const SCHEMA_VERSION = STEPS.length;
/** A release that knows the steps up to here can work with all of them: raised by a step that takes something away. */
const OLDEST_VERSION = 1;

const LOCK = 'schema';
const LOCK_MS = 60_000;
const LOCK_PAUSE_MS = 500;
/** Longer than the lock of a replica that died lasts. */
const LOCK_ATTEMPTS = 150;
const VERSION_ROW = 'schema';
const OLDEST_ROW = 'schema-oldest';

interface Versions {
  readonly present: number | undefined;
  /** Absent where a release wrote it that told none: then the present one. */
  readonly oldest: number | undefined;
}

async function readVersions(session: Session): Promise<Versions> {
  const cql = `SELECT name, version FROM ${quoted(session.keyspace)}.meta WHERE name IN (?, ?)`;
  try {
    const { rows } = await session.read({ cql, params: [VERSION_ROW, OLDEST_ROW] });
    const of = (name: string): number | undefined => {
      const row = rows.find((each) => each['name'] === name);
      return row === undefined ? undefined : Number(row['version']);
    };
    return { present: of(VERSION_ROW), oldest: of(OLDEST_ROW) ?? of(VERSION_ROW) };
  } catch (error) {
    // A missing keyspace or table is an invalid statement to Cassandra.
    if (error instanceof Fault && error.class === 'Bug') return { present: undefined, oldest: undefined };
    throw error;
  }
}

function refuseNewer({ present, oldest }: Versions): void {
  if (oldest === undefined || oldest <= SCHEMA_VERSION) return;
  throw conflict(
    `the keyspace was written by a newer release (schema ${present}, this release knows ${SCHEMA_VERSION})`,
    { code: 'SchemaTooNew' },
  );
}

async function definePlace(session: Session, options: CassandraStoreOptions): Promise<void> {
  const ks = quoted(options.keyspace);
  const centres = Object.entries(options.replication).map(([name, replicas]) => `'${name}': ${replicas}`);
  await session.define(
    `CREATE KEYSPACE IF NOT EXISTS ${ks} WITH replication =
      {'class': 'NetworkTopologyStrategy', ${centres.join(', ')}}`,
  );
  await session.define(`CREATE TABLE IF NOT EXISTS ${ks}.meta (name text PRIMARY KEY, version int)`);
  await session.define(
    `CREATE TABLE IF NOT EXISTS ${ks}.leases (name text PRIMARY KEY, holder text, generation bigint,
      expires_at_ms bigint, released boolean)`,
  );
}

async function runSteps(session: Session): Promise<void> {
  const ks = quoted(session.keyspace);
  const versions = await readVersions(session);
  refuseNewer(versions);
  const from = versions.present ?? 0;
  for (let version = from; version < SCHEMA_VERSION; version++) {
    for (const cql of STEPS[version]?.(ks) ?? []) await session.define(cql);
    await session.write({
      cql: `INSERT INTO ${ks}.meta (name, version) VALUES (?, ?)`,
      params: [VERSION_ROW, version + 1],
    });
  }
  await session.write({
    cql: `INSERT INTO ${ks}.meta (name, version) VALUES (?, ?)`,
    params: [OLDEST_ROW, Math.max(OLDEST_VERSION, versions.oldest ?? 0)],
  });
}

const isInPlace = ({ present }: Versions): boolean => present !== undefined && present >= SCHEMA_VERSION;

/** @throws `Conflict` (`SchemaTooNew`), `Unavailable` when another replica holds the lock for too long. */
export async function migrateCassandra(
  session: Session,
  options: CassandraStoreOptions & { readonly clock: Clock; readonly log: Log; readonly holder: string },
): Promise<void> {
  const versions = await readVersions(session);
  refuseNewer(versions);
  if (isInPlace(versions)) return;
  await definePlace(session, options);
  const leases = createCassandraLeases(session, options.clock);
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    const lease = await leases.acquire(LOCK, options.holder, LOCK_MS);
    if (lease) {
      // Given up after a failure too: who starts next would wait for it as for a replica that died.
      await runSteps(session).finally(() => leases.release(lease).catch(() => undefined));
      options.log.info('the store schema is in place', { keyspace: options.keyspace, version: SCHEMA_VERSION });
      return;
    }
    await options.clock.sleep(LOCK_PAUSE_MS);
    if (isInPlace(await readVersions(session))) return;
  }
  throw unavailable('another replica has been changing the store schema for too long', {
    code: 'StoreUnavailable',
    backend: 'cassandra',
  });
}
