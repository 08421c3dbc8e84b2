/** What an operator may do to a rollout in each phase, what that leaves, and how it is told (R1 to R4). */
import { expect, test } from 'vitest';
import { member, OPTIONS, rollout, TARGETS } from './rollout.fixture.ts';
import { defaultWaves, goesOn, isUnfinished, operate, report, rivalOf, tell, waveSize } from './rollout.ts';

test('a rollout begins planned, with nobody taken and nothing read', () => {
  expect(rollout()).toEqual({
    v: 1,
    id: 'ro-1',
    serial: 2,
    targets: TARGETS,
    options: OPTIONS,
    by: 'ops',
    behind: 3,
    phase: 'planned',
    createdAtMs: 0,
    updatedAtMs: 0,
    wave: 0,
    waveIsOpen: false,
    members: [],
    queue: [],
    isReadWhole: false,
    counts: { updated: 0, unchanged: 0, skipped: 0, failed: 0 },
    forgiven: 0,
    reasons: [{ code: 'Planned', message: 'asked for by ops', atMs: 0 }],
  });
});

test('waves: a canary, then twice as many up to the bound; the last size goes on', () => {
  expect(defaultWaves()).toEqual([1, 2, 4, 8, 16, 32, 50]);
  const sizes = [0, 1, 2, 3, 9].map((wave) => waveSize({ ...OPTIONS, waves: [3, 7] }, wave));
  expect(sizes).toEqual([7, 3, 7, 7, 7]);
  expect(waveSize({ ...OPTIONS, waves: [] }, 1)).toBe(1);
});

test('R1: a rival is an unfinished rollout of one of the same tiers', () => {
  const other = rollout({ targets: [{ tier: 'starter', digest: 'x' }, ...TARGETS] });
  const another = rollout({ targets: [{ tier: 'custom', digest: 'x' }] });
  expect(rivalOf([another, other], [{ tier: 'enterprise', digest: 'y' }, ...TARGETS])).toBe(other);
  expect(rivalOf([another], TARGETS)).toBeUndefined();
});

test('of what happened as much is kept as the bound allows, the last of it', () => {
  let told = rollout();
  for (let at = 1; at <= 40; at++) told = tell(told, { code: 'X', message: `${at}` }, at);
  expect([told.reasons.length, told.reasons[0]?.atMs, told.reasons.at(-1), told.updatedAtMs]).toEqual([
    30,
    11,
    { code: 'X', message: '40', atMs: 40 },
    40,
  ]);
});

test('reports are numbered through, count what came of each, and take it out of the wave', () => {
  const why = { code: 'Updated', message: 'x' };
  const members = [member({ outcome: 'updated', reason: why }), member({ tenantId: 'b' }), member({ tenantId: 'c' })];
  const before = rollout({ members, wave: 4, counts: { updated: 1, unchanged: 2, skipped: 3, failed: 4 } });
  const { rollout: after, reports } = report(before, members.slice(0, 2), 9);
  expect(reports).toEqual([
    { serial: 11, wave: 4, tenantId: 'a', outcome: 'updated', reason: why, atMs: 9 },
    {
      serial: 12,
      wave: 4,
      tenantId: 'b',
      outcome: 'skipped',
      reason: expect.objectContaining({ code: 'Cancelled' }),
      atMs: 9,
    },
  ]);
  expect(after).toMatchObject({ counts: { updated: 2, unchanged: 2, skipped: 4, failed: 4 }, updatedAtMs: 9 });
  expect(after.members).toEqual([members[2]]);
  expect(report(before, [], 9)).toEqual({ rollout: before, reports: [] });
});

