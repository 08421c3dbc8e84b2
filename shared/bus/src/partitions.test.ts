import { bound, type Log, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { type HandAnswer, handAdmin } from '../test/scripted-admin.ts';
import { busBounds } from './bounds.ts';
import { createPartitions } from './partitions.ts';

const topicOf = (name: string, namespace = 'n') => `persistent://t/${namespace}/${name}`;
const listing = (namespace = 'n') => `GET /admin/v2/persistent/t/${namespace}/partitioned`;
const count = (name: string, namespace = 'n') => `GET /admin/v2/persistent/t/${namespace}/${name}/partitions`;
const FRESH_MS = 1_000;
const ROUND_MS = 30_000;
const GAP_MS = 250;

function setUp(answers: Record<string, HandAnswer | undefined> = {}, log: Log = silentLog) {
  const clock = manualClock();
  const admin = handAdmin((line) => (line in answers ? answers[line] : { json: [] }));
  const partitions = createPartitions({
    admin,
    clock,
    log,
    bounds: busBounds({
      partitionFreshMs: bound('bus.partitionFreshMs', FRESH_MS),
      partitionRoundMs: bound('bus.partitionRoundMs', ROUND_MS),
      partitionGapMs: bound('bus.partitionGapMs', GAP_MS),
    }),
  });
  const told: string[] = [];
  const watch = (topic: string) => partitions.watch(topic, (seen) => void told.push(`${topic.slice(15)} ${seen}`));
  return { clock, admin, partitions, answers, watch, takeTold: () => told.splice(0) };
}

test('1: a topic that the listing does not name has none; of one that it names the count is asked', async () => {
  const { admin, partitions } = setUp({
    [listing()]: { json: [topicOf('p q'), topicOf('gone'), topicOf('odd')] },
    [count('p%20q')]: { json: { partitions: 3 } },
    [count('gone')]: { status: 404 },
    [count('odd')]: { json: {} },
  });
  expect(await partitions.countOf(topicOf('plain'))).toBe(0);
  expect(admin.takeCalls()).toEqual([listing()]);
  expect(await partitions.countOf(topicOf('p q'))).toBe(3);
  expect(await partitions.countOf(topicOf('gone'))).toBe(0);
  expect(await partitions.countOf(topicOf('odd'))).toBe(0);
  expect(admin.takeCalls()).toEqual([count('p%20q'), count('gone'), count('odd')]);
});

test('1: a namespace that is not there has no topics with partitions', async () => {
  const { partitions } = setUp({ [listing()]: { status: 404, json: { reason: 'none' } } });
  expect(await partitions.countOf(topicOf('x'))).toBe(0);
});

test('1: one listing answers for all who ask in one moment, and a later one is asked for anew', async () => {
  const { clock, admin, partitions } = setUp();
  await Promise.all([partitions.countOf(topicOf('x')), partitions.countOf(topicOf('y'))]);
  await clock.advance(FRESH_MS - 1);
  await partitions.countOf(topicOf('z'));
  expect(admin.takeCalls()).toEqual([listing()]);
  await clock.advance(1);
  await partitions.countOf(topicOf('x'));
  await partitions.countOf(topicOf('x', 'other'));
  expect(admin.takeCalls()).toEqual([listing(), listing('other')]);
});

test('1: a listing that failed is not remembered', async () => {
  const { partitions, answers } = setUp({ [listing()]: undefined });
  await expect(partitions.countOf(topicOf('x'))).rejects.toMatchObject({ away: true });
  answers[listing()] = { json: [] };
  expect(await partitions.countOf(topicOf('x'))).toBe(0);
});

test('1: a listing that fails late is no reason to forget the one after it', async () => {
  const asked: { readonly resolve: (answer: HandAnswer) => void; readonly reject: (error: Error) => void }[] = [];
  const clock = manualClock();
  const admin = handAdmin(() => new Promise((resolve, reject) => asked.push({ resolve, reject })));
  const partitions = createPartitions({ admin, clock, log: silentLog, bounds: busBounds() });
  const first = expect(partitions.countOf(topicOf('x'))).rejects.toThrow('late');
  await clock.advance(FRESH_MS);
  const second = partitions.countOf(topicOf('x'));
  asked[0]?.reject(new Error('late'));
  await first;
  const third = partitions.countOf(topicOf('x'));
  asked[1]?.resolve({ json: [] });
  expect([await second, await third, admin.calls.length]).toEqual([0, 0, 2]);
});

test('2: watched topics are looked at once in a round, each told its count every time', async () => {
  const { clock, admin, watch, takeTold } = setUp({
    [listing()]: { json: [topicOf('p')] },
    [count('p')]: { json: { partitions: 2 } },
  });
  watch(topicOf('p'));
  watch(topicOf('q'));
  watch(topicOf('p'));
  await clock.advance(ROUND_MS - 1);
  expect(admin.calls).toEqual([]);
  await clock.advance(1);
  expect(takeTold()).toEqual(['n/p 2', 'n/p 2', 'n/q 0']);
  await clock.advance(ROUND_MS);
  expect(takeTold()).toEqual(['n/p 2', 'n/p 2', 'n/q 0']);
  expect(admin.calls.filter((line) => line === listing())).toHaveLength(2);
});

test('2: several namespaces share the round, one by one, never closer than the gap', async () => {
  const { clock, admin, watch } = setUp();
  for (const namespace of ['a', 'b', 'c']) watch(topicOf('x', namespace));
  await clock.advance(ROUND_MS / 3);
  // The first round began when there was one: it has one gap of a whole round.
  await clock.advance(ROUND_MS);
  admin.takeCalls();
  const atMs = clock.now();
  const looks: string[] = [];
  while (clock.now() - atMs < ROUND_MS) {
    await clock.advance(ROUND_MS / 6);
    looks.push(...admin.takeCalls());
  }
  expect(looks.toSorted()).toEqual([listing('a'), listing('b'), listing('c')]);
  const many = setUp();
  for (let at = 0; at < 1_000; at++) many.watch(topicOf('x', `n${at}`));
  await many.clock.advance(ROUND_MS);
  many.takeTold();
  await many.clock.advance(GAP_MS * 10);
  expect(many.takeTold()).toHaveLength(10);
});

test('2: a topic that nobody watches any more is not looked at, others of its namespace are', async () => {
  const { clock, admin, watch, takeTold } = setUp();
  const stops = [watch(topicOf('x')), watch(topicOf('x')), watch(topicOf('y'))];
  stops[0]?.();
  await clock.advance(ROUND_MS);
  expect(takeTold()).toEqual(['n/x 0', 'n/y 0']);
  stops[1]?.();
  await clock.advance(ROUND_MS);
  expect(takeTold()).toEqual(['n/y 0']);
  stops[2]?.();
  await clock.advance(ROUND_MS);
  admin.takeCalls();
  await clock.advance(10 * ROUND_MS);
  expect([admin.calls, takeTold()]).toEqual([[], []]);
  watch(topicOf('z'));
  await clock.advance(2 * ROUND_MS);
  expect(takeTold()).toContain('n/z 0');
});

test('3: a look that fails tells nothing, and the next one comes', async () => {
  const { clock, watch, takeTold, answers } = setUp({ [listing()]: undefined });
  watch(topicOf('x'));
  await clock.advance(ROUND_MS);
  expect(takeTold()).toEqual([]);
  answers[listing()] = { json: [] };
  await clock.advance(ROUND_MS);
  expect(takeTold()).toEqual(['n/x 0']);
});

test('who lost a consumer has its namespace looked at now: one look at a time, one for many', async () => {
  const gates: (() => void)[] = [];
  const clock = manualClock();
  const admin = handAdmin(() => new Promise((resolve) => gates.push(() => resolve({ json: [] }))));
  const partitions = createPartitions({ admin, clock, log: silentLog, bounds: busBounds() });
  const told: string[] = [];
  for (const namespace of ['a', 'b']) partitions.watch(topicOf('x', namespace), () => void told.push(namespace));
  for (const namespace of ['a', 'b', 'b']) partitions.lookAgain(topicOf('y', namespace));
  await clock.settle();
  expect(admin.calls).toEqual([listing('a')]);
  gates[0]?.();
  await clock.settle();
  expect([admin.calls, told]).toEqual([[listing('a'), listing('b')], ['a']]);
  gates[1]?.();
  await clock.settle();
  expect(told).toEqual(['a', 'b']);
  await clock.advance(FRESH_MS);
  partitions.lookAgain(topicOf('y', 'a'));
  await clock.settle();
  gates[2]?.();
  await clock.settle();
  expect(admin.calls).toEqual([listing('a'), listing('b'), listing('a')]);
});

test('after closing nothing is looked at and nobody is told', async () => {
  const gates: (() => void)[] = [];
  const clock = manualClock();
  const admin = handAdmin(() => new Promise((resolve) => gates.push(() => resolve({ json: [] }))));
  const partitions = createPartitions({ admin, clock, log: silentLog, bounds: busBounds() });
  const told: number[] = [];
  partitions.watch(topicOf('x'), (seen) => void told.push(seen));
  partitions.lookAgain(topicOf('x'));
  await clock.settle();
  partitions.close();
  gates[0]?.();
  await clock.advance(10 * ROUND_MS);
  expect([told, admin.calls.length, clock.sleepers()]).toEqual([[], 1, 0]);
});

test('a name that is none is refused', async () => {
  const { partitions } = setUp();
  await expect(partitions.countOf('x')).rejects.toMatchObject({ code: 'InvalidName' });
  expect(() => partitions.watch('x', () => undefined)).toThrow(expect.objectContaining({ code: 'InvalidName' }));
});
