/**
 * A ledger for tests beside the source: the real ledger over the SQLite store in a folder of its own, under a clock that moves
 * only when told. Nothing here is a stand-in; what a test sees is what the product does.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, seededRng } from '@leasehold/kernel';
import { createLedger, createSqliteStore, type Ledger } from '@leasehold/store';
import { quickFolder } from './folder.ts';

export interface TestLedger {
  readonly ledger: Ledger;
  /** Reads `nowMs`; sleeps end at once. */
  readonly clock: Clock;
  nowMs: number;
  /** The same store through another cache, as another replica has it. */
  replica(): Ledger;
  close(): Promise<void>;
}

const START_MS = Date.UTC(2026, 5, 15, 12);

export async function openTestLedger(): Promise<TestLedger> {
  const folder = quickFolder('ledger');
  const time = { nowMs: START_MS };
  const clock: Clock = { now: () => time.nowMs, sleep: () => Promise.resolve() };
  const store = await createSqliteStore({ path: join(folder, 'store.sqlite'), clock, exclusive: false });
  let replicas = 0;
  const replica = (): Ledger => {
    replicas += 1;
    return createLedger({ store, clock, rng: seededRng(replicas), writer: `writer-${replicas}` });
  };
  return Object.assign(time, {
    ledger: replica(),
    clock,
    replica,
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
