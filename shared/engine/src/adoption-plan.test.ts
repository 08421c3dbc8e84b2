/** What an operator is told of an adoption before it is made, and what of it needs which word (N1, P5). */
import { expect, test } from 'vitest';
import { node } from '../test/stage.ts';
import { type PlanInput, planNode } from './plan.ts';
import type { Change, Provider, SeenBase } from './provider.ts';
import { freshRecord } from './record.ts';

const one = node('a');
const size: Change = { path: '/size', from: 7, to: 1, weight: 'settings' };
const fewer: Change = {
  path: '/copies',
  from: 3,
  to: 1,
  weight: 'settings',
  weakens: { kind: 'fewer-replicas', would: 'keep 1 instead of 3' },
};
const unmarked: SeenBase = { mark: 'none' };
const refOf = (generation: number) => ({ kind: 'a', name: one.name, tenantId: 'acme', generation, tier: 'free' });

function plan(changes: readonly Change[], provider: Partial<Provider> = {}, more: Partial<PlanInput> = {}) {
  const backend = {
    kind: 'a',
    backend: 'b',
    holdsData: true,
    spec: { safeParse: () => ({ success: false }) },
    plan: () => changes,
    adopt: async () => undefined,
    ...provider,
  } as unknown as Provider;
  return planNode({
    node: one,
    ref: refOf(1),
    provider: backend,
    seen: unmarked,
    record: freshRecord(one),
    goal: 'converge',
    nowMs: 0,
    acceptLoss: false,
    adopt: true,
    afterEffect: false,
    ...more,
  });
}
const BECAUSE = 'exists without our mark and is adopted on an operator’s word; '.replace('’', "'");

test.each([
  ['nothing', [], 'nothing else differs'],
  ['a setting', [size], '/size: 7 -> 1'],
  ['what weakens', [fewer], '/copies is left as it is: a repair would keep 1 instead of 3'],
  ['both', [size, fewer], '/size: 7 -> 1; /copies is left as it is: a repair would keep 1 instead of 3'],
])('it is marked, and %s is told beside it', (_what, changes, rest) => {
  expect(plan(changes)).toMatchObject({
    action: 'update',
    adopts: true,
    reason: { code: 'Adopted', message: BECAUSE + rest },
  });
  expect(plan(changes).changes).toEqual(changes.filter((change) => change === size));
});

test('what is planned is the object as it will be: ours, and known to have been adopted', () => {
  const judged: unknown[] = [];
  const look: Provider['plan'] = (_ref, _spec, seen) => {
    judged.push(seen);
    return [];
  };
  plan([], { plan: look });
  expect(judged).toEqual([{ mark: 'ours', generation: 1, adopted: true }]);
});

test('what an earlier generation left behind is told by its mark, adopted or not', () => {
  const earlier = { seen: { mark: 'ours', generation: 1 }, ref: refOf(2) } as const;
  expect(plan([], {}, earlier).reason.message).toBe(
    "exists with the mark of generation 1 and is adopted on an operator's word; nothing else differs",
  );
  expect(plan([], { unfit: () => ['it is odd'] }, earlier).reason.message).toBe(
    'exists with the mark of generation 1 and cannot be adopted: it is odd; put it right or move it away by hand',
  );
});

test('what weakens is made with an operator’s word for it', () => {
  expect(plan([fewer], {}, { consent: true })).toMatchObject({
    changes: [fewer],
    reason: { message: `${BECAUSE}/copies: 3 -> 1` },
  });
});

const unfit = () => ['it is odd', 'it is old'];
const REFUSED = 'exists without our mark and cannot be adopted: it is odd; it is old; ';

test('what can never become what it should is refused, in words that say what helps', () => {
  for (const remake of [true, false])
    expect(plan([size], { unfit }, { remake })).toMatchObject({
      action: 'refuse',
      changes: [],
      reason: { code: 'NotAdoptable', message: `${REFUSED}put it right or move it away by hand` },
    });
  expect(plan([size], { unfit, holdsData: false }).reason.message).toBe(
    `${REFUSED}ask for it to be made anew (empty), or move it away by hand`,
  );
});

test('where nothing is lost by it, it is made anew on that word, whatever that weakens', () => {
  expect(plan([fewer], { unfit, holdsData: false }, { remake: true })).toMatchObject({
    action: 'update',
    adopts: true,
    changes: [fewer],
    reason: { message: "exists without our mark and is made anew, empty, on an operator's word; /copies: 3 -> 1" },
  });
});

test('a word to make anew changes nothing of what is fit', () => {
  const fit = plan([fewer], { unfit: () => [], holdsData: false }, { remake: true });
  expect(fit).toMatchObject({ changes: [], left: [{ path: '/copies' }] });
  expect(fit.reason.message).toContain('is adopted');
});

test.each([
  ['without the word', {}, { adopt: false }],
  ['of a kind that cannot be adopted', { adopt: undefined }, {}],
  ['of another owner', {}, { seen: { mark: 'foreign' } }],
  ['of a later generation', {}, { seen: { mark: 'ours', generation: 2 } }],
] as const)('nothing is adopted %s', (_what, provider, more) => {
  expect(plan([size], provider as Partial<Provider>, more as Partial<PlanInput>)).toMatchObject({
    action: 'refuse',
    reason: { code: 'NameTaken' },
  });
});
