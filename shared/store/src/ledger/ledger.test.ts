/** The ledger's queue and cache (L1 to L5): what is one commit, what is read when, and what becomes of those who give up. */
import { getEventListeners } from 'node:events';
import { type Fault, seededRng, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { scriptedStore } from '../../test/scripted-store.ts';
import type { Update } from '../ledger.port.ts';
import type { Snapshot } from '../port.ts';
import type { LedgerBounds } from './bounds.ts';
import { createLedger } from './ledger.ts';

const lost = (): Fault => unavailable('no answer', { code: 'StoreUnavailable', away: true, unknownOutcome: true });

function setUp(bounds: Partial<LedgerBounds> = {}, exclusive = false) {
  const scripted = scriptedStore(exclusive);
  const slept: number[] = [];
  const errors: string[] = [];
  const quiet = () => undefined;
  const ledger = createLedger({
    store: scripted.store,
    clock: { now: () => 500, sleep: async (ms) => void slept.push(ms) },
    rng: { ...seededRng(1), fork: (name) => ({ ...seededRng(name.length), next: () => 1 }) },
    writer: 'w',
    bounds,
    log: {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (message) => void errors.push(message),
      child: () => undefined as never,
    },
  });
  const count = (now: Snapshot): number => Number(now.rows.get('state') ?? '0');
  const increment = (now: Snapshot): Update<number> => ({
    put: [{ key: 'state', value: `${count(now) + 1}` }],
    result: count(now) + 1,
  });
  const look = (now: Snapshot): Update<number> => ({ result: count(now) });
  return { scripted, ledger, slept, errors, count, increment, look };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('L1 updates of one turn are one commit; those that come while it is under way are the next, in order', async () => {
  const { scripted, ledger, increment } = setUp();
  const gate = Promise.withResolvers<void>();
  scripted.commitGate = gate.promise;
  const first = [1, 2].map(() => ledger.update('p', increment));
  await settled();
  const second = [1, 2, 3].map(() => ledger.update('p', increment));
  await settled();
  expect(scripted.commits).toHaveLength(1);
  gate.resolve();
  expect(await Promise.all([...first, ...second])).toEqual([1, 2, 3, 4, 5]);
  expect(scripted.commits.map(({ expectedVersion, put }) => [expectedVersion, put[0]?.value])).toEqual([
    [0, '2'],
    [1, '5'],
  ]);
});

test('a batch takes as many updates as its bound, and reads as many rows besides', async () => {
  const { scripted, ledger, increment } = setUp({ batchUpdates: 3 });
  await Promise.all(Array.from({ length: 7 }, () => ledger.update('p', increment)));
  expect(scripted.commits.map(({ put }) => put[0]?.value)).toEqual(['3', '6', '7']);
  const other = setUp({ batchNeeds: 4 });
  const need = (...keys: readonly string[]) => other.ledger.update('p', other.increment, { need: keys });
  await Promise.all([need('a', 'b'), need('c', 'd'), need('e'), need('f', 'g', 'h', 'i', 'j'), need('k')]);
  expect(other.scripted.commits.map(({ put }) => put[0]?.value)).toEqual(['2', '3', '4', '5']);
  expect(other.scripted.loads.map(({ keys }) => keys.join(''))).toEqual(['abcd', 'e', 'fghij', 'k']);
});

test('L4 a row that several need is read once, and one that is hot is not asked for again', async () => {
  const { scripted, ledger, increment } = setUp();
  const need = ['op/1', 'state', 'outbox/1'];
  await Promise.all([ledger.update('p', increment, { need }), ledger.update('p', increment, { need })]);
  expect(scripted.loads).toEqual([{ partition: 'p', keys: ['op/1'], prefixes: 3 }]);
});

test('L4 what a commit left is not read again; needed rows confirm its version, or everything is read anew', async () => {
  const { scripted, ledger, increment } = setUp();
  await ledger.update('p', increment);
  await ledger.update('p', increment);
  expect(scripted.loads).toHaveLength(1);
  await ledger.update('p', increment, { need: ['op/1'] });
  expect(scripted.loads.slice(1)).toEqual([{ partition: 'p', keys: ['op/1'], prefixes: 0 }]);
  scripted.putElsewhere('p', { state: '70', 'op/1': 'theirs' });
  const seen = await ledger.update('p', (now) => ({ result: [now.version, ...now.rows.values()] }), { need: ['op/1'] });
  expect(seen).toEqual([4, '70', 'theirs']);
  expect(scripted.loads.slice(2).map(({ prefixes }) => prefixes)).toEqual([0, 3]);
  expect(scripted.commits).toHaveLength(3);
});

test('L4 rows that were needed once do not stay among the hot ones', async () => {
  const { scripted, ledger, increment } = setUp();
  scripted.putElsewhere('p', { 'op/1': 'x', state: '1' });
  await ledger.update('p', increment, { need: ['op/1'] });
  expect([...(await ledger.load('p')).rows.keys()]).toEqual(['state']);
  await ledger.load('p', { need: ['op/1'], fresh: true });
  expect([...(await ledger.load('p')).rows.keys()]).toEqual(['state']);
});

test('L1 an update that lost against another replica is decided again from fresh rows, at once the first time', async () => {
  const { scripted, ledger, slept, increment } = setUp();
  await ledger.update('p', increment);
  scripted.putElsewhere('p', { state: '40' });
  expect(await ledger.update('p', increment)).toBe(41);
  expect([slept, scripted.commits.length]).toEqual([[], 3]);
});

test('L1 who loses again and again waits longer each time, and is told in the end', async () => {
  const { scripted, ledger, slept, increment } = setUp({ attempts: 4, backoff: { baseMs: 8, capMs: 20 } });
  scripted.beforeCommit = () => scripted.putElsewhere('p', { state: 'theirs' });
  await expect(ledger.update('p', increment)).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StoreContended',
    retryAfterMs: 1_000,
    unknownOutcome: false,
  });
  expect([slept, scripted.commits.length]).toEqual([[8, 16, 20, 20], 4]);
  scripted.beforeCommit = undefined;
  await ledger.update('p', () => ({ put: [{ key: 'state', value: 'mine' }], result: 0 }));
  expect(scripted.rows('p')).toEqual({ state: 'mine' });
});

