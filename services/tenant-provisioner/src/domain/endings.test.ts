/** How work ends by itself: operations, the end of a tenant in time, and when to look again. */
import { expect, test } from 'vitest';
import { decideOutcomes, decideRunEnd } from './decide.ts';
import { contextOf, create, openScene, remove, type Scene } from './scene.ts';

const DAY_MS = 24 * 3_600_000;
const KEPT_MS = 90 * DAY_MS;
const BUCKET = 'minio-bucket';
const failure = { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: 0 } as const;

const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};

test('an operation ends with what became of it, at its time, and is kept with its records', () => {
  const scene = openScene();
  scene.event(create());
  scene.nowMs += 700;
  scene.settle();
  expect(scene.state.operation).toMatchObject({ kind: 'provision', outcome: 'completed', finishedAtMs: scene.nowMs });
  const suspended = complete();
  suspended.rest({ kind: 'suspend' });
  const finished = suspended.patch(suspended.settledPatches()).finished;
  expect(finished.map(({ kind, outcome, records }) => [kind, outcome, records.length])).toEqual([
    ['suspend', 'completed', 2],
  ]);
  suspended.wake();
  expect(suspended.last().finished).toEqual([]);
});

test('a clock that stepped back ends no operation before it began', () => {
  const scene = openScene();
  scene.event(create());
  const { operation } = scene.state;
  scene.nowMs -= 5_000;
  scene.settle();
  expect(scene.state.operation?.finishedAtMs).toBe(operation?.startedAtMs);
});

test('an operation that finds data lost has failed when nothing is left to do, and not while there is', () => {
  const scene = complete();
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  scene.claim();
  scene.patch([{ id: BUCKET, status: 'failed', lost: true, converged: undefined, failure }]);
  expect(scene.state.operation?.outcome).toBeUndefined();
  scene.endRun('whole');
  expect([scene.status(), scene.state.operation?.outcome]).toEqual(['degraded', 'failed']);
});

test('while a tenant leaves or is taken down its operation goes on, whatever rests meanwhile', () => {
  const scene = complete();
  scene.rest(remove());
  scene.settle();
  expect([scene.status(), scene.state.operation?.kind, scene.state.operation?.outcome]).toEqual([
    'suspended',
    'delete',
    undefined,
  ]);
  scene.nowMs += DAY_MS;
  scene.wake();
  scene.patch([{ id: BUCKET, status: 'failed', failure }]);
  expect(scene.state.operation?.outcome).toBeUndefined();
  scene.settle();
  expect(scene.state.operation).toMatchObject({ kind: 'delete', outcome: 'completed', finishedAtMs: scene.nowMs });
});

test('the end of a tenant is told to its last millisecond, then only the tombstone stays', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  const ended = scene.state;
  scene.nowMs += KEPT_MS - 1;
  scene.wake();
  expect([scene.state.endedAtMs, scene.last().wakeAtMs]).toEqual([ended.endedAtMs, scene.nowMs + 1]);
  expect(scene.state.records).toHaveLength(2);
  scene.nowMs += 1;
  scene.wake();
  const { graph, records, endedAtMs, operation, deletion, tombstoneAtMs, phase } = scene.state;
  expect([graph, records, endedAtMs, operation, deletion]).toEqual([[], [], undefined, undefined, undefined]);
  expect([phase, tombstoneAtMs, scene.last().wakeAtMs]).toEqual(['gone', ended.tombstoneAtMs, undefined]);
  expect(scene.last().reasons.map(({ code }) => code)).toEqual(['Forgotten']);
  scene.nowMs += 1;
  scene.wake();
  expect(scene.last().reasons).toEqual([]);
});

test('when time alone changes something: the earliest of grace, brake and waiting messages', () => {
  const scene = complete();
  expect(scene.last().wakeAtMs).toBeUndefined();
  scene.brake = { openings: 0 };
  scene.event(remove());
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 30_000);
  scene.rest(remove({ graceMs: 10_000 }));
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 10_000);
  scene.deletionsPaused = true;
  scene.wake();
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 10_000);
  scene.nowMs += 10_000;
  scene.wake();
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 30_000);
  scene.deletionsPaused = false;
  scene.rest({ kind: 'protect', protected: true });
  expect(scene.last().wakeAtMs).toBeUndefined();
  scene.event({ kind: 'upgrade', previousTier: 'free', newTier: 'starter' });
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + DAY_MS);
});

test('a run ends its claim however it ended, and a wish to look only where it saw all', () => {
  for (const [end, recheck] of [
    ['whole', undefined],
    ['partial', { acceptLoss: true, notBeforeMs: 1_002_000 }],
    ['superseded', { acceptLoss: true }],
  ] as const) {
    const scene = complete();
    scene.rest({ kind: 'reconcile', acceptLoss: true });
    scene.claim();
    scene.endRun(end);
    expect([scene.state.claim, scene.state.recheck]).toEqual([undefined, recheck]);
  }
});

test('a wish whose time has not come is left as it is by a run that ends before', () => {
  const scene = complete();
  scene.state = { ...scene.state, recheck: { acceptLoss: false, notBeforeMs: scene.nowMs + 1 } };
  const { state } = decideRunEnd(scene.state, [], 'whole', contextOf(scene));
  expect(state.recheck).toEqual({ acceptLoss: false, notBeforeMs: scene.nowMs + 1 });
  scene.nowMs += 1;
  expect(decideRunEnd(scene.state, [], 'whole', contextOf(scene)).state.recheck).toBeUndefined();
});

test('an outcome of something that the tenant has no more is no outcome', () => {
  const scene = complete();
  const { state } = decideOutcomes(scene.state, [], [{ id: 'unheard-of', status: 'failed' }], contextOf(scene));
  expect(state.records).toEqual(scene.state.records);
});

test('what is refused by REST is an answer and no dead letter, and what is limited is told to be', () => {
  const scene = openScene();
  expect(scene.rest(create({ tier: 'custom' })).disposition).toMatchObject({ kind: 'refused', code: 'limits-missing' });
  expect([scene.outgoing, scene.state.generation]).toEqual([[], 0]);
});
