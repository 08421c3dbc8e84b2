/** Protection during the grace: R1 of removal.ts, over every way in which a deletion goes on. */
import { expect, test } from 'vitest';
import { create, openScene, remove, type Scene } from './scene.ts';

const HOUR_MS = 3_600_000;
const protect = (on: boolean) => ({ kind: 'protect', protected: on }) as const;
const heldBy = (scene: Scene) => scene.state.conditions.find(({ type }) => type === 'DeletionProtected');

function complete(): Scene {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
}

/** Protected in the middle of its grace. */
function leaving(over: Parameters<typeof remove>[0] = {}): Scene {
  const scene = complete();
  scene.rest(remove(over));
  scene.settle();
  scene.nowMs += HOUR_MS;
  expect(scene.rest(protect(true)).disposition.kind).toBe('applied');
  return scene;
}

function passGrace(scene: Scene): Scene {
  scene.nowMs += 90 * 24 * HOUR_MS;
  scene.wake();
  return scene;
}

test.each([
  ['as it is', {}],
  ['an operator shortened', { graceMs: 2 * HOUR_MS }],
  ['begun with force', { force: true }],
])('R1: the end of a grace that is %s deletes no tenant that was protected meanwhile', (_, over) => {
  const scene = passGrace(leaving(over));
  expect([scene.state.phase, scene.status()]).toEqual(['leaving', 'suspended']);
  expect(heldBy(scene)).toMatchObject({ status: true, reason: 'Protected' });
  expect(scene.state.conditions.find(({ type }) => type === 'Ready')?.message).not.toContain('until');
  expect(scene.last().wakeAtMs).toBeUndefined();
});

test('R1: what protection held goes on at once when it is lifted, and not before the grace ends', () => {
  const late = passGrace(leaving());
  late.rest(protect(false));
  expect([late.state.phase, heldBy(late)]).toEqual(['deleting', undefined]);
  const early = leaving();
  early.rest(protect(false));
  expect([early.state.phase, early.last().wakeAtMs]).toEqual(['leaving', early.state.deletion?.graceUntilMs]);
  expect(passGrace(early).state.phase).toBe('deleting');
});

test('R1: a later word of an operator without force is refused under protection, with force it holds', () => {
  const scene = leaving();
  for (const over of [{ graceMs: 0 }, { graceMs: 48 * HOUR_MS }, {}])
    expect(scene.rest(remove(over)).disposition).toMatchObject({ kind: 'refused', code: 'protected' });
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('applied');
  expect([scene.state.phase, heldBy(scene)]).toEqual(['leaving', undefined]);
  expect(passGrace(scene).state.phase).toBe('deleting');
});

test('R1: no grace and force end a protected tenant at once, and a force after the grace too', () => {
  const scene = leaving();
  scene.rest(remove({ force: true, graceMs: 0 }));
  expect(scene.state.phase).toBe('deleting');
  const late = passGrace(leaving());
  late.rest(remove({ force: true }));
  expect(late.state.phase).toBe('deleting');
});

test('R1: another grace of a deletion that was forced needs force again; asked again it is a repeat', () => {
  const scene = openScene();
  scene.event(create({ tier: 'professional' }));
  scene.settle();
  scene.rest(remove({ force: true }));
  expect(scene.rest(remove()).disposition.kind).toBe('repeat');
  expect(scene.event(remove()).disposition.kind).toBe('repeat');
  expect(scene.rest(remove({ graceMs: 0 })).disposition).toMatchObject({ kind: 'refused', code: 'protected' });
  expect(passGrace(scene).state.phase).toBe('deleting');
});

test('R1: a deletion by event of a tenant that was protected during its grace is a dead letter, and no later word', () => {
  const scene = leaving();
  const { tombstoneAtMs } = scene.state;
  scene.event(remove());
  expect([scene.letters(), scene.state.tombstoneAtMs]).toEqual([['protected'], tombstoneAtMs]);
});

test('R1: protection outlives the restore: the next deletion is refused', () => {
  const scene = leaving();
  scene.rest({ kind: 'restore' });
  expect(scene.rest(remove({ graceMs: 0 })).disposition).toMatchObject({ kind: 'refused', code: 'protected' });
});

test('R1: protection that was set while deletions were paused holds when they run again', () => {
  const scene = complete();
  scene.deletionsPaused = true;
  scene.rest(remove({ graceMs: 0 }));
  scene.rest(protect(true));
  scene.deletionsPaused = false;
  expect(passGrace(scene).state.phase).toBe('leaving');
});

test('R1: a tenant that is being taken down cannot be protected any more, and is not told that it is', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  expect(scene.rest(protect(true)).disposition).toMatchObject({ kind: 'refused', code: 'conflict' });
});
