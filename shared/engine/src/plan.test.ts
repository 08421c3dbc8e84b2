/** What is planned for a node, for each goal, from what is seen and what the ledger knows (N1 to N8), with its reason. */
import { describe, expect, test } from 'vitest';
import { node } from '../test/stage.ts';
import { type PlanInput, planNode } from './plan.ts';
import { ABSENT, type Absent, type Change, type Provider, type SeenBase } from './provider.ts';
import { freshRecord, type NodeRecord } from './record.ts';

const NOW_MS = 1_000_000;
const one = node('a', ['b']);
const ref = { kind: 'a', name: one.name, tenantId: 'acme', generation: 2, tier: 'free' };
const at = (path: string, more: Partial<Change> = {}): Change => ({
  path,
  from: 7,
  to: 1,
  weight: 'settings',
  ...more,
});
const ours: SeenBase = { mark: 'ours', generation: 2 };
const open = { action: 'create', atMs: 1, fence: 1 } as const;

interface Case {
  readonly seen?: SeenBase | Absent | undefined;
  readonly changes?: readonly Change[];
  readonly record?: Partial<NodeRecord>;
  readonly provider?: Partial<Provider>;
}

/** A backend that finds the given changes at each look. */
const backend = (changes: readonly Change[], more: Partial<Provider> = {}): Provider =>
  ({
    kind: 'a',
    backend: 'b',
    holdsData: true,
    hasAccess: true,
    spec: { safeParse: () => ({ success: false }) },
    plan: () => changes,
    adopt: async () => undefined,
    ...more,
  }) as unknown as Provider;

function plan({ seen = ours, changes = [], record = {}, provider = {} }: Case, more: Partial<PlanInput> = {}) {
  return planNode({
    node: one,
    ref,
    provider: backend(changes, provider),
    seen,
    record: { ...freshRecord(one), ...record },
    goal: 'converge',
    nowMs: NOW_MS,
    acceptLoss: false,
    afterEffect: false,
    ...more,
  });
}
const short = (...args: Parameters<typeof plan>) => {
  const { action, reason } = plan(...args);
  return `${action} ${reason.code}`;
};

test('a plan names its node, whom it waits for, what would be done and why', () => {
  const changes = [at('/size'), at('/tags', { from: undefined, to: ['x'] })];
  expect(plan({ changes })).toEqual({
    id: 'a',
    kind: 'a',
    name: 'thing-a',
    action: 'update',
    changes,
    dependsOn: ['b'],
    reason: { code: 'Drifted', message: '/size: 7 -> 1; /tags: absent -> ["x"]' },
  });
});

test('of many differences the reason names three and counts the rest', () => {
  const message = (count: number) =>
    plan({ changes: ['/a', '/b', '/c', '/d', '/e'].slice(0, count).map((path) => at(path)) }).reason.message;
  expect(message(3)).toBe('/a: 7 -> 1; /b: 7 -> 1; /c: 7 -> 1');
  expect(message(5)).toBe('/a: 7 -> 1; /b: 7 -> 1; /c: 7 -> 1; and 2 more');
});

test('without a backend it is skipped, and without a look there is no plan', () => {
  expect(short({}, { provider: undefined })).toBe('skip BackendNotConfigured');
  expect(() => plan({}, { seen: undefined })).toThrow('a was planned before it was observed');
});

const data = at('/rows', { weight: 'data' });

test.each([
  ['what is as it should be is kept', {}, 'keep Converged'],
  ['what is not there is made', { seen: ABSENT }, 'create Absent'],
  ['N2: what was complete and is gone is lost', { seen: ABSENT, record: { born: true } }, 'lost DataLost'],
  [
    'N2: but not where it held no data',
    { seen: ABSENT, record: { born: true }, provider: { holdsData: false } },
    'create Lost',
  ],
  [
    'N2: a part of the data that is gone is lost, whatever else differs',
    { changes: [at('/size'), data], record: { born: true } },
    'lost DataLost',
  ],
  ['data of what never was complete is made', { changes: [data] }, 'update Drifted'],
  ['settings of what was complete are repaired', { changes: [at('/size')], record: { born: true } }, 'update Drifted'],
  ['N1: another’s is refused', { seen: { mark: 'foreign' } }, 'refuse NameTaken'],
  [
    'N1: half-made is not ours without an intent',
    { seen: { mark: 'half-made' }, changes: [at('/mark')] },
    'refuse NameTaken',
  ],
  [
    'N1: half-made is ours with one',
    { seen: { mark: 'half-made' }, changes: [at('/mark')], record: { intent: open } },
    'update Drifted',
  ],
  [
    'N9: what an earlier generation left behind is not ours',
    { seen: { mark: 'ours', generation: 1 } },
    'refuse NameTaken',
  ],
  [
    'N9: what this one has had complete is, whatever its mark says',
    { seen: { mark: 'ours', generation: 1 }, record: { born: true } },
    'keep Converged',
  ],
  ['a later generation’s is not', { seen: { mark: 'ours', generation: 3 } }, 'refuse NameTaken'],
  ['N5: it waits while a lost call may overwrite it', { record: { settleAtMs: NOW_MS + 1 } }, 'wait EffectPending'],
  ['N5: and no longer', { record: { settleAtMs: NOW_MS } }, 'keep Converged'],
] as const)('%s', (_what, given, expected) => {
  expect(short(given as Case)).toBe(expected);
});

