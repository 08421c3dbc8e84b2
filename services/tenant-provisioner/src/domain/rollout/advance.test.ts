/** One step of a rollout at its edges: pages, waves that end and rest, budgets and ends (W1 to W4). */
import { expect, test } from 'vitest';
import { advance, needsPage } from './advance.ts';
import { member, OPTIONS, rollout, seen } from './rollout.fixture.ts';
import { type Rollout, waveSize } from './rollout.ts';

const step = (before: Rollout, input: Partial<Parameters<typeof advance>[1]> = {}) =>
  advance(before, { seen: new Map(), nowMs: 0, ...input });

test('W4: a page of another place is none, and one is asked for only where the queue is empty', () => {
  const running = rollout({ phase: 'running', cursor: 'p1' });
  expect(needsPage(running)).toBe(true);
  expect(needsPage({ ...running, queue: ['x'] })).toBe(false);
  expect(needsPage({ ...running, isReadWhole: true })).toBe(false);
  expect(needsPage({ ...running, phase: 'halted' })).toBe(false);
  const other = step(running, { page: { from: 'p0', tenantIds: ['z'], next: 'p1' } });
  expect(other.rollout).toBe(running);
  const next = step(running, { page: { from: 'p1', tenantIds: ['a', 'b', 'c'], next: 'p2' } }).rollout;
  expect(next).toMatchObject({ cursor: 'p2', isReadWhole: false, queue: ['c'], wave: 1, waveIsOpen: true });
  expect(next.members).toEqual([
    { tenantId: 'a', sinceMs: 0, attempt: 1 },
    { tenantId: 'b', sinceMs: 0, attempt: 1 },
  ]);
  const last = step(running, { page: { from: 'p1', tenantIds: ['a'] } }).rollout;
  expect(last.isReadWhole).toBe(true);
  expect(last).not.toHaveProperty('cursor');
  const full = { ...running, queue: ['x'] };
  expect(step(full, { page: { from: 'p1', tenantIds: ['z'] } }).rollout.queue).not.toContain('z');
});

test('W1: who makes room is replaced within the wave, and one more than fits is not taken', () => {
  const open = rollout({ phase: 'running', wave: 1, waveIsOpen: true, queue: ['c', 'd'], isReadWhole: true });
  const members = [member({ attempt: 1 }), member({ tenantId: 'b', attempt: 1 })];
  const current = new Map([['a', seen({ blueprint: { digest: 'new' } })]]);
  const done = step({ ...open, members }, { seen: current, nowMs: 7 });
  expect(done.reports.map(({ tenantId, outcome }) => [tenantId, outcome])).toEqual([['a', 'unchanged']]);
  expect([done.rollout.members.map(({ tenantId }) => tenantId), done.rollout.queue, done.rollout.wave]).toEqual([
    ['b', 'c'],
    ['d'],
    1,
  ]);
  expect(step({ ...open, members }).rollout.members).toEqual(members);
});

test('W2: as many as the budget may fail, those that were forgiven aside, and the first one over it halts', () => {
  const failed = member({ outcome: 'failed', reason: { code: 'Failed', message: 'why' } });
  const phaseWith = (over: Partial<Rollout>, maxFailures: number) =>
    step(
      rollout({
        phase: 'running',
        wave: 1,
        waveIsOpen: true,
        options: { ...OPTIONS, maxFailures },
        members: [failed],
        ...over,
      }),
    ).rollout.phase;
  const counts = { updated: 0, unchanged: 0, skipped: 0, failed: 2 };
  expect([phaseWith({}, 0), phaseWith({}, 1)]).toEqual(['halted', 'running']);
  expect([phaseWith({ counts }, 2), phaseWith({ counts }, 3)]).toEqual(['halted', 'running']);
  expect([phaseWith({ counts, forgiven: 1 }, 1), phaseWith({ counts, forgiven: 1 }, 2)]).toEqual(['halted', 'running']);
  // Failures of waves that are over halt nothing by themselves.
  expect(phaseWith({ counts, members: [member()] }, 0)).toBe('running');
  const halted = step(rollout({ phase: 'running', members: [failed, member({ tenantId: 'b' })] })).rollout;
  expect(halted.reasons.at(-1)).toMatchObject({ code: 'TenantFailed', message: 'a: why', data: { tenant_id: 'a' } });
});

