/**
 * The embedded bus: the contract, and what only it has (one file, killed processes, trimming).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bound, type Clock, silentLog, systemClock } from '@leasehold/kernel';
import { busSuite } from '@leasehold/testing/suites/bus';
import { afterEach, expect, test } from 'vitest';
import { createEmbeddedBus } from './embedded-bus.ts';
import type { Bus } from './port.ts';

const TOPIC = 'persistent://a/b/c';
const bytes = (value: string) => new Uint8Array(Buffer.from(value));
const text = (payload: Uint8Array) => Buffer.from(payload).toString();
const folders: string[] = [];
async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leasehold-bus-'));
  folders.push(folder);
  return join(folder, 'bus.sqlite');
}
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

busSuite('embedded', { clients: 'one' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leasehold-bus-'));
  const reopen = () => createEmbeddedBus({ path: join(folder, 'bus.sqlite'), clock: systemClock, log: silentLog });
  let serial = 0;
  return {
    bus: await reopen(),
    reopen,
    topic: (label) => {
      serial += 1;
      return `persistent://suite/${'ns'}/${label}-${serial}`;
    },
    cleanup: () => rm(folder, { recursive: true, force: true }),
    largePayloadBytes: 5 * 1024 * 1024,
    patienceMs: 20,
  };
});

/** Time that stands still until told. */
function handClock(): Clock & { at: number } {
  const clock = { at: 1_000_000, now: () => clock.at, sleep: systemClock.sleep };
  return clock;
}

const drainAll = async (bus: Bus, subscription: string, count: number) => {
  const consumer = await bus.subscribe({ topic: TOPIC, subscription, window: 10 });
  for (let i = 0; i < count; i++) await consumer.ack(await consumer.receive());
  await consumer.close();
};

test('4: messages leave when old and acked by every subscription, never before', async () => {
  const clock = handClock();
  const bounds = { trimEvery: bound('bus.trimEvery', 1) };
  const bus = await createEmbeddedBus({ path: await newFile(), clock, log: silentLog, bounds });
  const topics = [{ topic: TOPIC, subscriptions: ['x', 'y'] }];
  await bus.ensure({ namespaces: [{ namespace: 'a/b', retentionMs: 1_000 }], topics });
  for (let i = 0; i < 4; i++) await bus.publish({ topic: TOPIC, payload: bytes(String(i)) });
  await drainAll(bus, 'x', 4);
  clock.at += 5_000;
  await bus.publish({ topic: TOPIC, payload: bytes('new') });
  await drainAll(bus, 'y', 4);
  const late = async (subscription: string) => {
    const consumer = await bus.subscribe({ topic: TOPIC, subscription, window: 10 });
    const message = await consumer.receive();
    await consumer.close();
    return text(message.payload);
  };
  // y had acked nothing when the last one was published, so nothing was trimmed.
  expect(await late('looks-before')).toBe('0');
  await drainAll(bus, 'looks-before', 5);
  await bus.publish({ topic: TOPIC, payload: bytes('newer') });
  await bus.publish({ topic: TOPIC, payload: bytes('newest') });
  expect(await late('looks-after')).toBe('new');
  await bus.close();
});

test('4: a full topic pushes back on producers and evicts nothing', async () => {
  const bounds = { topicBytes: bound('bus.topicBytes', 10) };
  const bus = await createEmbeddedBus({ path: await newFile(), clock: systemClock, log: silentLog, bounds });
  await bus.publish({ topic: TOPIC, payload: bytes('12345678') });
  await expect(bus.publish({ topic: TOPIC, payload: bytes('123') })).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'BusUnavailable',
    retryAfterMs: 10_000,
  });
  await bus.publish({ topic: TOPIC, payload: bytes('12') });
  const consumer = await bus.subscribe({ topic: TOPIC, subscription: 's', window: 5 });
  expect(text((await consumer.receive()).payload)).toBe('12345678');
  await bus.close();
});

test('3 of the subscription: more messages than are read ahead all arrive, in order, while a key is held', async () => {
  const bounds = { readAhead: bound('bus.readAhead', 4) };
  const bus = await createEmbeddedBus({ path: await newFile(), clock: systemClock, log: silentLog, bounds });
  for (let i = 0; i < 20; i++) await bus.publish({ topic: TOPIC, key: i < 2 ? 'held' : 'k', payload: bytes(`${i}`) });
  const holder = await bus.subscribe({ topic: TOPIC, subscription: 's', window: 1 });
  const held = await holder.receive();
  const other = await bus.subscribe({ topic: TOPIC, subscription: 's', window: 50 });
  const seen: string[] = [];
  for (let i = 0; i < 18; i++) seen.push(text((await other.receive()).payload));
  expect(seen).toEqual(Array.from({ length: 18 }, (_, i) => String(i + 2)));
  await holder.ack(held);
  expect(text((await holder.receive()).payload)).toBe('1');
  await bus.close();
});

