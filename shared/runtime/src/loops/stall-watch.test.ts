import { bound, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { busAway, scriptedBus } from '../../test/scripted-bus.ts';
import type { Handled } from './consumers.port.ts';
import { startConsumers } from './consumers.ts';
import { createStallWatch } from './stall-watch.ts';

const CREATED = 'persistent://platformq/system/tenant-created-events';
const QUOTA = 'persistent://platformq/acme/quota-exceeded-events';
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** Messages of the lane `stuck` fail until `move`, those of `slow` hang; the rest is done at once. */
async function setUp() {
  const clock = manualClock();
  const scripted = scriptedBus();
  const lines: unknown[] = [];
  const rows: unknown[] = [];
  let stuck = true;
  const run = async (lane: string, signal: AbortSignal): Promise<Handled> => {
    if (lane === 'stuck' && stuck) throw unavailable('the registry is away', { code: 'BusUnavailable' });
    if (lane === 'slow')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return { outcome: 'done' };
  };
  const consumers = startConsumers({
    ...{ bus: scripted.bus, subscription: 's', window: bound('window', 4), clock, rng: seededRng(1), log: silentLog },
    prepare: async ({ id }) => {
      const [lane = ''] = id.split(':');
      return { lane, run: (signal) => run(lane, signal) };
    },
    onCannot: async () => ({ outcome: 'dead_letter' }),
  });
  const add = (message: string, fields?: object) => lines.push([message, { ...fields }]);
  const watch = createStallWatch({
    consumers,
    log: { ...silentLog, warn: add, info: add },
    metrics: { consumersStalled: { set: () => undefined, replace: (now) => rows.splice(0, rows.length, ...now) } },
  });
  await Promise.all([consumers.add(CREATED), consumers.add(QUOTA)]);
  const send = async (topic: string, ...ids: string[]) => {
    for (const id of ids) scripted.send(topic, id);
    await clock.settle();
  };
  return {
    ...{ clock, scripted, consumers, watch, send, lines, rows },
    move: () => {
      stuck = false;
    },
  };
}

test('C8: a topic without work is never stalled, however long it is quiet', async () => {
  const { clock, watch, send, rows } = await setUp();
  await send(CREATED, 'a:1');
  await clock.advance(60 * MINUTE_MS);
  expect(watch.look()).toBeUndefined();
  expect(rows).toEqual([
    { labels: { topic: 'tenant-created-events' }, value: 0 },
    { labels: { topic: 'quota-exceeded-events' }, value: 0 },
  ]);
});

test('C8, 1, 2: work that has not moved for a minute is told once, without a tenant, and once that it moves', async () => {
  const { clock, watch, send, move, lines, rows } = await setUp();
  await send(QUOTA, 'stuck:1');
  await clock.advance(MINUTE_MS - SECOND_MS);
  expect(watch.look()).toBeUndefined();
  await clock.advance(SECOND_MS);
  for (let time = 0; time < 3; time++) {
    expect(watch.look()).toBe('1 consumer does not move on: quota-exceeded-events (BusUnavailable)');
  }
  expect(rows).toContainEqual({ labels: { topic: 'quota-exceeded-events' }, value: 1 });
  move();
  await clock.advance(MINUTE_MS);
  expect(watch.look()).toBeUndefined();
  expect(lines).toMatchObject([
    [
      'events of a topic do not move on',
      { topic: QUOTA, held: 1, code: 'BusUnavailable', reason: 'the registry is away' },
    ],
    ['events of a topic move on again', { topic: QUOTA }],
  ]);
});

test('C8: what hangs without an error is stalled too, and acks of others are movement', async () => {
  const { clock, watch, send } = await setUp();
  await send(CREATED, 'slow:1');
  await clock.advance(MINUTE_MS - SECOND_MS);
  await send(CREATED, 'a:1');
  await clock.advance(MINUTE_MS - SECOND_MS);
  expect(watch.look()).toBeUndefined();
  await clock.advance(SECOND_MS);
  expect(watch.look()).toBe('1 consumer does not move on: tenant-created-events (NotMoving)');
});

test('C8: acks that fail are no movement', async () => {
  const { clock, scripted, watch, send } = await setUp();
  scripted.fault = busAway();
  await send(CREATED, 'a:1');
  await clock.advance(MINUTE_MS);
  await send(CREATED, 'a:1', 'slow:2');
  expect(watch.look()).toBe('1 consumer does not move on: tenant-created-events (NotMoving)');
});

test('C8: a topic that cannot be subscribed to is stalled from its first failure on, not from its last', async () => {
  const { clock, scripted, consumers, watch } = await setUp();
  scripted.fault = busAway();
  scripted.drop(CREATED);
  await clock.advance(MINUTE_MS);
  expect(watch.look()).toBe('1 consumer does not move on: tenant-created-events (BusUnavailable)');
  scripted.fault = undefined;
  await clock.advance(MINUTE_MS);
  expect(watch.look()).toBeUndefined();
  await consumers.close();
  expect(watch.look()).toBeUndefined();
});

test('C8: what an open consumer has lost, such as one partition, counts as well', async () => {
  const { clock, scripted, watch } = await setUp();
  scripted.lost = {
    sinceMs: clock.now(),
    code: 'BusUnavailable',
    message: 'partition 1 of persistent://platformq/acme/x',
  };
  expect(watch.look()).toBeUndefined();
  await clock.advance(MINUTE_MS);
  expect(watch.look()).toBe(
    '2 consumers do not move on: quota-exceeded-events (BusUnavailable), tenant-created-events (BusUnavailable)',
  );
});
