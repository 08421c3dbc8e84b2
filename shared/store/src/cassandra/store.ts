/**
 * The store on Cassandra: facts by conditional batches, hints and directories by plain writes made before them, leases by
 * conditional writes of their own.
 *
 * 1. Implements S1 to S5; replicas in any number may share it, so it is never exclusive.
 * 2. Opening rejects as `Unavailable` within the connect timeout while Cassandra is away, and leaves nothing open.
 */
import { randomUUID } from 'node:crypto';
import { type Log, silentLog } from '@leasehold/kernel';
import { checkCommit } from '../bounds.ts';
import type { CommitOutcome, CommitRequest, DirectoryEntry, Store } from '../port.ts';
import { createFactCommitter } from './commit.ts';
import { createDirectoryTable } from './directory.ts';
import { createFactReader } from './facts.ts';
import { createHintTable } from './hints.ts';
import { createCassandraLeases } from './leases.ts';
import { type CassandraStoreOptions, checkOptions } from './options.ts';
import { migrateCassandra } from './schema.ts';
import { connectCassandra, type Session } from './session.ts';

/** How long the row of the probe counts; nobody waits for it. */
const PROBE_MS = 60_000;

type Directory = ReturnType<typeof createDirectoryTable>;

/** Entries of commits that held, confirmed behind the caller's back: a failure leaves the entry as proposed. */
function createConfirmer(directory: Directory, log: Log) {
  const underWay = new Set<Promise<void>>();
  return {
    confirm: (entries: readonly DirectoryEntry[]) => {
      if (entries.length === 0) return;
      const writing = directory
        .write(entries, 'committed')
        .catch((error: unknown) => log.warn('a directory entry was not confirmed', { reason: String(error) }))
        .finally(() => underWay.delete(writing));
      underWay.add(writing);
    },
    finish: async () => {
      await Promise.all(underWay);
    },
  };
}

function storeOver(session: Session, options: CassandraStoreOptions, log: Log): Store {
  const facts = createFactReader(session);
  const commitFacts = createFactCommitter(session, options.clock);
  const hints = createHintTable(session);
  const directory = createDirectoryTable(session);
  const confirmer = createConfirmer(directory, log);

  const commit = async (request: CommitRequest): Promise<CommitOutcome> => {
    checkCommit(request);
    await Promise.all([hints.write(request.hints), directory.write(request.entries, 'proposed')]);
    const outcome = await commitFacts(request);
    if (outcome.kind === 'committed') confirmer.confirm(request.entries.filter(({ ttlMs }) => ttlMs === undefined));
    return outcome;
  };

  const leases = createCassandraLeases(session, options.clock);
  return {
    kind: 'cassandra',
    exclusive: false,
    load: facts.load,
    commit: async (request, signal) => {
      signal?.throwIfAborted();
      return commit(request);
    },
    scan: facts.scan,
    due: hints.due,
    clear: hints.clear,
    list: directory.list,
    leases,
    // A write, because a cluster may answer reads and refuse those: one row, which every replica may renew.
    ping: async (signal) => {
      await leases.acquire('readiness', 'anybody', PROBE_MS, signal);
    },
    close: async () => {
      await confirmer.finish();
      await session.close();
    },
  };
}

/**
 * @throws `Unavailable` (`StoreUnavailable`) when Cassandra is away, `Conflict` (`SchemaTooNew`) for the data of a newer
 * release, `Invalid` (`InvalidSetting`) for a name that cannot be used.
 */
export async function createCassandraStore(options: CassandraStoreOptions): Promise<Store> {
  checkOptions(options);
  const log = options.log ?? silentLog;
  const session = await connectCassandra(options);
  try {
    await migrateCassandra(session, { ...options, log, holder: randomUUID() });
  } catch (error) {
    await session.close().catch(() => undefined);
    throw error;
  }
  return storeOver(session, options, log);
}
