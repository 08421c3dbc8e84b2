/** What becomes of a deletion that the brake holds (R4): released by a later opening alone, protected, contradicted, taken back. */
import { expect, test } from 'vitest';
import { create, openScene, remove, upgrade } from './scene.ts';

const held = () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.brake = { openings: 2 };
  scene.brakeOpenings = 2;
  scene.nowMs += 10_000;
  expect(scene.event(remove(), 1_005_000).disposition.kind).toBe('held');
  return scene;
};

test('only an opening that came after the holding releases it; a control record that was not read releases nothing', () => {
  const scene = held();
  for (const known of [0, 1, 2]) {
    scene.brakeOpenings = known;
    scene.wake();
    expect(scene.state.held).toBeDefined();
  }
  scene.brakeOpenings = 3;
  scene.wake();
  expect([scene.state.held, scene.state.phase]).toEqual([undefined, 'leaving']);
});

test('a tenant that was protected meanwhile withstands the release, and the message becomes a dead letter', () => {
  const scene = held();
  scene.rest({ kind: 'protect', protected: true });
  scene.brakeOpenings = 3;
  scene.wake();
  expect([scene.status(), scene.state.held, scene.letters()]).toEqual(['completed', undefined, ['protected']]);
  expect(scene.outgoing.at(-1)).toMatchObject({ kind: 'dead-letter', letter: { publishedAtMs: 1_005_000 } });
});

test('a creation said after a held deletion waits: it begins the next generation, or is judged once it is taken back', () => {
  const scene = held();
  const later = create({ createdAtMs: 1_006_000, tier: 'starter' });
  expect(scene.event(later).disposition).toEqual({ kind: 'waiting', code: 'leaving' });
  expect(scene.event(create({ createdAtMs: 1_004_000 })).disposition.kind).toBe('repeat');
  scene.brakeOpenings = 3;
  scene.wake();
  scene.nowMs += 24 * 3_600_000;
  scene.wake();
  scene.settle();
  expect([scene.state.generation, scene.state.tier]).toEqual([2, 'starter']);

  const other = held();
  other.event(later);
  expect(other.rest({ kind: 'restore' }).disposition.kind).toBe('applied');
  expect([other.state.held, other.letters(), other.status()]).toEqual([undefined, ['tenant-conflict'], 'completed']);
  other.brakeOpenings = 3;
  other.wake();
  expect(other.status()).toBe('completed');
});

test('asked again while it is held, a deletion counts from the later word', () => {
  const scene = held();
  expect(scene.event(remove(), 1_007_000).disposition.kind).toBe('repeat');
  scene.brakeOpenings = 3;
  scene.wake();
  expect(scene.state.tombstoneAtMs).toBe(1_007_000);
});

test('a deletion whose tenant came after the brake was passed by is asked again, not let through', () => {
  const scene = openScene();
  scene.brake = 'unasked';
  expect(scene.event(remove(), 900_000).disposition.kind).toBe('applied');
  scene.event(create());
  expect(() => scene.event(remove(), 1_005_000)).toThrow('the tenant has come since the brake was looked at');
  scene.brake = 'open';
  expect(scene.event(remove(), 1_005_000).disposition.kind).toBe('applied');
});

test.each(['active', 'suspended'] as const)(
  'U1: a tier change that was said before the deletion of an earlier generation speaks of that one (%s)',
  (phase) => {
    for (const [offsetMs, code] of [
      [0, 'tenant-unknown'],
      [1, undefined],
    ] as const) {
      const scene = openScene();
      scene.event(create());
      scene.settle();
      scene.state = { ...scene.state, tombstoneAtMs: 900_000 };
      if (phase === 'suspended') scene.rest({ kind: 'suspend' });
      const { disposition } = scene.event(upgrade('free', 'starter'), 900_000 + offsetMs);
      expect(disposition).toMatchObject(
        code ? { kind: 'refused', code } : { kind: phase === 'active' ? 'applied' : 'waiting' },
      );
    }
  },
);
