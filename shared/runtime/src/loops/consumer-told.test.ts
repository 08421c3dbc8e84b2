/** What the log and whoever asks are told of consumers: once, with the topic, the message and the reason; and whom a removal waits for. */
import { bug, conflict, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busAway, scriptedBus } from '../../test/scripted-bus.ts';
import { consumersBench, TOPIC } from '../../test/scripted-consumers.ts';
import { scriptedLog } from '../../test/scripted-log.ts';

const always = { rng: { next: () => 1 } as never };
const storeAway = () => unavailable('the store is away', { code: 'StoreUnavailable', away: true });

function setUp(options = {}, scripted = scriptedBus()) {
  const { log, lines } = scriptedLog();
  return { ...consumersBench({ log, ...always, ...options }, scripted), lines };
}

test('C6: that a topic cannot be subscribed to is told once as long as it lasts, and again the next time', async () => {
  const { clock, consumers, scripted, lines } = setUp();
  const line = `warn topic is not consumed, tried again {"topic":"${TOPIC}","err":"BusUnavailable"}`;
  scripted.fault = busAway();
  await consumers.add(TOPIC);
  await clock.advance(60_000);
  expect(lines).toEqual([line]);
  scripted.fault = undefined;
  await clock.advance(60_000);
  scripted.drop(TOPIC);
  await clock.settle();
  expect(lines).toEqual([line, line]);
});

test('C3: an ack that failed is told with its message, and a consumer that did not close well with its topic', async () => {
  const scripted = scriptedBus();
  const subscribe: typeof scripted.bus.subscribe = async (wanted) => ({
    ...(await scripted.bus.subscribe(wanted)),
    ack: () => Promise.reject(busAway()),
    close: () => Promise.reject(new TypeError('oops')),
  });
  const { consumers, send, lines } = setUp({ bus: { ...scripted.bus, subscribe } }, scripted);
  await consumers.add(TOPIC);
  await send('a:1');
  await consumers.close();
  expect(lines).toEqual([
    `debug ack failed: the message comes again {"topic":"${TOPIC}","id":"a:1","err":"BusUnavailable"}`,
    `debug consumer did not close well {"topic":"${TOPIC}","err":"oops"}`,
  ]);
});

test('C4: a message that waits is told once, and at the level of a detail from then on', async () => {
  const { clock, consumers, send, setFailRun, lines } = setUp();
  await consumers.add(TOPIC);
  setFailRun(storeAway);
  await send('a:1');
  await clock.advance(500);
  const fields = (attempts: number) =>
    `{"topic":"${TOPIC}","id":"a:1","attempts":${attempts},"err":"StoreUnavailable"}`;
  expect(lines).toEqual([
    `warn event waits for something that is away ${fields(1)}`,
    `debug event still waits ${fields(2)}`,
  ]);
});

test('C5: each try of a message that is refused is told, and each disposal that fails', async () => {
  let failures = 1;
  const { clock, consumers, send, setFailRun, lines } = setUp({
    onCannot: async () => {
      if (failures-- > 0) throw bug('no dead letters');
      return { outcome: 'dead_letter' };
    },
  });
  await consumers.add(TOPIC);
  setFailRun(() => conflict('taken', { code: 'Taken' }));
  await send('a:1');
  await clock.advance(60_000);
  expect(lines).toEqual([
    `warn event failed, tried again {"topic":"${TOPIC}","id":"a:1","refusals":1,"err":"Taken"}`,
    `warn event failed, tried again {"topic":"${TOPIC}","id":"a:1","refusals":2,"err":"Taken"}`,
    `error event cannot be disposed of, tried again {"topic":"${TOPIC}","id":"a:1","attempts":1,"err":"Bug"}`,
  ]);
});

test('C7: a message of a newer release is told once as one that waits with its tenant', async () => {
  const { clock, consumers, send, setFailRun, lines } = setUp();
  await consumers.add(TOPIC);
  setFailRun(() => unavailable('a newer release wrote it', { code: 'NewerRelease' }));
  await send('a:1');
  await clock.advance(500);
  const fields = (attempts: number) => `{"topic":"${TOPIC}","id":"a:1","attempts":${attempts},"err":"NewerRelease"}`;
  expect(lines).toEqual([
    `warn event waits with those of its tenant, the others go on ${fields(1)}`,
    `debug event still waits ${fields(2)}`,
  ]);
});

test('a consumer whose bus repairs nothing by itself is no trouble to who looks', async () => {
  const scripted = scriptedBus();
  const subscribe: typeof scripted.bus.subscribe = async (wanted) => {
    const { lost: _, ...consumer } = await scripted.bus.subscribe(wanted);
    return consumer;
  };
  const { consumers, state } = setUp({ bus: { ...scripted.bus, subscribe } }, scripted);
  await consumers.add(TOPIC);
  expect(state()).toMatchObject({ topic: TOPIC, status: 'pulling', held: 0 });
});

test('adding ends also where the first try fails only after the topic was removed', async () => {
  const scripted = scriptedBus();
  const gate = Promise.withResolvers<never>();
  const { clock, consumers } = setUp({ bus: { ...scripted.bus, subscribe: () => gate.promise } }, scripted);
  let added = false;
  void consumers.add(TOPIC).then(() => {
    added = true;
  });
  await clock.settle();
  const removed = consumers.remove(TOPIC);
  gate.reject(busAway());
  await removed;
  await clock.settle();
  expect(added).toBe(true);
});

test('whoever removes a topic that is being removed waits for the same end', async () => {
  const { clock, consumers, send, hold, end } = setUp();
  await consumers.add(TOPIC);
  hold();
  await send('a:1');
  void consumers.remove(TOPIC);
  let removed = false;
  void consumers.remove(TOPIC).then(() => {
    removed = true;
  });
  await clock.settle();
  expect(removed).toBe(false);
  await end('a:1');
  expect(removed).toBe(true);
});
