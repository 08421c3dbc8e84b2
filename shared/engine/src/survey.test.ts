/** A look: what is seen is planned, what cannot be seen is told, and what is used is asked for only where it matters. */
import { bound, type Clock, invalid, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { node } from '../test/stage.ts';
import { ABSENT, type Absent, type Change, type Provider, type SeenBase } from './provider.ts';
import { freshRecord, type NodeRecord } from './record.ts';
import { type SurveyInput, sight, survey } from './survey.ts';

const one = node('a');
const quota: Change = {
  path: '/quota',
  from: 9,
  to: 5,
  weight: 'settings',
  weakens: { kind: 'lower-quota', would: 'bound it' },
};
const size: Change = { path: '/size', from: 7, to: 1, weight: 'settings' };
const ours: SeenBase = { mark: 'ours' };

interface Scene {
  readonly seen?: SeenBase | Absent;
  readonly changes?: readonly Change[];
  readonly record?: Partial<NodeRecord>;
  readonly more?: Partial<SurveyInput>;
  readonly call?: SurveyInput['call'];
  readonly canMeasure?: boolean;
  /** It holds no data, and only making it anew could bring it to what is wanted. */
  readonly odd?: boolean;
}

/** One node on one backend, and what was asked of it. */
function scene({ seen = ours, changes = [], record = {}, more = {}, call, canMeasure = true, odd = false }: Scene) {
  const asked: string[] = [];
  const verbs: string[] = [];
  const measure = async () => {
    asked.push('measure');
    return { ...ours, notes: ['measured'] };
  };
  const provider = {
    kind: 'a',
    backend: 'b',
    holdsData: !odd,
    hasAccess: false,
    bounds: { timeoutMs: bound('t', 1), parallelism: bound('p', 1), ceiling: undefined },
    observe: async () => {
      asked.push('observe');
      return seen;
    },
    ...(canMeasure ? { measure } : {}),
    adopt: async () => undefined,
    unfit: () => (odd ? ['it is odd'] : []),
    plan: (_ref: unknown, _spec: unknown, present: SeenBase) => (present.notes ? [size] : changes),
    spec: { safeParse: () => ({ success: false }) },
  } as unknown as Provider;
  const clock: Clock = { now: () => 1_000, sleep: () => Promise.resolve() };
  const input: SurveyInput = {
    graph: [one],
    records: new Map([['a', { ...freshRecord(one), ...record }]]),
    goal: 'converge',
    refOf: () => ({ kind: 'a', name: 'thing-a', tenantId: 'acme', generation: 1, tier: 'free' }),
    providers: new Map([['a', provider]]),
    call:
      call ??
      ((_provider, verb, begin, signal) => {
        verbs.push(verb);
        return begin({ signal, clock, log: silentLog, fence: 1 });
      }),
    clock,
    acceptLoss: false,
    signal: new AbortController().signal,
    ...more,
  };
  return { asked, verbs, input };
}

test('use is measured where a quota would be lowered, and the plan is made with what was measured', async () => {
  const { asked, verbs, input } = scene({ changes: [quota] });
  expect(await sight(input, one)).toMatchObject({
    kind: 'planned',
    seen: { notes: ['measured'] },
    plan: { changes: [size] },
  });
  expect([asked, verbs]).toEqual([
    ['observe', 'measure'],
    ['observe', 'observe'],
  ]);
});

test('use is measured for what is left as it is too, and for what is made on a word', async () => {
  const mixed = scene({ changes: [size, quota], more: { consent: true } });
  await sight(mixed.input, one);
  const left = scene({ changes: [quota, size] });
  await sight(left.input, one);
  expect([mixed.asked, left.asked]).toEqual([
    ['observe', 'measure'],
    ['observe', 'measure'],
  ]);
});

test.each([
  ['nothing differs', {}],
  ['something else differs', { changes: [size] }],
  ['another weakening', { changes: [{ ...quota, weakens: { kind: 'fewer-replicas', would: 'x' } as const }] }],
  ['it is not there', { seen: ABSENT, changes: [quota] }],
  ['nobody can', { changes: [quota], canMeasure: false }],
] as const)('use is not measured where %s', async (_what, given) => {
  const { asked, input } = scene(given);
  expect((await sight(input, one)).kind).toBe('planned');
  expect(asked).toEqual(['observe']);
});

test('without a backend nothing is asked, and the plan says so', async () => {
  const { asked, input } = scene({ more: { providers: new Map() } });
  expect(await sight(input, one)).toMatchObject({ kind: 'planned', plan: { action: 'skip' }, seen: undefined });
  expect(asked).toEqual([]);
});

test('what could not be seen is told with the fault, and the others are seen all the same', async () => {
  const away = unavailable('no answer', { code: 'Away', away: true });
  const call: SurveyInput['call'] = () => Promise.reject(away);
  expect(await survey(scene({ call }).input)).toEqual([{ kind: 'unseen', node: one, fault: away }]);
  const odd: SurveyInput['call'] = () => Promise.reject(new Error('odd'));
  expect(await sight(scene({ call: odd }).input, one)).toMatchObject({ kind: 'unseen', fault: { class: 'Bug' } });
});

test('once the run is told to stop, a look that fails ends it', async () => {
  const stop = new AbortController();
  const fault = invalid('stopped', { code: 'Stopped' });
  const call: SurveyInput['call'] = () => {
    stop.abort(fault);
    return Promise.reject(fault);
  };
  await expect(sight(scene({ call, more: { signal: stop.signal } }).input, one)).rejects.toBe(fault);
});

test('a look shows what was there when it began: what settles while it lasts is waited for', async () => {
  let nowMs = 1_000;
  const clock: Clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const call: SurveyInput['call'] = async (_provider, _verb, begin, signal) => {
    nowMs = 5_000;
    return begin({ signal, clock, log: silentLog, fence: 1 });
  };
  const { input } = scene({ call, record: { settleAtMs: 3_000 }, more: { clock } });
  expect(await sight(input, one)).toMatchObject({ plan: { action: 'wait', atMs: 3_000 } });
});

test('only the nodes that are named are looked at', async () => {
  const { asked, input } = scene({});
  expect(await survey(input, [])).toEqual([]);
  expect(asked).toEqual([]);
});

test('a node that the ledger does not know yet is planned as one that nobody has begun', async () => {
  const { input } = scene({ seen: ABSENT, more: { records: new Map() } });
  expect(await sight(input, one)).toMatchObject({ plan: { action: 'create', reason: { code: 'Absent' } } });
});

test('nothing is adopted, made anew or weakened without its word', async () => {
  const unmarked: SeenBase = { mark: 'none' };
  const weak: Change = { ...size, weakens: { kind: 'fewer-replicas', would: 'x' } };
  const action = async (given: Scene) => {
    const sighting = await sight(scene(given).input, one);
    return sighting.kind === 'planned' && [sighting.plan.action, sighting.plan.changes.length];
  };
  expect(await action({ seen: unmarked })).toEqual(['refuse', 0]);
  expect(await action({ seen: unmarked, odd: true, more: { adopt: true } })).toEqual(['refuse', 0]);
  expect(await action({ seen: unmarked, odd: true, more: { adopt: true, remake: true } })).toEqual(['update', 0]);
  expect(await action({ changes: [weak] })).toEqual(['keep', 0]);
  expect(await action({ changes: [weak], more: { consent: true } })).toEqual(['update', 1]);
});

test('a look before an effect does not count an absence as a deletion, one after it does', async () => {
  const { input } = scene({ seen: ABSENT, record: { born: true }, more: { goal: 'remove' } });
  expect(await sight(input, one)).toMatchObject({ plan: { action: 'delete' } });
  expect(await sight(input, one, true)).toMatchObject({ plan: { action: 'gone' } });
});
