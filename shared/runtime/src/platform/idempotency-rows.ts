/**
 * `Idempotency-Key` on the ledger, in the partitions of one prefix: the first answer outlives the process and holds for all replicas.
 * Leaves which prefixes there are to idempotency.ts.
 *
 * 1. Keys are spread over partitions by their digest, so that callers do not queue behind each other.
 * 2. A key is given up by the process that began it alone: one whose time was over meanwhile may be under way elsewhere, or answered.
 * 3. A request that another process began and never ended is forgotten after `RUNNING_MS`; at once where the store is locked
 *    to this process, because the other one is then dead.
 */
import type { Begun, IdempotencyStore, StoredAnswer } from '@leasehold/http';
import { KEEP_MS, RUNNING_MS } from '@leasehold/http';
import type { Clock } from '@leasehold/kernel';
import type { Ledger, Snapshot } from '@leasehold/store';

interface Kept {
  readonly input: string;
  readonly untilMs: number;
  /** The process that began it. */
  readonly holder?: string;
  readonly answer?: StoredAnswer;
}

export interface IdempotencyDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Unique for this process and this start of it. */
  readonly holder: string;
}

/** @param prefix whose partitions `<prefix>/idempotency/<xx>` hold the rows. */
export function createIdempotencyRows(deps: IdempotencyDeps, prefix: string): IdempotencyStore {
  const { ledger, clock, holder } = deps;
  const isLeft = (kept: Kept) => kept.answer === undefined && ledger.store.exclusive && kept.holder !== holder;
  const partitionOf = (key: string) => `${prefix}/idempotency/${key.slice(0, 2)}`;
  const rowOf = (key: string) => `key/${key}`;
  const options = (key: string, signal?: AbortSignal) => ({ need: [rowOf(key)], ...(signal ? { signal } : {}) });
  const keptIn = (now: Snapshot, key: string): Kept | undefined => {
    const text = now.rows.get(rowOf(key));
    return text === undefined ? undefined : (JSON.parse(text) as Kept);
  };
  const put = (key: string, kept: Omit<Kept, 'untilMs'>, forMs: number) => [
    { key: rowOf(key), value: JSON.stringify({ ...kept, untilMs: clock.now() + forMs }), ttlMs: forMs },
  ];
  const abandon: IdempotencyStore['abandon'] = (key, signal) =>
    ledger.update(
      partitionOf(key),
      (now) => {
        const kept = keptIn(now, key);
        const isOwn = kept?.holder === holder && kept.answer === undefined;
        return { ...(isOwn ? { remove: [rowOf(key)] } : {}), result: undefined };
      },
      options(key, signal),
    );
  return {
    begin: (key, input, signal) =>
      ledger.update<Begun>(
        partitionOf(key),
        (now) => {
          const kept = keptIn(now, key);
          if (kept && kept.untilMs > clock.now() && !isLeft(kept)) {
            if (kept.input !== input) return { result: { kind: 'other-input' } };
            return { result: kept.answer ? { kind: 'answered', answer: kept.answer } : { kind: 'running' } };
          }
          return { put: put(key, { input, holder }, RUNNING_MS.value), result: { kind: 'new' } };
        },
        options(key, signal),
      ),
    renew: (key, input, signal) =>
      ledger.update(
        partitionOf(key),
        (now) => {
          const kept = keptIn(now, key);
          if (kept?.holder !== holder || kept.answer) return { result: undefined };
          return { put: put(key, { input, holder }, RUNNING_MS.value), result: undefined };
        },
        options(key, signal),
      ),
    finish: (key, input, answer, signal) => {
      // An answer with a secret is not kept in clear: sent again, the request is told to be decided anew.
      if (answer.secret) return abandon(key, signal);
      return ledger.update(
        partitionOf(key),
        () => ({ put: put(key, { input, answer }, KEEP_MS.value), result: undefined }),
        options(key, signal),
      );
    },
    abandon,
  };
}
