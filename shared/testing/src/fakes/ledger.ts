/**
 * A ledger for tests beside the source: the real ledger over the SQLite store, which is empty at first, under a clock that moves
 * only when told. Nothing here is a stand-in; what a test sees is what the product does.
 */
import { type Clock, seededRng } from '@leasehold/kernel';
import { createLedger, type Ledger } from '@leasehold/store';
import { openKeptStore } from './kept-store.ts';

export interface TestLedger {
  readonly ledger: Ledger;
  /** Reads `nowMs`; sleeps end at once. */
  readonly clock: Clock;
  nowMs: number;
  /** The same store through another cache, as another replica has it. */
  replica(): Ledger;
  /** Nobody has asked the store anything for a while, nor waits for an answer of it. */
  whenQuiet(): Promise<void>;
  close(): Promise<void>;
}

const START_MS = Date.UTC(2026, 5, 15, 12);

export async function openTestLedger(): Promise<TestLedger> {
  const time = { nowMs: START_MS };
  const clock: Clock = { now: () => time.nowMs, sleep: () => Promise.resolve() };
  const store = await openKeptStore(clock);
  let replicas = 0;
  const replica = (): Ledger => {
    replicas += 1;
    return createLedger({ store, clock, rng: seededRng(replicas), writer: `writer-${replicas}` });
  };
  return Object.assign(time, {
    ledger: replica(),
    clock,
    replica,
    whenQuiet: () => store.whenQuiet(),
    close: () => store.close(),
  });
}