test('1: what resolved before kill -9 is there afterwards, acks too', async () => {
  const path = await newFile();
  const script = `
    import { createEmbeddedBus } from './embedded-bus.ts';
    import { silentLog, systemClock } from '@leasehold/kernel';
    const bus = await createEmbeddedBus({ path: ${JSON.stringify(path)}, clock: systemClock, log: silentLog });
    const consumer = await bus.subscribe({ topic: '${TOPIC}', subscription: 's', window: 100 });
    for (let i = 0; ; i++) {
      const id = await bus.publish({ topic: '${TOPIC}', key: 'k' + (i % 3), payload: new Uint8Array(Buffer.from(String(i))) });
      console.log('published ' + i + ' ' + id);
      if (i % 2 === 0) {
        const message = await consumer.receive();
        await consumer.ack(message);
        console.log('acked ' + Buffer.from(message.payload).toString());
      }
    }`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.split('\n').length > 300) child.kill('SIGKILL');
    });
    child.on('exit', () => resolve());
  });
  expect(errors).toBe('');
  const numbers = (word: string) =>
    output
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith(word))
      .map((line) => Number(line.split(' ')[1]));
  const [published, acked] = [numbers('published'), new Set(numbers('acked'))];
  const bus = await createEmbeddedBus({ path, clock: systemClock, log: silentLog });
  await bus.publish({ topic: TOPIC, payload: bytes('end') });
  const consumer = await bus.subscribe({ topic: TOPIC, subscription: 's', window: 1_000 });
  const seen = new Set<number>();
  for (let value = ''; value !== 'end'; ) {
    value = text((await consumer.receive()).payload);
    if (value !== 'end') seen.add(Number(value));
  }
  const expected = published.filter((value) => !acked.has(value));
  // One more publish or ack may have reached the disk without its line reaching us.
  for (const value of expected.slice(1)) expect(seen).toContain(value);
  for (const value of acked) expect(seen).not.toContain(value);
  await bus.close();
});

test('a bus that is closed while somebody subscribes leaves nobody waiting for a message that cannot come', async () => {
  const bus = await createEmbeddedBus({ path: await newFile(), clock: systemClock, log: silentLog });
  const subscribing = bus.subscribe({ topic: TOPIC, subscription: 's', window: 5 }).then(
    async (consumer) => Promise.race([consumer.receive(), new Promise((resolve) => setImmediate(resolve, 'it waits'))]),
    (error: Error) => error.message,
  );
  await bus.close();
  expect(await subscribing).toBe('the bus is closed');
});

test('4: what a topic says of its own retention goes before that of its namespace', async () => {
  const clock = handClock();
  const bounds = { trimEvery: bound('bus.trimEvery', 1) };
  const bus = await createEmbeddedBus({ path: await newFile(), clock, log: silentLog, bounds });
  const topics = [{ topic: TOPIC, subscriptions: ['s'], retentionMs: 10_000 }];
  await bus.ensure({ namespaces: [{ namespace: 'a/b', retentionMs: 1_000 }], topics });
  await bus.publish({ topic: TOPIC, payload: bytes('old') });
  await drainAll(bus, 's', 1);
  const oldest = async (subscription: string): Promise<string> => {
    const consumer = await bus.subscribe({ topic: TOPIC, subscription, window: 10 });
    const message = await consumer.receive();
    await consumer.close();
    return text(message.payload);
  };
  clock.at += 5_000;
  await bus.publish({ topic: TOPIC, payload: bytes('new') });
  await drainAll(bus, 's', 1);
  expect(await oldest('looks')).toBe('old');
  await drainAll(bus, 'looks', 2);
  clock.at += 5_001;
  await bus.publish({ topic: TOPIC, payload: bytes('newer') });
  await bus.publish({ topic: TOPIC, payload: bytes('newest') });
  expect(await oldest('looks-after')).toBe('new');
  await bus.close();
});

test('a consumer that was closed counts no more towards the bound, one that is open does', async () => {
  const bounds = { consumers: bound('bus.consumers', 1) };
  const bus = await createEmbeddedBus({ path: await newFile(), clock: systemClock, log: silentLog, bounds });
  const subscribe = () => bus.subscribe({ topic: TOPIC, subscription: 's', window: 5 });
  const first = await subscribe();
  await expect(subscribe()).rejects.toThrow('bus.consumers 1 is reached');
  await first.close();
  await (await subscribe()).close();
  await bus.close();
});

test('a bus that closes fails who waits for a message, is asked nothing more, and is not reachable', async () => {
  const bus = await createEmbeddedBus({ path: await newFile(), clock: systemClock, log: silentLog });
  expect(bus.kind).toBe('embedded');
  const consumer = await bus.subscribe({ topic: TOPIC, subscription: 's', window: 5 });
  const waiting = consumer.receive();
  await expect(Promise.all([bus.close(), waiting])).rejects.toThrow('the consumer is closed');
  await expect(bus.publish({ topic: TOPIC, payload: bytes('late') })).rejects.toThrow('the bus is closed');
  await expect(bus.subscribe({ topic: TOPIC, subscription: 's', window: 5 })).rejects.toThrow('the bus is closed');
  await expect(bus.ping()).rejects.toMatchObject({ class: 'Unavailable' });
});
