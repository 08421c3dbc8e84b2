/** How a scan goes: when, how much at once, what is said of it, and what it leaves alone (1, 2, T1 to T3). */
import { bound, bug, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { tickBench } from '../../test/scripted-tick.ts';

test('a tick lies an interval after the end of the one before, a tenth sooner or later', async () => {
  for (const [chance, everyMs] of [
    [0, 9_000],
    [0.5, 10_000],
  ] as const) {
    const { clock, tick, scans } = tickBench({ chance });
    await clock.advance(everyMs * 3);
    expect(scans.map((atMs) => (atMs - 1_000_000) / everyMs)).toEqual([0, 1, 2, 3]);
    await tick.close();
  }
});

test('T3: what is said while the store is away tells since when, why, and when a scan last went to its end', async () => {
  const { clock, tick, said, setFault } = tickBench({ chance: 0.5 });
  expect(tick.state()).toEqual({ status: 'starting', since: 1_000_000 });
  await clock.advance(10_000);
  expect(tick.state()).toEqual({ status: 'up', since: 1_000_000, scannedAtMs: 1_010_000 });
  setFault(unavailable('the store is away', { code: 'StoreUnavailable', away: true }));
  await clock.advance(20_000);
  expect(tick.state()).toEqual({
    status: 'away',
    since: 1_020_000,
    scannedAtMs: 1_010_000,
    reason: { code: 'StoreUnavailable', message: 'the store is away' },
  });
  expect(said).toEqual(['warn tick waits for the store {"err":"StoreUnavailable"}']);
  setFault(undefined);
  await clock.advance(60_000);
  expect(tick.state()).toMatchObject({ status: 'up', scannedAtMs: expect.any(Number) });
  setFault(unavailable('the store is away', { code: 'StoreUnavailable', away: true }));
  await clock.advance(60_000);
  expect(said).toHaveLength(2);
});

test('T3: the waits grow to their bound, and start anew after a scan that went well', async () => {
  const { clock, scans, setFault } = tickBench({ chance: 1, bounds: { backoffCapMs: bound('cap', 4_000) } });
  const fault = unavailable('the store is away', { code: 'StoreUnavailable', away: true });
  setFault(fault);
  await clock.advance(500 + 1_000 + 2_000 + 4_000 + 4_000);
  const gaps = () => scans.map((atMs, at) => atMs - (scans[at - 1] ?? 1_000_000));
  expect(gaps()).toEqual([0, 500, 1_000, 2_000, 4_000, 4_000]);
  setFault(undefined);
  await clock.advance(4_000);
  setFault(fault);
  await clock.advance(11_000 + 500);
  expect(gaps().slice(6)).toEqual([4_000, 11_000, 500]);
});

test('a fault of ours is told as an error each time', async () => {
  const { clock, said, setFault } = tickBench();
  setFault(bug('no such column'));
  await clock.advance(3_000);
  expect(new Set(said)).toEqual(new Set(['error tick failed {"err":"Bug"}']));
  expect(said.length).toBeGreaterThan(1);
});

test('a scan that finds nothing to clear clears nothing, and of a page it clears all at once', async () => {
  const { clock, versions, add, cleared, setVerdict } = tickBench();
  for (const name of ['a', 'b']) {
    versions.set(name, 1);
    add(name);
  }
  setVerdict(() => 'pending');
  await clock.settle();
  expect(cleared).toEqual([]);
  setVerdict(() => 'settled');
  await clock.advance(11_000);
  expect(cleared).toEqual([2]);
});

test('1: as many partitions as the bound are loaded at once', async () => {
  const { clock, versions, add, loading } = tickBench({ bounds: { parallelism: bound('at once', 3) } });
  const gate = Promise.withResolvers<void>();
  loading.gate = gate.promise;
  for (const name of 'abcdefgh') {
    versions.set(name, 1);
    add(name);
  }
  await clock.settle();
  expect([loading.now, loading.most]).toEqual([3, 3]);
  gate.resolve();
  await clock.settle();
  expect([loading.now, loading.most]).toEqual([0, 3]);
});

test('1: a page is cleared before the next one is loaded', async () => {
  const { clock, versions, add, cleared, loads } = tickBench({ bounds: { page: bound('page', 2) } });
  for (const name of 'abcde') {
    versions.set(name, 1);
    add(name);
  }
  await clock.settle();
  await clock.settle();
  expect([cleared, loads.length]).toEqual([[2, 2, 1], 5]);
});

test('closing ends the scan with the page under way', async () => {
  const { clock, tick, versions, add, loading, loads } = tickBench({ bounds: { page: bound('page', 1) } });
  const gate = Promise.withResolvers<void>();
  loading.gate = gate.promise;
  for (const name of 'ab') {
    versions.set(name, 1);
    add(name);
  }
  await clock.settle();
  const closed = tick.close();
  gate.resolve();
  await closed;
  expect([loads.map(({ partition }) => partition), clock.sleepers()]).toEqual([['a'], 0]);
});

test('T2: of a commit that is missing and still wanted the version is not taken', async () => {
  const { clock, hints, versions, add, commits, setVerdict } = tickBench({
    bounds: { orphanMs: bound('orphan', 60_000) },
  });
  versions.set('a', 4);
  add('a', 5);
  setVerdict(() => 'pending');
  await clock.advance(600_000);
  expect([commits, hints.size]).toEqual([[], 1]);
});

test('T2: a hint two versions on is kept until that version is taken too, each by a commit of its own', async () => {
  const { clock, hints, versions, add, commits } = tickBench({ bounds: { orphanMs: bound('orphan', 60_000) } });
  versions.set('a', 4);
  add('a', 6);
  await clock.advance(71_000);
  expect([versions.get('a'), hints.size]).toEqual([5, 1]);
  await clock.advance(30_000);
  expect([versions.get('a'), hints.size, new Set(commits).size]).toEqual([6, 0, 2]);
  expect(commits.every((id) => /^tick-[0-9a-z]{16,}$/.test(id))).toBe(true);
});

test('T1: of several hints of a partition the newest tells how new the rows must be', async () => {
  const { clock, versions, loads, asked, add, setCached } = tickBench();
  versions.set('a', 5);
  setCached(new Map([['a', 4]]));
  add('a', 5);
  add('a', 3);
  await clock.settle();
  expect(loads.map(({ fresh }) => fresh)).toEqual([false, true]);
  expect(asked).toEqual(['a@5', 'a@5']);
});

test('T1: a cache that is as new as the hint is believed', async () => {
  const { clock, versions, loads, add, setCached } = tickBench();
  versions.set('a', 5);
  setCached(new Map([['a', 5]]));
  add('a', 5);
  await clock.settle();
  expect(loads.map(({ fresh }) => fresh)).toEqual([false]);
});

test('T3: a store that was never there is said to be away, without a time of a scan', async () => {
  const { clock, tick, setFault } = tickBench();
  setFault(unavailable('the store is away', { code: 'StoreUnavailable', away: true }));
  await clock.settle();
  expect(tick.state()).toStrictEqual({
    status: 'away',
    since: 1_000_000,
    reason: { code: 'StoreUnavailable', message: 'the store is away' },
  });
});

test('closing tells loads under way to end, and that they do is no failure', async () => {
  const { clock, tick, versions, add, loading, signals, said } = tickBench();
  const gate = Promise.withResolvers<void>();
  loading.gate = gate.promise;
  versions.set('a', 1);
  add('a');
  await clock.settle();
  expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
  const closed = tick.close();
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  gate.reject(unavailable('the call was given up', { code: 'StoreUnavailable' }));
  await closed;
  expect([said, tick.state().status]).toEqual([[], 'starting']);
});

test('1: of many pages each is asked for once in a scan, though nothing on them is settled', async () => {
  const { clock, versions, add, asked, setVerdict } = tickBench({ bounds: { page: bound('page', 2) } });
  setVerdict(() => 'pending');
  for (const name of 'abcde') {
    versions.set(name, 1);
    add(name);
  }
  await clock.settle();
  await clock.settle();
  expect(asked).toEqual(['a@1', 'b@1', 'c@1', 'd@1', 'e@1']);
});

test('2: a hint that cannot be judged is told with its place', async () => {
  const { clock, versions, add, said, setVerdict } = tickBench();
  versions.set('a', 1);
  add('a');
  setVerdict(() => {
    throw new TypeError('no such field');
  });
  await clock.settle();
  expect(said).toEqual(['error a hint cannot be judged and is kept {"partition":"a","kind":"timer","err":"Bug"}']);
});

test('T2: a hint that was gone for a scan is missed anew from its return on', async () => {
  const { clock, hints, versions, add } = tickBench({ bounds: { orphanMs: bound('orphan', 60_000) } });
  versions.set('a', 4);
  const hint = add('a', 5);
  await clock.advance(40_000);
  hints.delete(hint);
  await clock.advance(15_000);
  hints.add(hint);
  await clock.advance(50_000);
  expect(hints.size).toBe(1);
  await clock.advance(40_000);
  expect(hints.size).toBe(0);
});

test('T2: of a commit that is there no version is taken, however long its hint was pending before it was settled', async () => {
  const { clock, hints, versions, add, commits, setVerdict } = tickBench({
    bounds: { orphanMs: bound('orphan', 60_000) },
  });
  versions.set('a', 5);
  add('a', 5);
  setVerdict(() => 'pending');
  await clock.advance(200_000);
  setVerdict(() => 'settled');
  await clock.advance(20_000);
  expect([commits, hints.size]).toEqual([[], 0]);
});

test('T2: once the version is taken its hint goes in the same scan', async () => {
  const { clock, hints, versions, add, commits, said } = tickBench({ bounds: { orphanMs: bound('orphan', 60_000) } });
  versions.set('a', 4);
  add('a', 5);
  for (let waited = 0; commits.length === 0 && waited < 200; waited++) await clock.advance(1_000);
  expect([commits.length, hints.size, said]).toEqual([1, 0, []]);
});
