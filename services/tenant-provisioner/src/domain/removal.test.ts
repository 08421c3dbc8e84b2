/** Deletions at the edges of what they are compared with: tombstones, graces and brakes at equal times, asked again, and taken back. */
import { expect, test } from 'vitest';
import { decideCommand } from './decide.ts';
import { contextOf, create, openScene, remove, type Scene } from './scene.ts';

const HOUR_MS = 3_600_000;
const GRACE_MS = 24 * HOUR_MS;

const complete = (over: Parameters<typeof create>[0] = {}): Scene => {
  const scene = openScene();
  scene.event(create(over));
  scene.settle();
  return scene;
};
const codes = (scene: Scene) => scene.last().reasons.map(({ code }) => code);

test('R3: of an id that never was a tenant a deletion by event is noted, and a later word counts, never an earlier', () => {
  const scene = openScene();
  expect(scene.rest(remove()).disposition).toMatchObject({ kind: 'refused', code: 'not-found' });
  expect(scene.state.phase).toBe('none');
  expect(scene.event(remove(), 5_000).disposition.kind).toBe('applied');
  expect(scene.state).toMatchObject({ phase: 'gone', tombstoneAtMs: 5_000, endedAtMs: scene.nowMs, generation: 0 });
  expect(scene.event(remove(), 4_000).disposition.kind).toBe('repeat');
  expect(scene.state.tombstoneAtMs).toBe(5_000);
  expect(scene.event(remove(), 6_000).disposition.kind).toBe('repeat');
  expect(scene.state.tombstoneAtMs).toBe(6_000);
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('repeat');
});

test('R3: of a tenant that is gone a deletion by event raises the tombstone, and its end is told no longer for it', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  const { endedAtMs } = scene.state;
  scene.nowMs += HOUR_MS;
  expect(scene.rest(remove()).disposition.kind).toBe('repeat');
  expect(scene.event(remove()).disposition.kind).toBe('repeat');
  expect(scene.state).toMatchObject({ phase: 'gone', endedAtMs, tombstoneAtMs: scene.nowMs });
});

test.each([
  ['before', -1, 'dropped'],
  ['with', 0, 'applied'],
  ['after', 1, 'applied'],
])('R2: a deletion by event that was said %s the creation', (_, offsetMs, kind) => {
  const scene = complete();
  const saidMs = scene.state.createdAtMs + offsetMs;
  expect(scene.event(remove(), saidMs).disposition.kind).toBe(kind);
  expect(scene.state.phase).toBe(kind === 'dropped' ? 'active' : 'leaving');
});

test('R2: one by REST speaks of the tenant that is there, whatever the clocks say', () => {
  const scene = complete();
  scene.nowMs -= 60_000;
  expect(scene.rest(remove()).disposition.kind).toBe('applied');
  // A repeat of the creation is older all the same.
  expect(scene.state.tombstoneAtMs).toBe(scene.state.createdAtMs);
});

test('R3: a tombstone is raised by a later word alone, and says so then', () => {
  const scene = complete();
  scene.event(remove());
  const saidMs = scene.nowMs;
  for (const offsetMs of [-1, 0]) {
    expect(scene.event(remove(), saidMs + offsetMs).disposition.kind).toBe('repeat');
    expect([scene.state.tombstoneAtMs, codes(scene)]).toEqual([saidMs, []]);
  }
  expect(scene.event(remove(), saidMs + 1).disposition.kind).toBe('repeat');
  expect([scene.state.tombstoneAtMs, codes(scene)]).toEqual([saidMs + 1, ['TombstoneRaised']]);
});

test('what a deletion is: when it was asked, until when the tenant is kept, by whom, why, and over what', () => {
  const scene = complete();
  scene.nowMs += 1_000;
  scene.rest(remove({ reason: 'moves away' }));
  expect(scene.state.deletion).toEqual({
    askedAtMs: scene.nowMs,
    graceUntilMs: scene.nowMs + GRACE_MS,
    by: 'ops',
    reason: 'moves away',
    forced: false,
    untold: true,
  });
  expect(scene.state.operation).toMatchObject({ kind: 'delete', requestedBy: 'ops' });
  const named = complete();
  named.event(remove({ by: 'carol', graceMs: 5_000 }));
  expect(named.state.deletion).toMatchObject({ by: 'carol', graceUntilMs: named.nowMs + 5_000 });
  const plain = complete();
  plain.event(remove());
  for (const field of ['by', 'reason', 'earlierTombstoneAtMs']) expect(plain.state.deletion).not.toHaveProperty(field);
  expect(plain.state.operation).not.toHaveProperty('requestedBy');
});

test('what leaves is looked at and adopted no more, and is held by no brake', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.event(remove());
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  expect([scene.state.held !== undefined, scene.state.recheck]).toEqual([true, { acceptLoss: false }]);
  scene.rest(remove());
  expect([scene.state.phase, scene.state.held, scene.state.recheck]).toEqual(['leaving', undefined, undefined]);
});