test('L2 who only looks at a cache is answered when the store still has that version, else decides again', async () => {
  const { scripted, ledger, increment, look } = setUp();
  await ledger.update('p', increment);
  const before = scripted.loads.length;
  expect(await ledger.update('p', look)).toBe(1);
  expect(scripted.loads.slice(before)).toEqual([{ partition: 'p', keys: [], prefixes: 0 }]);
  scripted.putElsewhere('p', { state: '9' });
  expect(await ledger.update('p', look)).toBe(9);
  expect(scripted.commits).toHaveLength(1);
});

test('L2 on a store that is ours alone nobody is asked whether a cache is right', async () => {
  const { scripted, ledger, increment, look } = setUp({}, true);
  await ledger.update('p', increment);
  const before = scripted.loads.length;
  expect(await ledger.update('p', look)).toBe(1);
  expect(scripted.loads).toHaveLength(before);
});

test('L2 who only looks at what was read just now is answered without another reading', async () => {
  const { scripted, ledger, look } = setUp();
  await ledger.update('p', look);
  expect([scripted.loads.length, scripted.commits.length]).toEqual([1, 0]);
});

test('L5 a load answers from the cache while nothing is queued, and from the store when it must be fresh or something is', async () => {
  const { scripted, ledger, increment, count } = setUp();
  await ledger.update('p', increment);
  await settled();
  const from = scripted.loads.length;
  await ledger.load('p');
  expect(scripted.loads).toHaveLength(from);
  await ledger.load('p', { fresh: true });
  expect(scripted.loads).toHaveLength(from + 1);
  const gate = Promise.withResolvers<void>();
  scripted.commitGate = gate.promise;
  const under = ledger.update('p', increment);
  await settled();
  expect(count(await ledger.load('p'))).toBe(1);
  expect(scripted.loads).toHaveLength(from + 2);
  gate.resolve();
  await under;
  await settled();
  expect(count(await ledger.load('p'))).toBe(2);
  expect(scripted.loads).toHaveLength(from + 2);
});

test('a load whose caller has given up is told its reason', async () => {
  const { ledger } = setUp();
  const signal = AbortSignal.abort(new Error('closing'));
  await expect(ledger.load('p', { signal })).rejects.toThrow('closing');
  await expect(ledger.load('p', { signal, fresh: true })).rejects.toThrow('closing');
});

