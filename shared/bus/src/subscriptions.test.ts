import { bound, silentLog, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import type { Consumer, ConsumerOptions } from './port.ts';
import { createSubscriptions, type PartEvents } from './subscriptions.ts';

const TOPIC = 'persistent://t/n/x';
const wanted: ConsumerOptions = { topic: TOPIC, subscription: 's', window: 4 };

/** Subscriptions whose parts are opened by hand, at most three at once. */
function setUp(partitions = 0) {
  const seen = { opened: [] as string[], closed: [] as string[], looks: [] as string[] };
  const state = { refuses: false, gate: Promise.resolve() };
  const events: PartEvents[] = [];
  const subscriptions = createSubscriptions({
    partitions: {
      countOf: async () => partitions,
      watch: () => () => undefined,
      lookAgain: (topic) => void seen.looks.push(topic),
      close: () => undefined,
    },
    clock: systemClock,
    log: silentLog,
    bounds: busBounds({ consumers: bound('bus.consumers', 3) }),
    open: async (part, name, of): Promise<Consumer> => {
      await state.gate;
      if (state.refuses) throw busUnavailable('it cannot be opened');
      events.push(of);
      seen.opened.push(`${part.topic} ${name.topic}`);
      return {
        ...part,
        receive: () => new Promise(() => undefined),
        ack: async () => undefined,
        close: async () => {
          seen.closed.push(part.topic);
          of.onClosed();
        },
      };
    },
  });
  return { subscriptions, seen, state, events };
}

test('a topic is consumed under its name; one with partitions is consumed by them', async () => {
  const plain = setUp();
  await plain.subscriptions.subscribe(wanted);
  expect(plain.seen.opened).toEqual([`${TOPIC} x`]);
  const parted = setUp(2);
  await parted.subscriptions.subscribe(wanted);
  expect(parted.seen.opened).toEqual([`${TOPIC}-partition-0 x-partition-0`, `${TOPIC}-partition-1 x-partition-1`]);
});

test('1: each partition counts towards the bound, and what is closed or could not be opened makes room', async () => {
  const { subscriptions, state } = setUp(2);
  const first = await subscriptions.subscribe(wanted);
  await expect(subscriptions.subscribe(wanted)).rejects.toThrow('bus.consumers 3 is reached');
  await first.close();
  state.refuses = true;
  for (let time = 0; time < 4; time++) {
    await expect(subscriptions.subscribe(wanted)).rejects.toThrow('it cannot be opened');
  }
  state.refuses = false;
  await expect(subscriptions.subscribe(wanted)).resolves.toBeDefined();
});

test('a consumer that lost its connection has its topic looked at, under the name that was asked for', async () => {
  const { subscriptions, events, seen } = setUp(1);
  await subscriptions.subscribe(wanted);
  events[0]?.onLost();
  expect(seen.looks).toEqual([TOPIC]);
});

test('what cannot be subscribed is refused before anything is asked', async () => {
  const { subscriptions, seen } = setUp();
  await expect(subscriptions.subscribe({ ...wanted, window: 0 })).rejects.toMatchObject({ code: 'InvalidWindow' });
  expect(seen.opened).toEqual([]);
});

test('2: closing closes every consumer that is open, each once; nothing is subscribed afterwards', async () => {
  const { subscriptions, seen } = setUp();
  await subscriptions.subscribe(wanted);
  const closedBefore = await subscriptions.subscribe({ ...wanted, topic: `${TOPIC}2` });
  await closedBefore.close();
  await subscriptions.close();
  expect(seen.closed).toEqual([`${TOPIC}2`, TOPIC]);
  await expect(subscriptions.subscribe(wanted)).rejects.toThrow('the bus is closed');
});

test('2: what was being opened while the bus was closed is closed when it is there', async () => {
  const { subscriptions, seen, state } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.gate = promise;
  const subscribing = subscriptions.subscribe(wanted);
  await subscriptions.close();
  resolve();
  await subscribing;
  expect(seen.closed).toEqual([TOPIC]);
});
