/**
 * The bus as one process sees it: publishing, and consumers whose connection can break.
 *
 * 1. What reaches a consumer of one lane keeps its order; lanes overtake each other.
 * 2. A broken connection is remade by itself; what was held is then delivered again (B4). Messages not yet received are
 *    forgotten here, because they come again.
 * 3. A dead or long paused process loses its sessions after a while, and its messages go to others (B2).
 */
import type { Bus, Consumer, ConsumerOptions, IncomingMessage, OutgoingMessage } from '@leasehold/bus';
import { bound, invalid, unavailable } from '@leasehold/kernel';
import type { Session, Stored, Subscription } from './broker.ts';
import type { Call } from './call.ts';
import type { FaultPoint } from './fault-plan.ts';
import type { Process } from './process.ts';
import type { Detail } from './trace.ts';

export const BUS_CALL_MS = bound('sim-bus-call-ms', 3_000);
/** How long a broker takes to notice that a consumer is gone. */
export const KEEP_ALIVE_MS = bound('sim-bus-keep-alive-ms', 6_000);
const RECONNECT_MS = 50;
const PAYLOAD_BYTES = bound('sim-bus-payload-bytes', 5 * 1024 * 1024);

const TOPIC = /^persistent:\/\/[^/]+\/[^/]+\/[^/]+$/;
const closedBus = () => unavailable('the bus is closed', { code: 'BusUnavailable' });

type Ask = <T>(op: string, detail: Detail, run: () => T, signal?: AbortSignal, line?: string) => Promise<T>;

export function createSimBus(process: Process): Bus {
  const { world } = process;
  const { broker, profile } = world;
  // A bus call ends within its time: the real transports see to it.
  const faults = { ...profile.bus, mute: 0 };
  const consumers = new Set<Consumer>();
  let closed = false;
  const ask: Ask = <T>(op: string, detail: Detail, run: () => T, signal?: AbortSignal, line?: string) => {
    if (closed) return Promise.reject(closedBus());
    const call: Call<T> = {
      target: 'bus',
      op,
      detail,
      run,
      signal,
      reads: line === undefined,
      ...(line === undefined ? {} : { line }),
      faults,
      timeoutMs: BUS_CALL_MS.value,
      code: 'BusUnavailable',
    };
    return process.call(call);
  };
  return {
    kind: 'simulated',
    limits: '',
    publish: async (message, signal) => {
      checkMessage(message);
      return ask(
        'publish',
        () => shown(message),
        () => broker.publish(message, process.name),
        signal,
        message.topic,
      );
    },
    subscribe: async (options) => {
      checkOptions(options);
      const subscription = await ask('subscribe', options.topic, () =>
        broker.subscription(options.topic, options.subscription),
      );
      const consumer = createConsumer(process, subscription, options, ask, () => consumers.delete(consumer));
      consumers.add(consumer);
      return consumer;
    },
    ensure: ({ topics }, signal) =>
      ask(
        'ensure',
        `${topics.length} topics`,
        () => {
          for (const { topic, subscriptions } of topics) {
            checkTopic(topic);
            broker.ensureTopic(topic);
            for (const name of subscriptions) broker.subscription(topic, name);
          }
        },
        signal,
      ),
    writerSchema: () => Promise.resolve({ type: 'none' }),
    ping: (signal) => ask('ping', '', () => undefined, signal),
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
    },
  };
}

function checkTopic(topic: string): void {
  if (!TOPIC.test(topic)) throw invalid(`${JSON.stringify(topic)} is no full topic name`, { code: 'InvalidTopic' });
}

function checkMessage({ topic, payload }: OutgoingMessage): void {
  checkTopic(topic);
  if (payload.byteLength > PAYLOAD_BYTES.value)
    throw invalid(`a payload of ${payload.byteLength} bytes`, { code: 'PayloadTooLarge' });
}

function checkOptions({ topic, subscription, window }: ConsumerOptions): void {
  checkTopic(topic);
  if (subscription === '' || subscription.includes('/'))
    throw invalid(`${JSON.stringify(subscription)} is no subscription name`, { code: 'InvalidSubscription' });
  if (!Number.isInteger(window) || window < 1) throw invalid(`a window of ${window}`, { code: 'InvalidWindow' });
}

const shown = ({ topic, key }: OutgoingMessage): string => `${topic.slice(topic.lastIndexOf('/') + 1)} ${key ?? ''}`;

interface Waiter {
  readonly resolve: (message: IncomingMessage) => void;
  readonly reject: (cause: unknown) => void;
}

interface Line {
  readonly process: Process;
  subscription: Subscription;
  readonly window: number;
  readonly point: FaultPoint;
  readonly buffer: IncomingMessage[];
  readonly waiters: Waiter[];
  readonly lastByLane: Map<string, number>;
  session: Session | undefined;
  closed: boolean;
}

