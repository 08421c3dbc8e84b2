/** The life of a topic's consumer (1 to 3 of consumer-loop.ts): late, lost, hanging and closed ones. */
import type { Bus, Consumer } from '@leasehold/bus';
import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busAway, scriptedBus } from '../../test/scripted-bus.ts';
import { consumersBench, TOPIC } from '../../test/scripted-consumers.ts';

const always = { rng: { next: () => 1 } as never };

/** A bus whose ways take as long as they are held up. */
function slowBus() {
  const scripted = scriptedBus();
  const gates: { subscribe?: Promise<void>; ack?: Promise<void>; close?: Promise<void> } = {};
  const calls: string[] = [];
  const subscribe: Bus['subscribe'] = async (options) => {
    calls.push(`subscribe ${options.window}`);
    await gates.subscribe;
    const consumer = await scripted.bus.subscribe(options);
    const slow: Consumer = {
      ...consumer,
      ack: async (message) => {
        calls.push(`ack ${message.id}`);
        await gates.ack;
        return consumer.ack(message);
      },
      close: async () => {
        calls.push('close');
        await gates.close;
        return consumer.close();
      },
    };
    return slow;
  };
  return { scripted, gates, calls, bus: { ...scripted.bus, subscribe } };
}

test('3: a consumer that is subscribed only after the stop is closed all the same', async () => {
  const { scripted, gates, bus, calls } = slowBus();
  const gate = Promise.withResolvers<void>();
  gates.subscribe = gate.promise;
  const { clock, consumers } = consumersBench({ bus }, scripted);
  void consumers.add(TOPIC);
  await clock.settle();
  const closed = consumers.close();
  await clock.advance(10_000);
  await closed;
  expect(calls).toEqual(['subscribe 4']);
  gate.resolve();
  await clock.settle();
  expect(scripted.closed).toEqual([TOPIC]);
});

test('adding a topic ends with the first try to subscribe, whichever way, also when it is stopped meanwhile', async () => {
  const { scripted, gates, bus } = slowBus();
  scripted.fault = busAway();
  const { clock, consumers, state } = consumersBench({ bus }, scripted);
  await consumers.add(TOPIC);
  expect(state()).toMatchObject({ status: 'waiting', reason: { code: 'BusUnavailable', attempts: 1 } });
  await consumers.remove(TOPIC);
  const gate = Promise.withResolvers<void>();
  gates.subscribe = gate.promise;
  scripted.fault = undefined;
  const added = consumers.add(TOPIC);
  await clock.settle();
  const removed = consumers.remove(TOPIC);
  gate.resolve();
  await Promise.all([added, removed]);
  expect(consumers.topics()).toEqual([]);
});

test('C6: a bus that is away is asked in growing pauses, and from the first again once it was there', async () => {
  const { scripted, bus, calls } = slowBus();
  scripted.fault = busAway();
  const { clock, consumers, state } = consumersBench({ bus, ...always }, scripted);
  await consumers.add(TOPIC);
  await clock.advance(200 + 400 + 800);
  expect(calls).toHaveLength(4);
  expect(state()).toMatchObject({ reason: { attempts: 4 } });
  scripted.fault = undefined;
  await clock.advance(1_600);
  expect(state()).toMatchObject({ status: 'pulling' });
  scripted.fault = busAway();
  scripted.drop(TOPIC);
  await clock.settle();
  expect([calls.filter((call) => call === 'close').length, state()?.reason?.attempts]).toEqual([1, 1]);
  await clock.advance(200);
  expect(calls.filter((call) => call.startsWith('subscribe'))).toHaveLength(6);
  await consumers.close();
});

test('a consumer that does not close is waited for a bounded time, and another is made', async () => {
  const { scripted, gates, bus, calls } = slowBus();
  gates.close = new Promise(() => undefined);
  const { clock, consumers } = consumersBench({ bus, ...always }, scripted);
  await consumers.add(TOPIC);
  await clock.settle();
  scripted.drop(TOPIC);
  await clock.advance(5_199);
  expect(calls).toEqual(['subscribe 4', 'close']);
  await clock.advance(1);
  expect(calls).toEqual(['subscribe 4', 'close', 'subscribe 4']);
  const closed = consumers.close();
  await clock.advance(5_000);
  await closed;
  expect(clock.sleepers()).toBe(0);
});

test('closing waits for acks that are under way, and each is sent on its own: the next of the lane runs meanwhile', async () => {
  const { scripted, gates, bus } = slowBus();
  const gate = Promise.withResolvers<void>();
  gates.ack = gate.promise;
  const { clock, consumers, send, started, state } = consumersBench({ bus }, scripted);
  await consumers.add(TOPIC);
  await send('a:1', 'a:2');
  expect([started, scripted.acked, state()?.held]).toEqual([['a:1', 'a:2'], [], 2]);
  const closing = { is: false };
  const closed = consumers.close().then(() => {
    closing.is = true;
  });
  await clock.settle();
  expect([closing.is, scripted.closed]).toEqual([false, []]);
  gate.resolve();
  await closed;
  expect([scripted.acked, scripted.closed]).toEqual([['a:1', 'a:2'], [TOPIC]]);
});

test('an ack that hangs holds the closing up for its time, and no longer', async () => {
  const { scripted, gates, bus } = slowBus();
  gates.ack = new Promise(() => undefined);
  const { clock, consumers, send } = consumersBench(
    { bus, bounds: { drainMs: bound('drain', 3_000), closeMs: bound('close', 1_000) } },
    scripted,
  );
  await consumers.add(TOPIC);
  await send('a:1');
  const closing = { is: false };
  const closed = consumers.close().then(() => {
    closing.is = true;
  });
  await clock.advance(3_999);
  expect(closing.is).toBe(false);
  await clock.advance(1);
  await closed;
  expect([scripted.closed, clock.sleepers()]).toEqual([[TOPIC], 0]);
});

test('removing a topic twice, or one that is not there, is removing it once', async () => {
  const { scripted, bus } = slowBus();
  const { clock, consumers, send } = consumersBench({ bus }, scripted);
  await consumers.remove(TOPIC);
  await consumers.add(TOPIC);
  await Promise.all([consumers.remove(TOPIC), consumers.remove(TOPIC)]);
  await send('a:1');
  expect([scripted.closed, scripted.acked, consumers.states(), clock.sleepers()]).toEqual([[TOPIC], [], [], 0]);
});

test('once closed no topic is added', async () => {
  const { scripted, bus, calls } = slowBus();
  const { consumers } = consumersBench({ bus }, scripted);
  await consumers.close();
  await consumers.add(TOPIC);
  expect([calls, consumers.topics()]).toEqual([[], []]);
});

test('1: a message that was received while its topic stops is left, and comes again', async () => {
  const { scripted, bus } = slowBus();
  const { clock, consumers, send, setFailRun, prepared, started } = consumersBench({ bus }, scripted);
  await consumers.add(TOPIC);
  setFailRun(busAway);
  await send('a:1', 'b:1');
  // The second came while the first waits for what is away.
  expect([prepared, started.length > 0]).toEqual([['a:1'], true]);
  await consumers.close();
  expect([scripted.acked, prepared, clock.sleepers()]).toEqual([[], ['a:1'], 0]);
});