test('W3: a wave that is done rests as long as was asked, once, and is over with the last millisecond', () => {
  const done = member({ outcome: 'updated', reason: { code: 'Updated', message: 'x' } });
  const watched = rollout({
    phase: 'running',
    wave: 1,
    waveIsOpen: true,
    members: [done, { ...done, tenantId: 'b' }],
    queue: ['c'],
    options: { ...OPTIONS, pauseMs: 30_000 },
  });
  const resting = step(watched, { nowMs: 1_000 }).rollout;
  expect(resting).toMatchObject({ restsUntilMs: 31_000, waveIsOpen: true, queue: ['c'] });
  expect(step(resting, { nowMs: 30_999 }).rollout).toBe(resting);
  const over = step(resting, { nowMs: 31_000 });
  expect(over.reports.map(({ tenantId, wave }) => [tenantId, wave])).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
  expect(over.rollout).toMatchObject({ wave: 2, waveIsOpen: true, queue: [] });
  expect(over.rollout.members.map(({ tenantId }) => tenantId)).toEqual(['c']);
  expect(over.rollout).not.toHaveProperty('restsUntilMs');
});

test('W1: a wave is done when it is full or nobody is left, and each of it has an outcome', () => {
  const done = member({ outcome: 'updated', reason: { code: 'Updated', message: 'x' } });
  const open = rollout({ phase: 'running', wave: 1, waveIsOpen: true });
  const isOpen = (over: Partial<Rollout>) => step({ ...open, ...over }).rollout.waveIsOpen;
  expect(isOpen({ members: [done] })).toBe(true);
  expect(isOpen({ members: [done], isReadWhole: true })).toBe(false);
  expect(isOpen({ members: [done, { ...done, tenantId: 'b' }] })).toBe(false);
  expect(isOpen({ members: [done, member({ tenantId: 'b' })], isReadWhole: true })).toBe(true);
});

test('W1: a wave with room is not done while somebody waits for it', () => {
  const done = member({ outcome: 'updated', reason: { code: 'Updated', message: 'x' } });
  const open = rollout({
    phase: 'running',
    wave: 1,
    waveIsOpen: true,
    isReadWhole: true,
    queue: ['c'],
    members: [done],
  });
  const next = step(open);
  expect([next.rollout.waveIsOpen, next.rollout.wave, next.reports]).toEqual([true, 1, []]);
  expect(next.rollout.members.map(({ tenantId }) => tenantId)).toEqual(['a', 'c']);
});

test('it is completed when all was read, taken, and told', () => {
  const ready = rollout({ phase: 'running', wave: 1, isReadWhole: true });
  const phaseOf = (over: Partial<Rollout>) => step({ ...ready, ...over }, { nowMs: 8 }).rollout;
  expect(phaseOf({})).toMatchObject({ phase: 'completed', endedAtMs: 8 });
  expect(phaseOf({ isReadWhole: false }).phase).toBe('running');
  expect(phaseOf({ queue: ['x'] }).phase).toBe('running');
  expect(phaseOf({ members: [member()], waveIsOpen: true }).phase).toBe('running');
  const counts = { updated: 1, unchanged: 2, skipped: 3, failed: 4 };
  expect(phaseOf({ counts }).reasons.at(-1)).toMatchObject({
    code: 'Completed',
    message: '1 updated, 2 as they were, 3 left out, 4 failed',
  });
});

test('a step that finds nothing new changes nothing, and one that is over does nothing', () => {
  const waiting = rollout({ phase: 'running', wave: 1, waveIsOpen: true, members: [member()], queue: [], cursor: 'p' });
  const busy = new Map([['a', seen({ status: 'provisioning', rests: false })]]);
  const same = step(waiting, { seen: busy, nowMs: 1 });
  expect([same.rollout, same.reports, same.asks]).toEqual([waiting, [], []]);
  expect(same.rollout).toBe(waiting);
  const halted = rollout({ phase: 'halted', members: [member()] });
  expect(step(halted, { seen: new Map([['a', seen()]]) })).toEqual({ rollout: halted, reports: [], asks: [] });
});