function createConsumer(
  process: Process,
  subscription: Subscription,
  { topic, subscription: name, window }: ConsumerOptions,
  ask: Ask,
  forget: () => void,
): Consumer {
  const line: Line = {
    process,
    subscription,
    window,
    point: process.point(`bus.deliver.${topic}`),
    buffer: [],
    waiters: [],
    lastByLane: new Map(),
    session: undefined,
    closed: false,
  };
  connect(line);
  watchLife(line);
  return {
    topic,
    subscription: name,
    receive: (signal) => receive(line, signal),
    ack: (message) => ack(line, message, ask),
    close: () => {
      if (line.closed) return Promise.resolve();
      line.closed = true;
      forget();
      disconnect(line);
      for (const waiter of line.waiters.splice(0)) waiter.reject(closedBus());
      return Promise.resolve();
    },
  };
}

function connect(line: Line): void {
  if (line.closed || line.session || line.process.state === 'dead') return;
  const { broker } = line.process.world;
  line.lastByLane.clear();
  // The topic may have gone and come back meanwhile.
  line.subscription = broker.subscription(line.subscription.topic, line.subscription.name);
  line.session = broker.attach(line.subscription, {
    window: line.window,
    hand: (stored) => travel(line, stored),
    cut: () => breakLine(line, 'the topic is gone'),
  });
}

function disconnect(line: Line): void {
  const { session } = line;
  line.session = undefined;
  line.buffer.length = 0;
  if (session) line.process.world.broker.drop(line.subscription, session);
}

/** The connection breaks now and is remade a little later. */
function breakLine(line: Line, why: string): void {
  const { process } = line;
  if (!line.session) return;
  process.world.note(process.name, '! reconnect', `${line.subscription.topic} ${why}`);
  disconnect(line);
  process.world.schedule(RECONNECT_MS, () => process.deliver(() => connect(line)));
}

function watchLife(line: Line): void {
  const { process } = line;
  const noticeMs = () => 1 + line.point.rng.int(KEEP_ALIVE_MS.value);
  process.onKill(() => void process.world.schedule(noticeMs(), () => disconnect(line), false));
  process.onPause((forMs) => {
    if (forMs > KEEP_ALIVE_MS.value)
      process.world.schedule(KEEP_ALIVE_MS.value, () => breakLine(line, 'kept silent for too long'), false);
  });
}

/** One message from the broker to the consumer, never before an earlier one of its lane. */
function travel(line: Line, stored: Stored): void {
  const { process, session, point } = line;
  const { world } = process;
  const { profile } = world;
  const earliest = (line.lastByLane.get(stored.lane) ?? 0) + 1;
  const atMs = Math.max(world.now() + 1 + point.rng.int(profile.deliveryMs), earliest);
  line.lastByLane.set(stored.lane, atMs);
  world.schedule(atMs - world.now(), () => process.deliver(() => arrive(line, stored, session)));
}

function arrive(line: Line, stored: Stored, session: Session | undefined): void {
  const { process } = line;
  if (line.closed) return;
  // `attach` hands out before it returns, so a message may be older than the name of its session.
  if (session !== undefined && session !== line.session) return;
  if (!line.session) return;
  process.world.note(process.name, 'receives', () => `${stored.message.id} ${shown(stored.message)}`);
  const waiter = line.waiters.shift();
  if (waiter) waiter.resolve(stored.message);
  else line.buffer.push(stored.message);
  if (line.point.strikes(process.world.profile.reconnect, 'reconnect')) breakLine(line, 'broke');
}

function receive(line: Line, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  if (line.closed) return Promise.reject(closedBus());
  if (signal?.aborted) return Promise.reject(signal.reason);
  const ready = line.buffer.shift();
  if (ready) return Promise.resolve(ready);
  return new Promise((resolve, reject) => {
    const waiter: Waiter = {
      resolve: (message) => {
        signal?.removeEventListener('abort', stop);
        resolve(message);
      },
      reject,
    };
    const stop = () => {
      const index = line.waiters.indexOf(waiter);
      if (index >= 0) line.waiters.splice(index, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
    line.waiters.push(waiter);
  });
}

async function ack(line: Line, message: IncomingMessage, ask: Ask): Promise<void> {
  const { process, point } = line;
  const { world } = process;
  const forgotten = point.strikes(world.profile.ackForgotten, 'ackForgotten');
  const settle = () => (forgotten ? undefined : world.broker.ack(line.subscription, message.id));
  try {
    await ask('ack', () => `${message.id} ${shown(message)}`, settle);
  } catch (error) {
    // An ack that cannot be told means a broken connection: the message comes again.
    world.schedule(RECONNECT_MS, () => process.deliver(() => breakLine(line, 'an ack could not be told')), false);
    throw error;
  }
  if (forgotten)
    world.schedule(1 + point.rng.int(KEEP_ALIVE_MS.value), () =>
      process.deliver(() => breakLine(line, 'an ack was forgotten')),
    );
}
