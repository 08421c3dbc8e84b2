/** How long a message waits (W2), what it counts as when its reason to wait changes, and which of several acts (W1). */
import { expect, test } from 'vitest';
import { decideCommand, decideWake } from './decide.ts';
import { contextOf, create, LIMITS, openScene, remove, type Scene, upgrade } from './scene.ts';

const HOUR_MS = 3_600_000;
const WAIT_MS = 24 * HOUR_MS;
const STALE_MS = 300_000;

const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};
/** What waits for the tier waits for its tenant again while this is under way. */
const beginAgainAfterAMinute = (scene: Scene): void => {
  scene.nowMs += 60_000;
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  scene.patch([{ id: 'minio-bucket', status: 'creating' }]);
};
const waits = (scene: Scene) => scene.waiting.map(({ code, untilMs }) => [code, untilMs]);

test('each waits as long as its reason allows: for its tenant a day, for a tier five minutes, for a deletion without end', () => {
  const scene = openScene();
  scene.event(upgrade('free', 'starter'));
  expect(waits(scene)).toEqual([['tenant-unknown', scene.nowMs + WAIT_MS]]);
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + WAIT_MS);
  const stale = complete();
  stale.event(upgrade('starter', 'professional'));
  expect(waits(stale)).toEqual([['stale', stale.nowMs + STALE_MS]]);
  const leaving = complete();
  leaving.rest(remove());
  leaving.nowMs += 1;
  leaving.event(create());
  expect(waits(leaving)).toEqual([['leaving', Number.MAX_SAFE_INTEGER]]);
  // Its end is no time to wake at: only the grace's is.
  expect(leaving.last().wakeAtMs).toBe(leaving.state.deletion?.graceUntilMs);
});

test('what waited for its tenant and then for its tier waits five minutes more, but never beyond its day', () => {
  const scene = openScene();
  scene.event(upgrade('starter', 'professional'));
  const sinceMs = scene.nowMs;
  scene.nowMs += HOUR_MS;
  scene.event(create());
  scene.settle();
  expect(waits(scene)).toEqual([['stale', scene.nowMs + STALE_MS]]);
  expect(scene.last().reasons.map(({ code }) => code)).not.toContain('WaitsForTier');
  const late = openScene();
  late.event(upgrade('starter', 'professional'));
  late.nowMs = sinceMs + WAIT_MS - 1_000;
  late.event(create());
  late.settle();
  expect(waits(late)).toEqual([['stale', sinceMs + WAIT_MS]]);
});

test('what is stale counts from when it first was so, through every other reason to wait', () => {
  const scene = complete();
  scene.event(upgrade('starter', 'professional'));
  const firstMs = scene.nowMs;
  beginAgainAfterAMinute(scene);
  expect(waits(scene)).toEqual([['tenant-unknown', firstMs + WAIT_MS]]);
  scene.nowMs += 60_000;
  scene.settle();
  expect(waits(scene)).toEqual([['stale', firstMs + STALE_MS]]);
  scene.nowMs = firstMs + STALE_MS;
  scene.wake();
  expect([scene.letters(), scene.last().reasons.map(({ code }) => code)]).toEqual([['stale'], ['WaitExpired']]);
});

test('a wait is over with its last millisecond, and not before', () => {
  const scene = openScene();
  scene.event(upgrade('free', 'starter'));
  scene.nowMs += WAIT_MS - 1;
  scene.wake();
  expect([scene.waiting.length, scene.letters()]).toEqual([1, []]);
  scene.nowMs += 1;
  scene.wake();
  expect([scene.waiting.length, scene.letters()]).toEqual([0, ['tenant-unknown']]);
});

test('a creation that waited for a deletion keeps its wait while another message ends', () => {
  const scene = complete();
  scene.rest(remove());
  scene.nowMs += 1;
  scene.event(create());
  scene.event(upgrade('free', 'starter'));
  expect(waits(scene)).toEqual([
    ['leaving', Number.MAX_SAFE_INTEGER],
    ['tenant-unknown', scene.nowMs + WAIT_MS],
  ]);
  scene.state = { ...scene.state, deletion: { ...scene.state.deletion, graceUntilMs: 9e12 } as never };
  scene.nowMs += WAIT_MS;
  scene.wake();
  expect(scene.letters()).toEqual(['tenant-unknown']);
  expect(waits(scene)).toEqual([['leaving', Number.MAX_SAFE_INTEGER]]);
});

test('W1: the first that can act acts, and those behind it are judged by what has become of the tenant', () => {
  const scene = openScene();
  scene.event(upgrade('starter', 'professional'));
  scene.event(upgrade('free', 'starter'));
  scene.event(create());
  expect(scene.waiting.map(({ command }) => command.kind)).toEqual(['upgrade', 'upgrade']);
  scene.settle();
  expect([scene.state.tier, scene.waiting.length]).toEqual(['starter', 1]);
  scene.settle();
  expect([scene.state.tier, scene.waiting.length, scene.letters()]).toEqual(['professional', 0, []]);
});