test.each([
  ['planned', true, true, 'applied', 'applied', 'repeat'],
  ['running', true, true, 'applied', 'applied', 'repeat'],
  ['halted', true, false, 'repeat', 'applied', 'applied'],
  ['completed', false, false, 'refused', 'refused', 'refused'],
  ['cancelled', false, false, 'refused', 'repeat', 'refused'],
] as const)(
  'a rollout that is %s: unfinished %s, goes on %s; halt is %s, cancel %s, resume %s',
  (phase, open, on, ...kinds) => {
    const one = rollout({ phase });
    expect([isUnfinished(one), goesOn(one)]).toEqual([open, on]);
    const verbs = [{ kind: 'halt' }, { kind: 'cancel' }, { kind: 'resume', skipFailed: false }] as const;
    const done = verbs.map((verb) => operate(one, verb, 'eve', 5));
    expect(done.map(({ kind }) => kind)).toEqual(kinds);
    for (const each of done) if (each.kind === 'repeat') expect([each.rollout, each.reports]).toEqual([one, []]);
    const phases = done.map((each) => (each.kind === 'applied' ? each.rollout.phase : undefined));
    expect(phases).toEqual(
      ['halted', 'cancelled', 'running'].map((word, at) => (kinds[at] === 'applied' ? word : undefined)),
    );
  },
);

test('R3: cancelled it forgets its queue and closes its wave; who was under way is told as followed no more', () => {
  const one = rollout({ phase: 'running', wave: 1, waveIsOpen: true, queue: ['x'], members: [member()] });
  const done = operate(one, { kind: 'cancel' }, 'eve', 5);
  expect(done).toMatchObject({
    kind: 'applied',
    reports: [{ tenantId: 'a', outcome: 'skipped', reason: { code: 'Cancelled' } }],
    rollout: { queue: [], waveIsOpen: false, endedAtMs: 5, members: [], counts: { skipped: 1 } },
  });
  expect(done.kind === 'applied' && done.rollout.reasons.at(-1)).toMatchObject({
    code: 'Cancelled',
    message: 'by eve',
    atMs: 5,
  });
});

test('R4: resumed, who failed has a further attempt, who waits begins its time anew, and what is done stays', () => {
  const members = [
    member({ tenantId: 'failed', outcome: 'failed', reason: { code: 'X', message: 'x' } }),
    member({ tenantId: 'waits', attempt: 7 }),
    member({ tenantId: 'done', outcome: 'updated' }),
  ];
  const one = rollout({ phase: 'halted', members, restsUntilMs: 99, forgiven: 1 });
  const again = operate(one, { kind: 'resume', skipFailed: false }, 'eve', 5);
  if (again.kind === 'refused') return expect.unreachable('it is halted');
  expect(again.rollout.members).toEqual([
    { tenantId: 'failed', sinceMs: 5, attempt: 3 },
    { tenantId: 'waits', sinceMs: 5, attempt: 7 },
    members[2],
  ]);
  expect([again.rollout.forgiven, again.reports]).toEqual([1, []]);
  expect(again.rollout).not.toHaveProperty('restsUntilMs');
  const without = operate(one, { kind: 'resume', skipFailed: true }, 'eve', 5);
  if (without.kind === 'refused') return expect.unreachable('it is halted');
  expect(without.rollout.members.map(({ tenantId }) => tenantId)).toEqual(['waits', 'done']);
  expect([without.rollout.forgiven, without.reports.map(({ outcome }) => outcome)]).toEqual([2, ['failed']]);
});

test.each([
  [{ kind: 'halt' }, 'running', 'Halted', 'by ops'],
  [{ kind: 'cancel' }, 'running', 'Cancelled', 'by ops'],
  [{ kind: 'resume', skipFailed: false }, 'halted', 'Resumed', 'by ops'],
  [{ kind: 'resume', skipFailed: true }, 'halted', 'Resumed', 'by ops; those that failed are left out'],
] as const)('who asked for it is told: %j', (verb, phase, code, message) => {
  const done = operate(rollout({ phase }), verb, 'ops', 7);
  expect(done).toMatchObject({ kind: 'applied', reports: [] });
  expect(done.kind === 'refused' ? undefined : done.rollout.reasons.at(-1)).toEqual({ code, message, atMs: 7 });
});