test('a grace is over with its last millisecond, and not before', () => {
  const scene = complete();
  scene.rest(remove());
  scene.settle();
  scene.nowMs += GRACE_MS - 1;
  scene.wake();
  expect([scene.state.phase, scene.last().wakeAtMs]).toEqual(['leaving', scene.nowMs + 1]);
  scene.nowMs += 1;
  scene.wake();
  expect(scene.state.phase).toBe('deleting');
  expect(scene.state.records.map(({ attempts }) => attempts)).toEqual([0, 0]);
});

test('taking down has tries of its own', () => {
  const scene = complete();
  scene.rest(remove());
  scene.patch([{ id: 'minio-bucket', attempts: 5, strikes: 5, nextAttemptAtMs: 9e12, status: 'failed' }]);
  scene.nowMs += GRACE_MS;
  scene.wake();
  const bucket = scene.state.records.find(({ id }) => id === 'minio-bucket');
  expect(bucket).toMatchObject({ attempts: 0, strikes: 0, status: 'pending' });
  expect(bucket?.nextAttemptAtMs).toBeUndefined();
});

test('asked again while it waits: an operator’s other grace counts from now, the same changes nothing, and an event’s nothing at all', () => {
  const scene = complete();
  scene.rest(remove());
  const { deletion } = scene.state;
  scene.nowMs += HOUR_MS;
  expect(scene.event(remove({ graceMs: 5_000 })).disposition.kind).toBe('repeat');
  expect(scene.rest(remove()).disposition.kind).toBe('repeat');
  expect(scene.state.deletion).toEqual({ ...deletion, untold: true });
  expect(scene.rest(remove({ graceMs: GRACE_MS - HOUR_MS })).disposition.kind).toBe('repeat');
  expect(scene.rest(remove({ graceMs: 5_000 })).disposition.kind).toBe('applied');
  expect(scene.state.deletion).toEqual({ ...deletion, graceUntilMs: scene.nowMs + 5_000 });
  expect(codes(scene)).toContain('GraceChanged');
  expect(codes(scene)).not.toContain('DeletionForced');
});

test('asked again with force while it waits: the grace stays, and force once given is not taken back', () => {
  const scene = complete();
  scene.rest(remove());
  const { deletion } = scene.state;
  scene.nowMs += HOUR_MS;
  expect(scene.event(remove({ force: true })).disposition.kind).toBe('repeat');
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('applied');
  expect(scene.state.deletion).toEqual({ ...deletion, forced: true });
  expect([codes(scene).includes('DeletionForced'), codes(scene).includes('GraceChanged')]).toEqual([true, false]);
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('repeat');
  expect(scene.rest(remove({ graceMs: 0 })).disposition.kind).toBe('applied');
  expect(scene.state).toMatchObject({ phase: 'deleting', deletion: { forced: true } });
});

test('asked again without a grace while none is left, the removal begins at once', () => {
  const scene = complete();
  scene.rest(remove());
  scene.rest(remove({ graceMs: 0 }));
  expect([scene.state.phase, codes(scene).at(-1)]).toEqual(['deleting', 'RemovalBegins']);
});

test('R5: while it is taken down, force leaves nothing behind that is not stuck, and an event raises the tombstone alone', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.nowMs += 1;
  expect(scene.event(remove({ force: true })).disposition.kind).toBe('repeat');
  expect(scene.state).toMatchObject({ phase: 'deleting', tombstoneAtMs: scene.nowMs });
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('repeat');
  scene.patch([{ id: 'minio-bucket', status: 'failed' }]);
  expect(scene.event(remove({ force: true })).disposition.kind).toBe('repeat');
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('applied');
  expect(scene.state.records.map(({ status, fate }) => [status, fate])).toEqual([
    ['ready', undefined],
    ['deleted', 'left-behind'],
  ]);
  expect(scene.status()).toBe('deleting');
});

test('R4: what the brake holds keeps who asked, why, by which message, and how often the brake had been opened', () => {
  const scene = complete();
  scene.brake = { openings: 3 };
  scene.nowMs += 1_000;
  const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
  const letter = { topic: 't', messageId: 'm7', publishedAtMs: 1_000_400, payload: 'x', properties: {} };
  const source = { type: 'event', eventKey: 'e7', publishedAtMs: 1_000_400, letter, trace } as const;
  const command = remove({ by: 'carol', reason: 'moves away' });
  const { state, disposition } = decideCommand(scene.state, [], command, source, contextOf(scene));
  expect(disposition.kind).toBe('held');
  expect(state.held).toEqual({
    sinceMs: scene.nowMs,
    openings: 3,
    letter,
    trace,
    publishedAtMs: 1_000_400,
    eventKey: 'e7',
    by: 'carol',
    reason: 'moves away',
  });
  scene.state = state;
  scene.brakeOpenings = 4;
  scene.nowMs += 1_000;
  scene.wake();
  expect(scene.state.deletion).toMatchObject({
    askedAtMs: 1_000_400,
    by: 'carol',
    reason: 'moves away',
    forced: false,
  });
  expect(scene.state.operation).toMatchObject({ kind: 'delete', requestedBy: 'carol', trace });
});

