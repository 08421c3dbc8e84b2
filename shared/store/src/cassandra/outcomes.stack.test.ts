/**
 * Lost answers (S4, L1) on the real server: whatever happens to the answer of a commit, its effect is there exactly once.
 */
import { type Clock, Fault, seededRng, systemClock } from '@leasehold/kernel';
import { type BatchFault, type CqlProxy, startCqlProxy } from '@leasehold/testing/fakes/cql-proxy';
import { type StackCassandra, stackCassandra } from '@leasehold/testing/fakes/stack-cassandra';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLedger } from '../ledger/ledger.ts';
import type { Ledger } from '../ledger.port.ts';
import type { Snapshot, Store } from '../port.ts';
import { createCassandraStore } from './store.ts';

const FAULTS: readonly BatchFault[] = ['timeout-after', 'timeout-unsent', 'drop-after'];

let place: StackCassandra;
let proxy: CqlProxy;
let direct: Store;
let spoiled: Store;

beforeAll(async () => {
  place = await stackCassandra('outcomes');
  proxy = await startCqlProxy(place.options.contactPoints[0] as string);
  direct = await createCassandraStore(place.options);
  spoiled = await createCassandraStore({ ...place.options, contactPoints: [proxy.contactPoint] });
});
afterAll(async () => {
  await spoiled?.close();
  await proxy?.close();
  await direct?.close();
  await place?.drop();
});

const stateNow = () =>
  spoiled.ping().then(
    () => 'up',
    () => 'away',
  );
const untilUp = () => expect.poll(stateNow, { timeout: 20_000 }).toBe('up');

beforeEach(untilUp);

const increment = (now: Snapshot) => {
  const result = Number(now.rows.get('state') ?? '0') + 1;
  return { put: [{ key: 'state', value: `${result}` }], result };
};
/** As a caller does: what certainly did not happen, because the connection was gone before it, is done again. */
async function surely<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Fault) || error.class !== 'Unavailable' || error.unknownOutcome) throw error;
      await systemClock.sleep(50);
    }
  }
}

const persist = (ledger: Ledger, partition: string): Promise<number> =>
  surely(() => ledger.update(partition, increment));

const commit = (store: Store, partition: string, version: number, value: string) =>
  surely(() =>
    store.commit({
      partition,
      expectedVersion: version,
      commitId: `${partition}-${value}`,
      put: [{ key: 'state', value }],
      remove: [],
      hints: [],
      entries: [],
    }),
  );

test.each(FAULTS)('S4 (%s) is resolved by reading back: committed, at its version', async (fault) => {
  const partition = `single-${fault}`;
  const before = proxy.spoiled;
  proxy.spoil(fault);
  expect(await commit(spoiled, partition, 0, 'a')).toEqual({ kind: 'committed', version: 1 });
  proxy.spoil(fault, fault);
  expect(await commit(spoiled, partition, 1, 'b')).toEqual({ kind: 'committed', version: 2 });
  expect(proxy.spoiled - before).toBeGreaterThanOrEqual(2);
  expect((await direct.load(partition, [{ key: 'state' }])).rows.get('state')).toBe('b');
});

test.each(FAULTS)('S4 (%s) of a commit that lost is a conflict, and changes nothing', async (fault) => {
  const partition = `lost-${fault}`;
  await commit(direct, partition, 0, 'theirs');
  const before = proxy.spoiled;
  proxy.spoil(fault);
  expect(await commit(spoiled, partition, 0, 'mine')).toEqual({ kind: 'conflict' });
  expect(proxy.spoiled - before, 'the fault struck').toBe(1);
  expect(await direct.load(partition, [{ key: 'state' }])).toEqual({
    version: 1,
    rows: new Map([['state', 'theirs']]),
  });
});

test.each(FAULTS)('L1 (%s) no update is lost or doubled, beside another replica', async (fault) => {
  const partition = `ledgers-${fault}`;
  const here = createLedger({ store: spoiled, clock: systemClock, rng: seededRng(1), writer: 'here' });
  const there = createLedger({ store: direct, clock: systemClock, rng: seededRng(2), writer: 'there' });
  const results: number[] = [];
  for (let round = 0; round < 6; round++) {
    const before = proxy.spoiled;
    proxy.spoil(fault);
    const both = [here, there].flatMap((ledger) => [1, 2, 3].map(() => persist(ledger, partition)));
    results.push(...(await Promise.all(both)));
    expect(proxy.spoiled - before, `the fault struck in round ${round}`).toBe(1);
  }
  expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 36 }, (_, i) => i + 1));
  expect((await direct.load(partition, [{ key: 'state' }])).rows.get('state')).toBe('36');
});

test('S4 L1 a commit that can be neither answered nor read back is sent again once the store is back', async () => {
  const partition = 'cut';
  proxy.spoil('cut-after');
  await expect(commit(spoiled, `${partition}-alone`, 0, 'a')).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StoreUnavailable',
    unknownOutcome: true,
  });
  proxy.restore();
  await untilUp();
  let pauses = 0;
  const clock: Clock = {
    now: systemClock.now,
    sleep: (ms, signal) => {
      pauses += 1;
      proxy.restore();
      return systemClock.sleep(ms, signal);
    },
  };
  const ledger = createLedger({ store: spoiled, clock, rng: seededRng(3), writer: 'cut' });
  expect(await persist(ledger, partition)).toBe(1);
  proxy.spoil('cut-after');
  expect(await persist(ledger, partition)).toBe(2);
  expect(pauses).toBeGreaterThan(0);
  expect((await direct.load(partition, [{ key: 'state' }])).rows.get('state')).toBe('2');
});