test('W2: a waiting message that is refused by then is a dead letter with its own code', () => {
  const scene = openScene();
  scene.event(create());
  scene.event(upgrade('free', 'custom'));
  expect(scene.letters()).toEqual(['limits-missing']);
  const leaving = complete();
  leaving.rest(remove());
  leaving.nowMs += 1;
  leaving.event(create({ tier: 'starter' }));
  leaving.rest({ kind: 'restore' });
  expect([leaving.letters(), leaving.waiting]).toEqual([['tenant-conflict'], []]);
  expect(leaving.outgoing.at(-1)).toMatchObject({ letter: { messageId: 'm2' }, attempts: 1 });
});

test('W3: as many wait as the bound allows, by number and by bytes, and serials are not made twice', () => {
  const scene = openScene();
  for (let i = 0; i < 3; i++) expect(scene.event(upgrade('free', 'starter')).disposition.kind).toBe('waiting');
  expect(scene.event(upgrade('free', 'starter')).disposition).toMatchObject({ kind: 'refused', code: 'overloaded' });
  expect(scene.waiting.map(({ serial }) => serial)).toEqual([1, 2, 3]);
  const letters = scene.outgoing.filter(({ kind }) => kind === 'dead-letter');
  expect(letters).toMatchObject([{ code: 'overloaded', letter: { messageId: 'm4' } }]);

  const bytes = openScene();
  bytes.event(upgrade('free', 'starter'));
  const used = Buffer.byteLength(JSON.stringify(bytes.waiting[0]));
  for (const [maxWaitingBytes, kind] of [
    [2 * used, 'waiting'],
    [2 * used - 1, 'refused'],
  ] as const) {
    const context = contextOf(bytes);
    const source = { ...bytes.waiting[0]?.source, eventKey: 'e2' } as never;
    const bounds = { ...context.bounds, maxWaitingBytes };
    const decision = decideCommand(bytes.state, bytes.waiting, upgrade('free', 'starter'), source, {
      ...context,
      bounds,
    });
    expect(decision.disposition.kind).toBe(kind);
    expect(decision.waiting).toHaveLength(kind === 'waiting' ? 2 : 1);
  }
});

test('W3: letters of one decision stop at their bound, and the next decision goes on at once', () => {
  const scene = openScene();
  for (let i = 0; i < 3; i++) scene.event(upgrade('free', 'starter'));
  const context = { ...contextOf(scene), nowMs: scene.nowMs + WAIT_MS };
  for (const [lettersPerDecision, left] of [
    [1, 2],
    [2, 1],
    [3, 0],
    [4, 0],
  ] as const) {
    const decision = decideWake(scene.state, scene.waiting, {
      ...context,
      bounds: { ...context.bounds, lettersPerDecision },
    });
    expect([decision.outgoing.length, decision.waiting.length]).toEqual([
      lettersPerDecision === 4 ? 3 : lettersPerDecision,
      left,
    ]);
    expect(decision.wakeAtMs).toBe(left > 0 ? context.nowMs : undefined);
  }
});

test('U1: an upgrade by event waits, is stale, or acts, by the tenant’s phase and tier', () => {
  const custom = upgrade('free', 'custom');
  const scene = complete();
  expect(scene.event({ ...custom, limits: LIMITS } as never).disposition.kind).toBe('applied');
  expect(scene.state).toMatchObject({ tier: 'custom', limits: LIMITS });
  const suspended = complete();
  suspended.rest({ kind: 'suspend' });
  suspended.settle();
  expect(suspended.event(upgrade('free', 'starter')).disposition).toEqual({ kind: 'waiting', code: 'tenant-unknown' });
  expect(suspended.last().reasons[0]).toMatchObject({ message: 'the tenant is suspended' });
  const same = complete();
  expect(same.event(upgrade('free', 'free')).disposition.kind).toBe('repeat');
});

test.each([
  ['before', -1, 'refused'],
  ['with', 0, 'refused'],
  ['after', 1, 'applied'],
])('U1: an upgrade that was said %s the tenant’s last deletion', (_, offsetMs, kind) => {
  const scene = complete();
  scene.state = { ...scene.state, tombstoneAtMs: 900_000 };
  expect(scene.event(upgrade('free', 'starter'), 900_000 + offsetMs).disposition.kind).toBe(kind);
  expect(scene.letters()).toEqual(kind === 'refused' ? ['tenant-unknown'] : []);
  // While it is on its way out nothing is said of an earlier generation: the message waits for what comes.
  const leaving = complete();
  leaving.rest(remove());
  expect(leaving.event(upgrade('free', 'starter'), 900_000 + offsetMs).disposition.kind).toBe('waiting');
});

test('what became stale only after it had waited for its tenant counts from then, also when it waits for the tenant once more', () => {
  const scene = openScene();
  scene.event(upgrade('starter', 'professional'));
  const sinceMs = scene.nowMs;
  scene.nowMs += HOUR_MS;
  scene.event(create());
  scene.settle();
  const staleMs = scene.nowMs;
  beginAgainAfterAMinute(scene);
  expect(waits(scene)).toEqual([['tenant-unknown', sinceMs + WAIT_MS]]);
  scene.nowMs += 60_000;
  scene.settle();
  expect(waits(scene)).toEqual([['stale', staleMs + STALE_MS]]);
});

test('of several waits the one that ends first is woken for', () => {
  const scene = openScene();
  scene.event(upgrade('free', 'starter'));
  const firstMs = scene.nowMs;
  scene.nowMs += HOUR_MS;
  scene.event(upgrade('free', 'enterprise'));
  expect(scene.last().wakeAtMs).toBe(firstMs + WAIT_MS);
});
