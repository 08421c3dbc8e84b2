/**
 * The contract of the store port (S1 to S5) and of the ledger on top of it (L1 to L5), for every store. An adapter's test
 * is one call of `storeSuite`, plus its own oddities.
 *
 * The suite makes partitions of its own names on one open store, so it can run on a server that others use too.
 */
import type { Store } from '@leasehold/store';
import { afterAll, beforeAll, describe } from 'vitest';
import { atomicityTests, boundTests, keyTests, loadTests, outcomeTests, ttlTests } from './store-facts.ts';
import { directoryTests, hintTests, leavingTests } from './store-found.ts';
import { leaseTests } from './store-leases.ts';
import { crowdTests, ledgerTests, listenerTests, needTests, replicaTests } from './store-ledger.ts';

export interface OpenStore {
  readonly store: Store;
  /** Another handle on the same data, as after a restart or from another replica. */
  readonly reopen: () => Promise<Store>;
  /** Lets the store's time pass. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What the tests of one suite share. */
export interface StoreBench {
  readonly open: () => OpenStore;
  readonly store: () => Store;
  /** A name that no other test of this run or another uses. */
  name(what: string): string;
}

export function storeSuite(title: string, open: () => Promise<OpenStore>): void {
  describe(title, () => {
    let opened: OpenStore | undefined;
    let serial = 0;
    const run = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
    const current = (): OpenStore => {
      if (!opened) throw new Error('the store is not open');
      return opened;
    };
    const bench: StoreBench = {
      open: current,
      store: () => current().store,
      name: (what) => {
        serial += 1;
        return `${what}-${run}-${serial}`;
      },
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });
    atomicityTests(bench);
    outcomeTests(bench);
    loadTests(bench);
    keyTests(bench);
    boundTests(bench);
    ttlTests(bench);
    hintTests(bench);
    directoryTests(bench);
    leavingTests(bench);
    leaseTests(bench);
    ledgerTests(bench);
    listenerTests(bench);
    needTests(bench);
    crowdTests(bench);
    replicaTests(bench);
  });
}
