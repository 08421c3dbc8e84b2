import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createSimBus, createSimStore, createWorld, type Process, type World } from './index.ts';

const MINUTE_MS = 60_000;

/** A tiny service: counts in the store what it hears on the bus, one commit for each message. */
async function countMessages(process: Process): Promise<void> {
  const store = createSimStore(process);
  const consumer = await createSimBus(process).subscribe({ topic: TOPIC, subscription: 'counter', window: 5 });
  for (let serial = 1; ; serial++) {
    const message = await consumer.receive();
    for (let tries = 1; ; tries++) {
      try {
        const { version, rows } = await store.load('p', [{ prefix: '' }]);
        const put = rows.has(message.id) ? [] : [{ key: message.id, value: process.name }];
        const commitId = `${process.name}-${serial}-${tries}`;
        const outcome = await store.commit({
          partition: 'p',
          expectedVersion: version,
          commitId,
          put,
          remove: [],
          hints: [],
          entries: [],
        });
        if (outcome.kind === 'committed') break;
      } catch {
        await process.clock.sleep(20);
      }
    }
    await consumer.ack(message).catch(() => undefined);
  }
}

const TOPIC = 'persistent://a/b/c';
const MESSAGES = 20;

function countingWorld(
  seed: number,
  profile: Parameters<typeof createWorld>[1] = 'everything',
  mask?: ReadonlySet<string>,
): World {
  const world = createWorld(seed, profile, { trace: true, ...(mask === undefined ? {} : { mask }) });
  for (let i = 0; i < MESSAGES; i++)
    world.schedule(
      i * 10,
      () => void world.broker.publish({ topic: TOPIC, key: `k${i % 3}`, payload: new Uint8Array([i]) }, 'test'),
      false,
    );
  for (const name of ['r1', 'r2']) void countMessages(world.process(name)).catch(() => undefined);
  return world;
}

const done = (world: World) => () =>
  world.broker.topics.get(TOPIC)?.length === MESSAGES && world.broker.unacked(TOPIC, 'counter') === 0;

const finish = (world: World) => world.run({ until: done(world), withinMs: 30 * MINUTE_MS });

test('W1 one seed gives one trace, another seed another', async () => {
  const digests: string[] = [];
  for (const seed of [7, 7, 8]) {
    const world = countingWorld(seed);
    await finish(world);
    digests.push(world.trace.digest());
  }
  expect(digests[0]).toBe(digests[1]);
  expect(digests[2]).not.toBe(digests[0]);
});

test('every message has one effect under every fault, and the faults do strike', async () => {
  let struck = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const world = countingWorld(seed);
    world.schedule(500, () => world.heal());
    expect(await finish(world), `seed ${seed}`).toBe('reached');
    expect(world.store.partitions.get('p')?.rows.size, `seed ${seed}`).toBe(MESSAGES);
    struck += world.faults.struck.length;
  }
  expect(struck).toBeGreaterThan(60);
});

test('a mask lets through only the faults that it names, and leaves the rest of the schedule alone', async () => {
  const free = countingWorld(11);
  await finish(free);
  const [first] = free.faults.struck;
  const masked = countingWorld(11, 'everything', new Set(first ? [first.id] : []));
  await finish(masked);
  expect(masked.faults.struck.map(({ id }) => id)).toEqual([first?.id]);
  const none = countingWorld(11, 'everything', new Set());
  await finish(none);
  expect(none.faults.struck).toEqual([]);
});

test('P1 a killed process is never answered, and what it had sent still takes effect', async () => {
  const world = createWorld(1, 'calm');
  const doomed = world.process('doomed');
  let heard = 0;
  const put = (key: string) => [{ key, value: '' }];
  const commit = (key: string, version: number) =>
    createSimStore(doomed).commit({
      partition: 'p',
      expectedVersion: version,
      commitId: key,
      put: put(key),
      remove: [],
      hints: [],
      entries: [],
    });
  void commit('sent', 0).then(() => (heard += 1));
  void doomed.clock.sleep(10).then(() => (heard += 1));
  doomed.kill();
  void commit('after', 0).then(() => (heard += 1));
  await world.run({ until: () => false, withinMs: MINUTE_MS });
  expect([heard, [...(world.store.partitions.get('p')?.rows.keys() ?? [])]]).toEqual([0, ['sent']]);
});

test('P2 a kill can come right before or right after any call', async () => {
  for (const [side, rows] of [
    ['before', 1],
    ['after', 2],
  ] as const) {
    const world = createWorld(1, 'calm');
    const doomed = world.process('doomed');
    doomed.killAtCall(2, side);
    const store = createSimStore(doomed);
    const commit = (at: number) =>
      store.commit({
        partition: 'p',
        expectedVersion: at,
        commitId: `${at}`,
        put: [{ key: `${at}`, value: '' }],
        remove: [],
        hints: [],
        entries: [],
      });
    void (async () => {
      for (let at = 0; ; at++) await commit(at);
    })();
    await world.run({ until: () => false, withinMs: MINUTE_MS });
    expect(world.store.partitions.get('p')?.rows.size).toBe(rows);
  }
});

test('P3 a paused process goes on later, with its answers in order and a clock that ran on', async () => {
  const world = createWorld(3, 'calm');
  const process = world.process('sleepy');
  const woken: number[] = [];
  for (const ms of [10, 20, 30]) void process.clock.sleep(ms).then(() => woken.push(process.clock.now()));
  const start = world.now();
  process.pause(1_000);
  await world.run({ until: () => false, withinMs: MINUTE_MS });
  expect(woken.map((at) => at - start)).toEqual([1_000, 1_000, 1_000]);
});

test('W3 nothing queued while the goal is not reached is a deadlock; a loop without end meets the bound', async () => {
  const world = createWorld(1, 'calm');
  expect(await world.run({ until: () => false, withinMs: MINUTE_MS })).toBe('deadlock');
  const { clock } = world.process('busy');
  void (async () => {
    for (;;) await clock.sleep(0);
  })();
  expect(await world.run({ until: () => false, withinMs: MINUTE_MS, steps: bound('test-steps', 50) })).toBe('steps');
});

test('a real timer inside a world is refused, and dates and random numbers are the world’s own', async () => {
  const world = createWorld(5, 'calm');
  const { clock } = world.process('careless');
  const seen: unknown[] = [];
  void (async () => {
    await clock.sleep(5);
    seen.push(
      Date.now() === world.now(),
      new Date().toISOString() === new Date(world.now()).toISOString(),
      Math.random(),
      crypto.randomUUID(),
    );
    try {
      setTimeout(() => undefined, 1);
    } catch (error) {
      seen.push((error as Error).name);
    }
  })();
  expect(await world.run({ until: () => false, withinMs: MINUTE_MS })).toBe('violated');
  expect(world.violations[0]?.invariant).toBe('real-timer');
  expect(seen.slice(0, 2)).toEqual([true, true]);
  expect(seen.at(-1)).toBe('RangeError');
  expect(Date.now()).not.toBe(world.now());
  expect(new Date() instanceof Date).toBe(true);
});

test('an outage refuses or swallows calls while it lasts', async () => {
  for (const manner of ['refusing', 'mute'] as const) {
    const world = createWorld(5, 'calm');
    const store = createSimStore(world.process('r'));
    world.outage('store', manner, 10_000);
    const failed = store.ping().catch((error: Error) => error);
    await world.run({ until: () => false, withinMs: MINUTE_MS });
    expect(await failed).toMatchObject({ class: 'Unavailable', away: true, unknownOutcome: false });
  }
});
