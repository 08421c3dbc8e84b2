/** What is due is found, judged on rows that are new enough, and cleared only when it is settled (T1 to T4). */
import { bound, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { tickBench } from '../../test/scripted-tick.ts';

test('a scan runs at the start and then at every interval, and sees what is due by then only', async () => {
  const { clock, tick, versions, asked, add } = tickBench();
  for (const partition of ['now', 'soon']) versions.set(partition, 1);
  add('now');
  add('soon', 1, clock.now() + 5_000);
  await clock.settle();
  expect(asked).toEqual(['now@1']);
  await clock.advance(11_000);
  expect(asked).toEqual(['now@1', 'soon@1']);
  expect(tick.state()).toMatchObject({ status: 'up', since: 1_000_000 });
});

test('T2: a settled hint is cleared, a pending one is kept and shown again', async () => {
  const { clock, hints, versions, asked, add, setVerdict } = tickBench();
  versions.set('a', 3).set('b', 3);
  add('a', 3);
  const pending = add('b', 2);
  setVerdict((hint) => (hint === pending ? 'pending' : 'settled'));
  await clock.settle();
  expect([...hints]).toEqual([pending]);
  await clock.advance(11_000);
  expect(asked).toEqual(['a@3', 'b@3', 'b@3']);
});

test('T1: a cache that is behind the hint is not believed', async () => {
  const { clock, hints, versions, asked, loads, add, setCached } = tickBench();
  versions.set('a', 5);
  setCached(new Map([['a', 4]]));
  add('a', 5);
  await clock.settle();
  expect(asked).toEqual(['a@5']);
  expect(loads.map(({ fresh }) => fresh)).toEqual([false, true]);
  expect(hints.size).toBe(0);
});

test('T2: a hint whose commit is missing is kept until no commit can be under way any more, however old its due time is', async () => {
  const { clock, hints, versions, add } = tickBench({ bounds: { orphanMs: bound('orphan', 60_000) } });
  versions.set('a', 4);
  add('a', 5, 0);
  await clock.advance(55_000);
  expect(hints.size).toBe(1);
  await clock.advance(30_000);
  expect(hints.size).toBe(0);
});

test('T2: the version that a missing commit would create is taken before its hint goes', async () => {
  const { clock, hints, versions, add } = tickBench({ bounds: { orphanMs: bound('orphan', 60_000) } });
  versions.set('a', 4);
  add('a', 5);
  await clock.advance(90_000);
  expect(hints.size).toBe(0);
  // A commit that was announced by the hint, and is tried only now on version 4, conflicts.
  expect(versions.get('a')).toBe(5);
});

test('T2: a commit that is faster than the taking of its version keeps the hint, which is its own', async () => {
  const { clock, hints, versions, add, said, setVerdict, setBeforeCommit } = tickBench({
    bounds: { orphanMs: bound('orphan', 60_000) },
  });
  versions.set('a', 4);
  add('a', 5);
  let applied = false;
  setBeforeCommit(() => {
    if (!applied) versions.set('a', 5);
    applied = true;
  });
  setVerdict(() => (applied ? 'pending' : 'settled'));
  await clock.advance(600_000);
  expect(applied).toBe(true);
  expect(versions.get('a')).toBe(5);
  expect([hints.size, said]).toEqual([1, []]);
});

test('T2: a commit that comes late finds its hint still there', async () => {
  const { clock, hints, versions, add, setVerdict } = tickBench({ bounds: { orphanMs: bound('orphan', 60_000) } });
  versions.set('a', 4);
  add('a', 5);
  setVerdict((_, { version }) => (version === 5 ? 'pending' : 'settled'));
  await clock.advance(50_000);
  versions.set('a', 5);
  await clock.advance(600_000);
  expect(hints.size).toBe(1);
});

test('several hints of a partition cost one load, and all pages are scanned', async () => {
  const { clock, hints, versions, loads, add } = tickBench({ bounds: { page: bound('page', 3) } });
  for (let i = 0; i < 20; i++) {
    versions.set(`p${String(i).padStart(2, '0')}`, 9);
    add(`p${String(i).padStart(2, '0')}`, 9);
  }
  versions.set('a', 9);
  add('a', 8);
  add('a', 9);
  await clock.settle();
  await clock.settle();
  expect(hints.size).toBe(0);
  expect(loads).toHaveLength(21);
});

test('T3: a store that is away is waited for with backoff, visibly, and then all is scanned', async () => {
  const { clock, tick, hints, versions, add, setFault } = tickBench();
  versions.set('a', 1);
  setFault(unavailable('the store is away', { code: 'StoreUnavailable', away: true }));
  tick.kick();
  await clock.advance(120_000);
  add('a');
  expect(tick.state()).toMatchObject({ status: 'away', reason: { code: 'StoreUnavailable' } });
  setFault(undefined);
  await clock.advance(40_000);
  expect(tick.state().status).toBe('up');
  expect(tick.state().reason).toBeUndefined();
  expect(hints.size).toBe(0);
});

test('a hint that cannot be judged is kept and holds up no other', async () => {
  const { clock, tick, hints, versions, add, setVerdict } = tickBench();
  versions.set('a', 1).set('b', 1);
  const bad = add('a');
  add('b');
  setVerdict((hint) => {
    if (hint === bad) throw new TypeError('no such field');
    return 'settled';
  });
  await clock.settle();
  expect([...hints]).toEqual([bad]);
  expect(tick.state().status).toBe('up');
});

test('a kick scans at once, and closing leaves no timer', async () => {
  const { clock, tick, hints, versions, add } = tickBench();
  await clock.settle();
  versions.set('a', 1);
  add('a');
  tick.kick();
  await clock.settle();
  expect(hints.size).toBe(0);
  await tick.close();
  expect(clock.sleepers()).toBe(0);
});

test('T4: a hint of another service is neither loaded nor judged nor cleared', async () => {
  const { clock, tick, hints, versions, asked, loads, add } = tickBench({
    owns: ({ partition }) => partition.startsWith('mine/'),
  });
  for (const partition of ['mine/a', 'theirs/b']) {
    add(partition);
    versions.set(partition, 1);
  }
  await clock.advance(0);
  expect([asked, loads.map(({ partition }) => partition)]).toEqual([['mine/a@1'], ['mine/a']]);
  expect([...hints].map(({ partition }) => partition)).toEqual(['theirs/b']);
  await tick.close();
});
