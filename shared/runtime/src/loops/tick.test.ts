import { bound, type Fault, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import type { DueHint, Snapshot } from '@leasehold/store';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
import type { TickBounds } from './tick.port.ts';
import { createTick } from './tick.ts';

const EVERY = bound('every', 10_000);

function setUp(bounds: Partial<TickBounds> = {}, owns?: (hint: DueHint) => boolean) {
  const clock = manualClock(1_000_000);
  const hints = new Set<DueHint>();
  const versions = new Map<string, number>();
  const asked: string[] = [];
  const loads: { partition: string; fresh: boolean }[] = [];
  let cached: ReadonlyMap<string, number> | undefined;
  let fault: Fault | undefined;
  let beforeCommit: () => void = () => undefined;
  let verdict: (hint: DueHint, snapshot: Snapshot) => 'pending' | 'settled' = () => 'settled';
  const tick = createTick({
    clock,
    rng: seededRng(1),
    log: silentLog,
    everyMs: EVERY,
    bounds,
    ...(owns ? { owns } : {}),
    store: {
      due: async ({ untilMs, limit, cursor }) => {
        // The first scan begins with the tick: let the test say what it finds.
        await Promise.resolve();
        if (fault) throw fault;
        const all = [...hints].filter((hint) => hint.dueAtMs <= untilMs && hint.partition > (cursor ?? ''));
        const items = all.sort((a, b) => (a.partition < b.partition ? -1 : 1)).slice(0, limit);
        const last = items.at(-1);
        return { items, ...(all.length > items.length && last && { next: last.partition }) };
      },
      clear: async (gone) => {
        for (const hint of gone) hints.delete(hint);
      },
      commit: async ({ partition, expectedVersion, put, remove }) => {
        expect([...put, ...remove]).toEqual([]);
        beforeCommit();
        if ((versions.get(partition) ?? 0) !== expectedVersion) return { kind: 'conflict' };
        versions.set(partition, expectedVersion + 1);
        return { kind: 'committed', version: expectedVersion + 1 };
      },
    },
    ledger: {
      load: async (partition, options) => {
        const fresh = options?.fresh ?? false;
        loads.push({ partition, fresh });
        const known = fresh ? undefined : cached?.get(partition);
        return { version: known ?? versions.get(partition) ?? 0, rows: new Map() };
      },
    },
    onDue: (hint, snapshot) => {
      asked.push(`${hint.partition}@${snapshot.version}`);
      return verdict(hint, snapshot);
    },
  });
  const add = (partition: string, version = 1, dueAtMs = 0): DueHint => {
    const hint = { kind: 'timer', dueAtMs, partition, version };
    hints.add(hint);
    return hint;
  };
  return {
    ...{ clock, tick, hints, versions, asked, loads, add },
    setCached: (next: typeof cached) => {
      cached = next;
    },
    setBeforeCommit: (next: () => void) => {
      beforeCommit = next;
    },
    setFault: (next: typeof fault) => {
      fault = next;
    },
    setVerdict: (next: typeof verdict) => {
      verdict = next;
    },
  };
}

test('a scan runs at the start and then at every interval, and sees what is due by then only', async () => {
  const { clock, tick, versions, asked, add } = setUp();
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
  const { clock, hints, versions, asked, add, setVerdict } = setUp();
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
  const { clock, hints, versions, asked, loads, add, setCached } = setUp();
  versions.set('a', 5);
  setCached(new Map([['a', 4]]));
  add('a', 5);
  await clock.settle();
  expect(asked).toEqual(['a@5']);
  expect(loads.map(({ fresh }) => fresh)).toEqual([false, true]);
  expect(hints.size).toBe(0);
});

test('T2: a hint whose commit is missing is kept until no commit can be under way any more, however old its due time is', async () => {
  const { clock, hints, versions, add } = setUp({ orphanMs: bound('orphan', 60_000) });
  versions.set('a', 4);
  add('a', 5, 0);
  await clock.advance(55_000);
  expect(hints.size).toBe(1);
  await clock.advance(30_000);
  expect(hints.size).toBe(0);
});

test('T2: the version that a missing commit would create is taken before its hint goes', async () => {
  const { clock, hints, versions, add } = setUp({ orphanMs: bound('orphan', 60_000) });
  versions.set('a', 4);
  add('a', 5);
  await clock.advance(90_000);
  expect(hints.size).toBe(0);
  // A commit that was announced by the hint, and is tried only now on version 4, conflicts.
  expect(versions.get('a')).toBe(5);
});

test('T2: a commit that is faster than the taking of its version keeps the hint, which is its own', async () => {
  const { clock, hints, versions, add, setVerdict, setBeforeCommit } = setUp({ orphanMs: bound('orphan', 60_000) });
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
  expect(hints.size).toBe(1);
});

test('T2: a commit that comes late finds its hint still there', async () => {
  const { clock, hints, versions, add, setVerdict } = setUp({ orphanMs: bound('orphan', 60_000) });
  versions.set('a', 4);
  add('a', 5);
  setVerdict((_, { version }) => (version === 5 ? 'pending' : 'settled'));
  await clock.advance(50_000);
  versions.set('a', 5);
  await clock.advance(600_000);
  expect(hints.size).toBe(1);
});

test('several hints of a partition cost one load, and all pages are scanned', async () => {
  const { clock, hints, versions, loads, add } = setUp({ page: bound('page', 3) });
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
  const { clock, tick, hints, versions, add, setFault } = setUp();
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
  const { clock, tick, hints, versions, add, setVerdict } = setUp();
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
  const { clock, tick, hints, versions, add } = setUp();
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
  const { clock, tick, hints, versions, asked, loads, add } = setUp({}, ({ partition }) =>
    partition.startsWith('mine/'),
  );
  for (const partition of ['mine/a', 'theirs/b']) {
    add(partition);
    versions.set(partition, 1);
  }
  await clock.advance(0);
  expect([asked, loads.map(({ partition }) => partition)]).toEqual([['mine/a@1'], ['mine/a']]);
  expect([...hints].map(({ partition }) => partition)).toEqual(['theirs/b']);
  await tick.close();
});
