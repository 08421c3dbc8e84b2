/**
 * A commit as one conditional batch in one partition (S1), and what to do when its answer is lost (S4).
 *
 * 1. The batch sets the version and, in a ring of slots beside it, its commit id: the slot of a version says who made it.
 * 2. A conflict or a lost answer is settled by reading the version and the ring at serial consistency, which completes
 *    what was still under way. Our id in our slot: committed. The version unmoved: it did not happen, and it is sent again.
 *    Another id in our slot: a conflict. The slot overwritten by a whole round since: unknown.
 *    The answer is often lost together with the connection, so the reading is repeated while the driver reconnects.
 * 3. A partition's first commit also writes a sentinel row, so that a read of exact keys always finds a row to carry the
 *    version.
 */
import { type Clock, Fault } from '@leasehold/kernel';
import { ttlSeconds } from '../bounds.ts';
import type { CommitOutcome, CommitRequest } from '../port.ts';
import { cassandraFault, neverApplied, storeAway } from './failure.ts';
import { COMMIT_SENDS, quoted, READ_BACK_PAUSE_MS, READ_BACKS, RECENT_COMMITS } from './options.ts';
import type { Query, Session } from './session.ts';

/** Below every key that a commit may hold. */
export const SENTINEL = '\u0000';

type Settled = 'committed' | 'conflict' | 'absent' | 'unknown';

const slotOf = (version: number): number => version % RECENT_COMMITS.value;

function batchOf(facts: string, request: CommitRequest): readonly Query[] {
  const { partition, expectedVersion, commitId } = request;
  const version = expectedVersion + 1;
  const insert = `INSERT INTO ${facts} (partition, key, value) VALUES (?, ?, ?) USING TTL ?`;
  return [
    {
      cql: `UPDATE ${facts} SET version = ?, commits[?] = ? WHERE partition = ? IF version = ?`,
      params: [
        BigInt(version),
        slotOf(version),
        commitId,
        partition,
        expectedVersion === 0 ? null : BigInt(expectedVersion),
      ],
    },
    ...(expectedVersion === 0 ? [{ cql: insert, params: [partition, SENTINEL, '', 0] }] : []),
    ...request.put.map((row) => ({ cql: insert, params: [partition, row.key, row.value, ttlSeconds(row)] })),
    ...request.remove.map((key) => ({
      cql: `DELETE FROM ${facts} WHERE partition = ? AND key = ?`,
      params: [partition, key],
    })),
  ];
}

export function createFactCommitter(session: Session, clock: Clock) {
  const facts = `${quoted(session.keyspace)}.facts`;

  const readBackOnce = async ({ partition, expectedVersion, commitId }: CommitRequest): Promise<Settled> => {
    const cql = `SELECT version, commits FROM ${facts} WHERE partition = ? LIMIT 1`;
    const [row] = await session.readSerial({ cql, params: [partition] });
    const version = row?.['version'] == null ? 0 : Number(row['version']);
    const ring = (row?.['commits'] ?? {}) as Readonly<Record<number, string>>;
    const ours = expectedVersion + 1;
    if (version <= expectedVersion) return version === expectedVersion ? 'absent' : 'conflict';
    if (ring[slotOf(ours)] === commitId) return 'committed';
    return version - ours < RECENT_COMMITS.value ? 'conflict' : 'unknown';
  };

  const readBack = async (request: CommitRequest): Promise<Settled> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await readBackOnce(request);
      } catch (error) {
        const away = error instanceof Fault && error.class === 'Unavailable';
        if (!away || attempt >= READ_BACKS.value) throw error;
        await clock.sleep(READ_BACK_PAUSE_MS.value * 2 ** (attempt - 1));
      }
    }
  };

  /** One sending of the batch. `absent`: it did not happen and may be sent again. */
  const send = async (request: CommitRequest, batch: readonly Query[]): Promise<Settled> => {
    let lost: unknown;
    try {
      if ((await session.writeIf(batch)).applied) return 'committed';
    } catch (error) {
      if (neverApplied(error)) throw cassandraFault(error);
      lost = error;
    }
    try {
      const settled = await readBack(request);
      // Refused, and yet a whole round of commits ago: that was no commit of ours, which would be among the last.
      return lost === undefined && settled !== 'committed' ? 'conflict' : settled;
    } catch (error) {
      if (lost === undefined) throw error;
      if (error instanceof Fault && error.class === 'Bug') throw error;
      throw storeAway('Cassandra did not say whether a commit was applied', lost, { unknownOutcome: true });
    }
  };

  return async (request: CommitRequest): Promise<CommitOutcome> => {
    const batch = batchOf(facts, request);
    for (let attempt = 1; attempt <= COMMIT_SENDS.value; attempt++) {
      const settled = await send(request, batch);
      if (settled === 'committed') return { kind: 'committed', version: request.expectedVersion + 1 };
      if (settled === 'conflict') return { kind: 'conflict' };
      if (settled === 'unknown') break;
    }
    throw storeAway('Cassandra did not say whether a commit was applied', undefined, { unknownOutcome: true });
  };
}
