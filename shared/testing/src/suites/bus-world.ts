/**
 * What the tests of the bus contract share: the harness of a transport, and short words for what every test does.
 *
 * 1. Consumers that a test opened are closed after it.
 * 2. What must not happen is waited for a moment; everything else is waited for until it happens, so no test fails for being
 *    slow.
 */
import type { Bus, Consumer, IncomingMessage } from '@leasehold/bus';
import { afterAll, afterEach, beforeAll } from 'vitest';

export interface BusHarness {
  /** The bus under test; the suite closes it. */
  readonly bus: Bus;
  /** Another client of the same broker, where `options.clients` says that there can be one. */
  readonly another?: () => Promise<Bus>;
  /** A new topic name each time, in a namespace that `ensure` may make. */
  topic(label: string): string;
  /** Plays a process that dies and comes back: the same durable state through a new bus. The suite closes the bus given. */
  reopen(): Promise<Bus>;
  /** Removes what the suite made. */
  cleanup(): Promise<void>;
  /** Largest payload to try. */
  readonly largePayloadBytes: number;
  /** How long to look for a message that must not come; less where none is on its way once a call has returned. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 400;

export const RETENTION_MS = 3_600_000;
export const WINDOW = 50;
export const SLOW_MS = 60_000;
export const text = (message: IncomingMessage) => Buffer.from(message.payload).toString('utf8');
export const bytes = (value: string) => new Uint8Array(Buffer.from(value));
export const namespaceOf = (topic: string) => topic.replace('persistent://', '').split('/').slice(0, 2).join('/');

export async function take(consumer: Consumer, count: number): Promise<IncomingMessage[]> {
  const taken: IncomingMessage[] = [];
  for (let i = 0; i < count; i++) taken.push(await consumer.receive());
  return taken;
}

/** Receives and acks, one message at a time, until the signal is aborted. */
export async function drain(consumer: Consumer, onMessage: (message: IncomingMessage) => void, signal: AbortSignal) {
  for (;;) {
    const message = await receiveUntil(consumer, signal);
    if (!message) return;
    onMessage(message);
    await consumer.ack(message);
  }
}

/** True when nothing came for a moment. */
export async function hasNone(
  consumer: Consumer,
  { patienceMs = PATIENCE_MS }: Pick<BusHarness, 'patienceMs'>,
): Promise<boolean> {
  const signal = AbortSignal.timeout(patienceMs);
  return (await receiveUntil(consumer, signal)) === undefined;
}

/** @returns undefined once the signal is aborted; any other failure is one. */
async function receiveUntil(consumer: Consumer, signal: AbortSignal): Promise<IncomingMessage | undefined> {
  try {
    return await consumer.receive(signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

export interface BusWorld {
  readonly bus: Bus;
  readonly harness: BusHarness;
  /** A new topic with its subscriptions. */
  made(label: string, subscriptions?: readonly string[]): Promise<string>;
  subscribe(topic: string, window?: number, from?: Bus, subscription?: string): Promise<Consumer>;
  publish(topic: string, value: string, key?: string): Promise<string>;
  /** Closes the bus, as a process that dies would at best, and opens another on the same state. */
  reopen(): Promise<void>;
}

/** To be called inside `describe`: registers what opens and closes. */
export function createBusWorld(open: () => Promise<BusHarness>): BusWorld {
  let harness: BusHarness;
  let bus: Bus;
  let opened: Consumer[] = [];
  beforeAll(async () => {
    harness = await open();
    bus = harness.bus;
  }, SLOW_MS);
  afterEach(async () => {
    await Promise.all(opened.map((consumer) => consumer.close()));
    opened = [];
  }, SLOW_MS);
  afterAll(async () => {
    await bus?.close();
    await harness?.cleanup();
  }, SLOW_MS);
  return {
    get bus() {
      return bus;
    },
    get harness() {
      return harness;
    },
    made: async (label, subscriptions = ['s']) => {
      const topic = harness.topic(label);
      const namespaces = [{ namespace: namespaceOf(topic), retentionMs: RETENTION_MS }];
      await bus.ensure({ namespaces, topics: [{ topic, subscriptions }] });
      return topic;
    },
    subscribe: async (topic, window = WINDOW, from = bus, subscription = 's') => {
      const consumer = await from.subscribe({ topic, subscription, window });
      opened.push(consumer);
      return consumer;
    },
    publish: (topic, value, key) =>
      bus.publish({ topic, payload: bytes(value), ...(key === undefined ? {} : { key }) }),
    reopen: async () => {
      await bus.close();
      opened = [];
      bus = await harness.reopen();
    },
  };
}