test('R4: held again by an earlier word it counts from the later one still, and holds what was said first', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.nowMs += 10_000;
  scene.event(remove({ by: 'carol' }), 1_007_000);
  scene.nowMs += 1_000;
  expect(scene.event(remove({ by: 'dan' }), 1_005_000).disposition.kind).toBe('repeat');
  expect(scene.state.held).toMatchObject({ publishedAtMs: 1_007_000, by: 'carol', sinceMs: 1_010_000 });
  expect(scene.state.held).not.toHaveProperty('reason');
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 30_000);
});

test('R4: an operator’s own deletion ends what the brake holds, and counts from the later of both words', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.event(remove(), scene.nowMs + 50_000);
  scene.rest(remove());
  expect([scene.state.held, scene.state.tombstoneAtMs]).toEqual([undefined, scene.nowMs + 50_000]);
});

test('R4: one that was held by a release that counted no openings goes on with the first', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.event(remove());
  const { openings: _, letter: __, ...held } = scene.state.held as NonNullable<Scene['state']['held']>;
  scene.state = { ...scene.state, held };
  scene.wake();
  expect(scene.state.phase).toBe('active');
  scene.brakeOpenings = 1;
  const before = scene.state;
  scene.wake();
  expect(scene.state.phase).toBe('leaving');
  // One that is protected is refused without a letter, where none was kept.
  scene.state = { ...before, protected: true };
  scene.wake();
  expect([scene.state.held, scene.letters(), codes(scene)]).toEqual([undefined, [], ['HeldDeletionRefused']]);
});

test('R4: a suspended tenant whose deletion is held leaves with the release too', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  scene.settle();
  scene.brake = { openings: 0 };
  scene.event(remove());
  scene.brakeOpenings = 1;
  scene.wake();
  expect([scene.state.phase, scene.state.suspendedByOperator]).toEqual(['leaving', true]);
});

test('R1: an event’s force goes over no brake, and over no protection', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  expect(scene.event(remove({ force: true })).disposition.kind).toBe('held');
});

test('a restore goes back to what the tenant was: suspended by an operator or not', () => {
  const scene = complete();
  scene.rest(remove());
  scene.rest({ kind: 'restore' });
  expect(scene.state.phase).toBe('active');
  scene.rest({ kind: 'suspend' });
  scene.rest(remove());
  expect(scene.rest({ kind: 'restore' }).disposition.kind).toBe('applied');
  expect([scene.state.phase, scene.state.deletion, scene.state.tombstoneAtMs]).toEqual([
    'suspended',
    undefined,
    undefined,
  ]);
  expect(scene.state.operation).toMatchObject({ kind: 'restore', requestedBy: 'ops' });
  expect(scene.rest({ kind: 'restore' }).disposition.kind).toBe('repeat');
});

test.each([
  ['is being taken down', (scene: Scene) => scene.rest(remove({ graceMs: 0 }))],
  [
    'is gone',
    (scene: Scene) => {
      scene.rest(remove({ graceMs: 0 }));
      scene.settle();
    },
  ],
])('a tenant that %s cannot be restored', (_, bring) => {
  const scene = complete();
  expect(scene.rest({ kind: 'restore' }).disposition.kind).toBe('repeat');
  bring(scene);
  const { phase } = scene.state;
  expect(scene.rest({ kind: 'restore' }).disposition).toMatchObject({ kind: 'refused', code: 'conflict' });
  expect(scene.state.phase).toBe(phase);
});

test('taking back what the brake held begins nothing and tells nobody', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.event(remove());
  const { operation } = scene.state;
  const told = scene.outgoing.length;
  scene.rest({ kind: 'restore' });
  expect([scene.state.operation, scene.outgoing.length, scene.state.held]).toEqual([operation, told, undefined]);
});

test('a deletion that the brake was not asked for is a conflict with a code of its own: it is asked again', () => {
  const scene = complete();
  scene.brake = 'unasked';
  expect(() => scene.event(remove())).toThrow(expect.objectContaining({ class: 'Conflict', code: 'BrakeUnasked' }));
});

test('R4: what is held names who asked and why only where that was said', () => {
  const held = (over: Parameters<typeof remove>[0]) => {
    const scene = complete();
    scene.brake = { openings: 0 };
    scene.event(remove(over));
    return scene.state.held;
  };
  expect(held({ by: 'ada', reason: 'bankrupt' })).toMatchObject({ by: 'ada', reason: 'bankrupt' });
  for (const field of ['by', 'reason']) expect(held({})).not.toHaveProperty(field);
});