test('who gives up while it waits leaves the queue and no listener; once its batch is under way it is told the outcome', async () => {
  const { scripted, ledger, increment } = setUp();
  const gate = Promise.withResolvers<void>();
  scripted.commitGate = gate.promise;
  const [early, late] = [new AbortController(), new AbortController()];
  const under = ledger.update('p', increment, { signal: late.signal });
  await settled();
  const waiting = ledger.update('p', increment, { signal: early.signal });
  const behind = ledger.update('p', increment);
  early.abort(new Error('no longer'));
  late.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('no longer');
  gate.resolve();
  expect(await Promise.all([under, behind])).toEqual([1, 2]);
  const kept = new AbortController();
  await ledger.update('p', increment, { signal: kept.signal });
  const failing = () => {
    throw new Error('of its own');
  };
  await expect(ledger.update('p', failing, { signal: kept.signal })).rejects.toThrow('of its own');
  expect(getEventListeners(kept.signal, 'abort')).toHaveLength(0);
  await expect(ledger.update('p', increment, { signal: early.signal })).rejects.toThrow('no longer');
});

test('as many updates wait as the bound says, over all partitions, and whoever leaves makes room, in whichever way', async () => {
  const { scripted, ledger, increment } = setUp({ pendingUpdates: 2, attempts: 1 });
  for (let round = 0; round < 3; round++) {
    const gate = Promise.withResolvers<void>();
    scripted.commitGate = gate.promise;
    const one = ledger.update('p', increment);
    const caller = new AbortController();
    await settled();
    const two = ledger.update('p', increment, { signal: caller.signal });
    await expect(ledger.update('q', increment)).rejects.toMatchObject({
      class: 'Unavailable',
      code: 'StoreUnavailable',
      retryAfterMs: 1_000,
    });
    caller.abort(new Error('no longer'));
    await expect(two).rejects.toThrow('no longer');
    const three = ledger.update('q', increment);
    gate.resolve();
    await Promise.all([one, three]);
    scripted.beforeCommit = () => {
      throw lost();
    };
    await expect(ledger.update('p', increment)).rejects.toMatchObject({ unknownOutcome: true });
    scripted.beforeCommit = undefined;
    await expect(
      ledger.update('p', () => {
        throw new Error('of its own');
      }),
    ).rejects.toThrow('of its own');
  }
});

test('a commit whose answer was lost is sent again in growing pauses, as it was, and decided anew only after it', async () => {
  const { scripted, ledger, slept, increment } = setUp({ backoff: { baseMs: 8, capMs: 20 } });
  let left = 3;
  scripted.beforeCommit = () => {
    if (left-- > 0) throw lost();
  };
  expect(await ledger.update('p', increment)).toBe(1);
  expect([slept, new Set(scripted.commits).size]).toEqual([[8, 16, 20], 1]);
});

test('after a failure nothing of the cache is believed', async () => {
  const { scripted, ledger, increment } = setUp();
  await ledger.update('p', increment);
  scripted.beforeCommit = () => {
    throw unavailable('away', { code: 'StoreUnavailable', away: true });
  };
  await expect(ledger.update('p', increment)).rejects.toMatchObject({ code: 'StoreUnavailable' });
  scripted.beforeCommit = undefined;
  const before = scripted.loads.length;
  await ledger.load('p');
  expect(scripted.loads).toHaveLength(before + 1);
});

test('commit ids name the writer and never repeat', async () => {
  const { scripted, ledger, increment } = setUp();
  for (let time = 0; time < 50; time++) await ledger.update('p', increment);
  const ids = scripted.commits.map(({ commitId }) => commitId);
  expect(new Set(ids).size).toBe(50);
  expect(ids.every((id) => /^w-[0-9a-f]{32}$/.test(id))).toBe(true);
});

test('listeners hear of each commit with the hot rows it left; one that fails keeps nobody from hearing, and who left hears nothing', async () => {
  const { ledger, errors, increment, look } = setUp();
  const heard: string[] = [];
  ledger.onCommit(() => {
    throw new Error('a bad listener');
  });
  const leave = ledger.onCommit((partition, { version, rows }) =>
    heard.push(`${partition}@${version} ${[...rows.keys()]}`),
  );
  await ledger.update('p', (now) => ({
    ...increment(now),
    put: [{ key: 'op/1', value: 'x' }, ...(increment(now).put ?? [])],
  }));
  await ledger.update('p', look);
  leave();
  await ledger.update('p', increment);
  expect([heard, errors]).toEqual([['p@1 state'], Array(2).fill('a listener to commits failed')]);
});

test('a read that a commit has overtaken does not bring the old rows back', async () => {
  const { scripted, ledger, increment, count } = setUp();
  await ledger.update('p', increment);
  const gate = Promise.withResolvers<void>();
  scripted.loadGate = gate.promise;
  const reading = ledger.load('p', { fresh: true });
  await settled();
  scripted.loadGate = undefined;
  await ledger.update('p', increment);
  gate.resolve();
  await reading;
  expect(count(await ledger.load('p'))).toBe(2);
});