test('what was refused halts it with the reason, and is asked again by a resumption alone', () => {
  const open = rollout({
    phase: 'running',
    wave: 1,
    waveIsOpen: true,
    members: [member()],
    options: { ...OPTIONS, maxFailures: 9 },
  });
  const look = { seen: new Map([['a', seen()]]), refused: new Map([['a', 'these limits make no tier']]) };
  const refused = step(open, look);
  expect(refused.rollout.members[0]).toMatchObject({
    outcome: 'failed',
    reason: { code: 'Refused', message: 'these limits make no tier' },
  });
  expect(refused.asks).toEqual([]);
  expect(step(refused.rollout, { seen: look.seen }).asks).toEqual([]);
  expect(step(open, { seen: look.seen }).asks).toEqual([member()]);
});

test('W1, W3: who is left out while a wave is watched makes room for another, and the wave is watched anew', () => {
  const options = { ...OPTIONS, pauseMs: 100 };
  const done = { outcome: 'updated', reason: { code: 'Updated', message: 'x' } } as const;
  const visit = (serial: number) => ({ digest: 'new', rollout: { serial, attempt: 2, changed: true } });
  const watched = rollout({
    phase: 'running',
    wave: 1,
    waveIsOpen: true,
    restsUntilMs: 100,
    options,
    members: [member(done), member({ ...done, tenantId: 'b' })],
    queue: ['c'],
    isReadWhole: true,
  });
  // Another rollout has been at one of the two.
  const looks = new Map([
    ['a', seen({ blueprint: visit(2) })],
    ['b', seen({ blueprint: visit(3) })],
  ]);
  const { rollout: filled, reports } = step(watched, { seen: looks, nowMs: 50 });
  expect(reports.map(({ tenantId, outcome }) => [tenantId, outcome])).toEqual([['b', 'skipped']]);
  expect(filled.members.map(({ tenantId }) => tenantId)).toEqual(['a', 'c']);
  expect(filled).not.toHaveProperty('restsUntilMs');
  looks.set('c', seen({ blueprint: { ...visit(2) } }));
  const again = step(filled, { seen: looks, nowMs: 60 });
  expect([again.rollout.restsUntilMs, again.reports]).toEqual([160, []]);
  expect(step(again.rollout, { seen: looks, nowMs: 160 }).rollout.phase).toBe('completed');
});

test('while a wave is watched nobody is taken beside it', () => {
  const done = member({ outcome: 'updated', reason: { code: 'Updated', message: 'x' } });
  const watched = rollout({
    phase: 'running',
    wave: 1,
    waveIsOpen: true,
    restsUntilMs: 100,
    options: { ...OPTIONS, waves: [1], pauseMs: 100 },
    members: [done],
    queue: ['c'],
  });
  expect(step(watched, { nowMs: 99 }).rollout).toBe(watched);
});

test('what becomes of it is told in words: begun, a wave done, completed', () => {
  const begun = step(rollout(), { page: { tenantIds: ['a', 'b'] } }).rollout;
  const ours = { digest: 'new', rollout: { serial: 2, attempt: 1, changed: true } };
  const looks = new Map(['a', 'b'].map((id) => [id, seen({ blueprint: ours })]));
  const { reasons } = step(begun, { seen: looks, nowMs: 5 }).rollout;
  expect(reasons.map(({ message }) => message)).toEqual([
    'asked for by ops',
    'the first wave is chosen',
    'wave 1 is done with 2 tenant(s)',
    '2 updated, 0 as they were, 0 left out, 0 failed',
  ]);
});

test('W3: a wave from which everybody was left out has nobody to watch, so it does not rest', () => {
  const options = { ...OPTIONS, pauseMs: 30_000 };
  const open = rollout({ phase: 'running', wave: 1, waveIsOpen: true, isReadWhole: true, options });
  const ended = step(open, { nowMs: 1_000 }).rollout;
  expect(ended).not.toHaveProperty('restsUntilMs');
  expect(ended.waveIsOpen).toBe(false);
});

test('the last size of a wave is that of all later ones', () => {
  const sizes = [1, 2, 3, 9].map((wave) => waveSize({ ...OPTIONS, waves: [1, 5, 20] }, wave));
  expect(sizes).toEqual([1, 5, 20, 20]);
});