test('N2: what was lost is made on the blueprint’s word or an operator’s', () => {
  const lost = { seen: ABSENT, record: { born: true } };
  const partly = { changes: [data], record: { born: true } };
  expect([lost, partly].map((given) => short(given, { acceptLoss: true }))).toEqual(['create Lost', 'update Drifted']);
  const remakes = { node: { ...one, remakeWhenLost: true } };
  expect([lost, partly].map((given) => short(given, remakes))).toEqual(['create Lost', 'update Drifted']);
});

test('what is lost is shown with what is gone', () => {
  expect(plan({ changes: [at('/size'), data], record: { born: true } }).changes).toEqual([at('/size'), data]);
});

test('N5: the wait lasts until the effect can come no more', () => {
  expect(plan({ record: { settleAtMs: NOW_MS + 7 } }).atMs).toBe(NOW_MS + 7);
});

test('N7: what is left shows why nothing is done', () => {
  const weak = at('/copies', { weakens: { kind: 'fewer-replicas', would: 'keep 1 instead of 7' } });
  const fought = { repairs: [{ path: '/size', times: 9, lastAtMs: NOW_MS }] };
  expect(short({ changes: [weak] })).toBe('keep NeedsConsent');
  expect(short({ changes: [at('/size')], record: fought })).toBe('keep RepairFight');
  expect(short({ changes: [at('/size'), weak], record: fought })).toBe('keep NeedsConsent');
  expect(plan({ changes: [weak] }).left).toEqual([{ ...weak, why: 'consent' }]);
  expect(plan({ changes: [weak, at('/size')] })).toMatchObject({
    action: 'update',
    changes: [at('/size')],
    left: [{ path: '/copies' }],
  });
  expect(plan({})).not.toHaveProperty('left');
});

test('N7: what others take away each time is made after a pause, and waits openly', () => {
  const record = { born: true, repairs: [{ path: '', times: 4, lastAtMs: NOW_MS }] };
  const given = { seen: ABSENT, record, provider: { holdsData: false } };
  expect(plan(given)).toMatchObject({
    action: 'wait',
    reason: { code: 'RepairFight' },
    atMs: NOW_MS + 600_000,
    left: [{ path: '', from: null, to: 'present', weight: 'settings', why: 'fight' }],
  });
  expect(short(given, { nowMs: NOW_MS + 600_000 })).toBe('create Lost');
  expect(short({ ...given, record: { ...record, born: false } })).toBe('create Absent');
});

test.each([
  [{ mark: 'foreign' }, 'the name belongs to another owner'],
  [{ mark: 'none' }, 'the name exists without our mark; an operator has to decide'],
  [
    { mark: 'ours', generation: 3 },
    "the name carries a mark of generation 3, and this tenant's is 2: another mesh has it, or the ledger has lost it (then import the tenant with that generation)",
  ],
  [{ mark: 'ours', inTheWay: ['x', 'y'] }, "what is not this tenant's stands in its way: x, y"],
  [{ absent: true, inTheWay: ['x'] }, "what is not this tenant's stands in its way: x"],
] as const)('whose a taken name is, is said: %j', (seen, message) => {
  expect(plan({ seen: seen as unknown as SeenBase }).reason).toEqual({ code: 'NameTaken', message });
});

test.each([
  [{ mark: 'none' }, {}, 'NotOurs', 'exists without our mark and stays'],
  [{ mark: 'foreign', generation: 3 }, {}, 'NotOurs', 'exists without our mark and stays'],
  [{ mark: 'ours', generation: 1 }, {}, 'NotOurs', 'exists with the mark of generation 1 and stays'],
  [{ mark: 'ours', generation: 3 }, {}, 'NotOurs', 'exists with the mark of generation 3 and stays'],
  [
    { mark: 'ours', generation: 3 },
    { born: true },
    'MarkLost',
    'was made for this tenant, carries the mark of generation 3 and is left as it is',
  ],
  [
    { mark: 'none' },
    { born: true },
    'MarkLost',
    'was made for this tenant, carries our mark no more and is left as it is',
  ],
] as const)(
  'what stays when the tenant leaves is told by the mark that it carries: %j %j',
  (seen, record, code, message) => {
    const given = { seen: seen as SeenBase, record };
    expect(plan(given, { goal: 'remove' }).reason).toEqual({ code, message });
  },
);

