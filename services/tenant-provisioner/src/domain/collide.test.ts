/** Facts that come late, twice, or from another clock: what they may no longer do, and what they still must. */
import { expect, test } from 'vitest';
import { create, LIMITS, openScene, remove, upgrade } from './scene.ts';

const DAY_MS = 24 * 3_600_000;
const complete = (tier: 'free' | 'custom' = 'free') => {
  const scene = openScene();
  scene.event(create(tier === 'custom' ? { tier, limits: LIMITS } : {}));
  scene.settle();
  return scene;
};

test('R3: a deletion asked again while the tenant leaves, or is taken down, drops the creations said before it', () => {
  for (const graceMs of [DAY_MS, 0]) {
    const scene = complete();
    scene.rest(remove({ graceMs }));
    scene.nowMs += 1_000;
    scene.event(create({ tier: 'starter' }));
    scene.nowMs += 1_000;
    scene.event(remove());
    expect(scene.state.tombstoneAtMs).toBe(scene.nowMs);
    expect(scene.waiting).toEqual([]);
    scene.nowMs += DAY_MS;
    scene.wake();
    scene.settle();
    expect(scene.status()).toBe('deleted');
  }
});

test('R2: a deletion said before the creation is dropped, of a first generation too, and counts against older creations', () => {
  const scene = complete();
  expect(scene.event(remove(), 900_000).disposition.kind).toBe('dropped');
  expect([scene.status(), scene.state.tombstoneAtMs]).toEqual(['completed', 900_000]);
  expect(scene.event(create({ tier: 'starter' }), 800_000).disposition.kind).toBe('dropped');
});

test('a creation that claims to be from the future shields its tenant from no deletion', () => {
  const scene = openScene();
  scene.event(create({ createdAtMs: scene.nowMs + 365 * DAY_MS }));
  scene.nowMs += 1_000;
  expect(scene.event(remove()).disposition.kind).toBe('applied');
  scene.nowMs += DAY_MS;
  scene.wake();
  scene.settle();
  expect(scene.status()).toBe('deleted');
  // The same message once more: it was said before the deletion, whatever it claims.
  const said = create({ createdAtMs: scene.nowMs + 365 * DAY_MS });
  expect(scene.event(said, 1_000_000 - 300_000).disposition.kind).toBe('dropped');
});

test('U1: an upgrade said before the last deletion never acts on the generation after it', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: DAY_MS }));
  scene.event(upgrade('free', 'starter'), scene.nowMs - 10);
  expect(scene.waiting).toHaveLength(1);
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  expect(scene.waiting).toHaveLength(1);
  scene.nowMs += 1_000;
  scene.event(create());
  scene.settle();
  expect([scene.state.tier, scene.letters(), scene.waiting]).toEqual(['free', ['tenant-unknown'], []]);
});

test('U3: a tier change raises the protection that the new tier has, and takes none away', () => {
  const scene = complete();
  scene.event(upgrade('free', 'professional'));
  expect(scene.state.protected).toBe(true);
  scene.settle();
  scene.event(upgrade('professional', 'free'));
  expect(scene.state.protected).toBe(true);
});

test('an upgrade to the tier that the tenant has changes nothing and tells nothing; other limits are a change', () => {
  const scene = complete();
  expect(scene.event(upgrade('free', 'free')).disposition.kind).toBe('repeat');
  expect(scene.topics()).toEqual(['tenant-provisioned-events']);
  const other = complete('custom');
  const limits = { ...LIMITS, cpu_cores: 9 };
  expect(other.event({ ...upgrade('custom', 'custom'), limits } as ReturnType<typeof upgrade>).disposition.kind).toBe(
    'applied',
  );
});

test('C2: by REST a custom tenant with other limits is a contradiction that its caller is told; an event is a repeat', () => {
  const scene = complete('custom');
  const again = create({ tier: 'custom', limits: { ...LIMITS, cpu_cores: 9 } });
  expect(scene.rest(again).disposition).toMatchObject({ kind: 'refused', code: 'tenant-conflict' });
  expect(scene.event(again).disposition.kind).toBe('repeat');
  expect(scene.rest(create({ tier: 'custom', limits: LIMITS })).disposition.kind).toBe('repeat');
});

test('the same creation again is the same operation, whatever came between', () => {
  const scene = openScene();
  scene.rest(create());
  const { operation } = scene.state;
  scene.settle();
  scene.rest({ kind: 'suspend' });
  scene.rest(create());
  expect(scene.state.operation?.id).not.toBe(operation?.id);
  expect(scene.state.provisionOperationId).toBe(operation?.id);
});

test('C1: a creation by REST after a deletion begins the next generation, also when the clock has stepped back between them', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  scene.nowMs -= 5_000;
  expect(scene.rest(create({ tier: 'starter' })).disposition.kind).toBe('applied');
  expect([scene.state.generation, scene.state.phase, scene.state.tier]).toEqual([2, 'active', 'starter']);
  // The order of events is still told by their own times alone.
  expect(scene.event(create({ tier: 'free' }), scene.nowMs).disposition.kind).toBe('dropped');
});

test('R3: a deletion asked by a clock that stepped back still buries the creation that came before it', () => {
  const scene = complete();
  const createdAtMs = scene.nowMs;
  scene.nowMs -= 5_000;
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  expect(scene.event(create(), createdAtMs).disposition.kind).toBe('dropped');
  expect(scene.status()).toBe('deleted');
});

test('an operation never ends before it began, whatever the clock does', () => {
  const scene = openScene();
  scene.rest(create());
  scene.nowMs -= 60_000;
  scene.settle();
  const { operation } = scene.state;
  expect(operation?.outcome).toBe('completed');
  expect(operation?.finishedAtMs).toBe(operation?.startedAtMs);
});