describe('access', () => {
  test.each([
    [{ mark: 'none' } as const, 'carries our mark no more'],
    [{ mark: 'ours', generation: 3 } as const, 'carries the mark of generation 3'],
  ])('what stands under another mark is told by it: %j', (seen, words) => {
    expect(plan({ seen, changes: [granted] }, { goal: 'access' }).reason).toEqual({
      code: 'MarkLost',
      message: `gives access and ${words}: /access/read: 7 -> 1`,
    });
  });

  const access = (given: Case, more: Partial<PlanInput> = {}) => short(given, { goal: 'access', ...more });
  const granted = at('/access/read');

  test.each([
    ['N4: nothing but access is touched', { changes: [at('/size'), at('/kept/access')] }, 'keep Converged'],
    ['N4: access is', { changes: [at('/size'), granted] }, 'update Drifted'],
    [
      'N4: what is absent gives none, and nothing is made',
      { seen: ABSENT, record: { born: true } },
      'keep AbsentWhileSuspended',
    ],
    [
      'N5: unless a creation may still come',
      { seen: ABSENT, record: { settleAtMs: NOW_MS + 1 } },
      'wait EffectPending',
    ],
    ['N5: or a lost call may give access once more', { record: { settleAtMs: NOW_MS + 1 } }, 'wait EffectPending'],
    [
      'N8: access under a lost mark stands and is told',
      { seen: { mark: 'none' }, changes: [granted] },
      'refuse MarkLost',
    ],
    [
      'N4: a lost mark without access is no matter',
      { seen: { mark: 'none' }, changes: [at('/mark')] },
      'keep Converged',
    ],
    [
      'D3: a fight holds nothing up',
      { changes: [granted], record: { repairs: [{ path: '/access/read', times: 50, lastAtMs: NOW_MS }] } },
      'update Drifted',
    ],
  ] as const)('%s', (_what, given, expected) => {
    expect(access(given as Case)).toBe(expected);
  });

  test('N4: of what differs only access is changed', () => {
    expect(plan({ changes: [at('/size'), granted] }, { goal: 'access' }).changes).toEqual([granted]);
  });

  test('N4: an object that is going as a whole is looked at again in ten seconds', () => {
    expect(plan({ changes: [granted, at('')] }, { goal: 'access' })).toMatchObject({
      action: 'wait',
      changes: [],
      reason: { code: 'AccessUnsettled' },
      atMs: NOW_MS + 10_000,
    });
  });

  test('N4: what is judged is the object as if it had our mark', () => {
    const judged: unknown[] = [];
    const look: Provider['plan'] = (_ref, _spec, seen) => {
      judged.push(seen);
      return [];
    };
    plan({ seen: { mark: 'none', notes: ['x'] }, provider: { plan: look } }, { goal: 'access' });
    expect(judged).toEqual([{ mark: 'ours', generation: 2, notes: ['x'] }]);
  });
});

describe('remove', () => {
  const remove = (given: Case, more: Partial<PlanInput> = {}) => short(given, { goal: 'remove', ...more });

  test.each([
    ['what is ours goes', {}, 'delete TenantLeaves'],
    ['what was never there is gone', { seen: ABSENT }, 'gone Absent'],
    [
      'N6: what was there and is not seen is deleted to be sure',
      { seen: ABSENT, record: { born: true } },
      'delete MayLinger',
    ],
    ['N6: so is what was begun', { seen: ABSENT, record: { intent: open } }, 'delete MayLinger'],
    [
      'N5: what a lost call may still make is waited for',
      { seen: ABSENT, record: { settleAtMs: NOW_MS + 1 } },
      'wait EffectPending',
    ],
    ['N5: and no longer', { seen: ABSENT, record: { settleAtMs: NOW_MS } }, 'gone Absent'],
    ['N1: what is not ours stays', { seen: { mark: 'none' } }, 'not-ours NotOurs'],
    [
      'N8: what we made and lacks our mark is told',
      { seen: { mark: 'none' }, record: { born: true } },
      'refuse MarkLost',
    ],
    ['N8: so is what we began', { seen: { mark: 'foreign' }, record: { intent: open } }, 'refuse MarkLost'],
  ] as const)('%s', (_what, given, expected) => {
    expect(remove(given as Case)).toBe(expected);
  });

  test('N6: after the backend was told, an absence counts, but for what may still come', () => {
    const born = { seen: ABSENT, record: { born: true } };
    expect(remove(born, { afterEffect: true })).toBe('gone Absent');
    expect(remove({ ...born, record: { settleAtMs: NOW_MS + 1 } }, { afterEffect: true })).toBe('wait EffectPending');
  });

  test('what has no mark yet is marked before it is deleted, what has one is not changed', () => {
    const changes = [at('/mark')];
    const half = plan({ seen: { mark: 'half-made' }, changes, record: { intent: open } }, { goal: 'remove' });
    expect(half).toMatchObject({ action: 'delete', changes });
    expect(plan({ changes }, { goal: 'remove' }).changes).toEqual([]);
  });
});
