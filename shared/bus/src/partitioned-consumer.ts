/**
 * One consumer of a topic, whether the topic has partitions or not: each partition is consumed by itself, so that every message
 * has an entry of its own that can be asked about, and no partition waits for another.
 *
 * 1. Messages name the topic as it was asked for, and the partition. A message's id does not depend on it.
 * 2. What the caller holds is never more than the window, over all partitions (B4). Each part takes one message ahead of the
 *    caller, in turn.
 * 3. Partitions that come later are consumed from the next look on; a topic that was made anew, with or without partitions, is
 *    consumed as it is then. What cannot be consumed shows as lost.
 */
import { asFault, bug, type Clock, type Fault, type Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable, consumerClosed } from './faults.ts';
import type { Partitions } from './partitions.ts';
import type { Consumer, ConsumerOptions, IncomingMessage, LostConsumer } from './port.ts';
import { createParts, type Part, type Parts } from './topic-parts.ts';
import { createWaiters } from './waiters.ts';

export interface PartitionedOptions extends ConsumerOptions {
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: BusBounds;
  /** Opens what has no partitions, or one of them. */
  open(wanted: ConsumerOptions): Promise<Consumer>;
  readonly onClosed: () => void;
}

/** Who waits for a message, and what is ready for them, one message of each part (2). */
function createCounter(window: number, held: () => number) {
  const waiters = createWaiters();
  let ready: { readonly part: Part; readonly message: IncomingMessage; readonly taken: () => void }[] = [];
  const give = (): void => {
    while (waiters.size > 0 && ready.length > 0 && held() < window) {
      const { part, message, taken } = ready.shift() as (typeof ready)[number];
      part.held.add(message.id);
      waiters.give(message);
      taken();
    }
  };
  return {
    waiters,
    give,
    arrived: (part: Part, message: IncomingMessage): Promise<void> =>
      new Promise((taken) => {
        ready.push({ part, message, taken });
        give();
      }),
    left: (part: Part): void => {
      for (const each of ready) if (each.part === part) each.taken();
      ready = ready.filter((each) => each.part !== part);
      give();
    },
  };
}

/** Keeps the parts as the topic is, one change at a time (3). */
function keepUp({ topic, partitions, clock, log }: PartitionedOptions, parts: Parts) {
  let lost: LostConsumer | undefined;
  let changing: Promise<void> | undefined;
  const change = async (count: number): Promise<void> => {
    try {
      await parts.adapt(count);
      lost = undefined;
    } catch (error) {
      const { code, message } = asFault(error);
      if (!lost) log.warn('a topic is not consumed as a whole', { topic, partitions: count, reason: message });
      lost ??= { sinceMs: clock.now(), code, message };
    } finally {
      changing = undefined;
    }
  };
  const unwatch = partitions.watch(topic, (count) => {
    changing ??= change(count);
  });
  return {
    lost: () => lost,
    stop: async (): Promise<void> => {
      unwatch();
      await changing;
    },
  };
}

/** @throws `Unavailable` when a part cannot be opened, `Invalid` for a name. */
export async function openPartitioned(options: PartitionedOptions): Promise<Consumer> {
  const { topic, subscription, window, partitions } = options;
  let broken: Fault | undefined;
  const counter = createCounter(window, () => parts.all().reduce((sum, part) => sum + part.held.size, 0));
  const broke = (fault: Fault): void => {
    broken = fault;
    counter.waiters.fail(fault);
  };
  const parts = createParts({ ...options, ...counter, broke });
  try {
    await parts.adapt(await partitions.countOf(topic));
  } catch (error) {
    await parts.close();
    throw error;
  }
  const keeping = keepUp(options, parts);
  const close = async (): Promise<void> => {
    broke(consumerClosed());
    await keeping.stop();
    await parts.close();
    options.onClosed();
  };
  let closing: Promise<void> | undefined;
  return {
    topic,
    subscription,
    receive: async (signal) => {
      signal?.throwIfAborted();
      if (broken) throw broken;
      const message = counter.waiters.wait(signal);
      counter.give();
      return message;
    },
    ack: async (message) => {
      const part = parts.get(message.partition);
      if (!part) throw closing ? consumerClosed() : notHere(message);
      part.held.delete(message.id);
      counter.give();
      await part.consumer.ack(message);
    },
    lost: () => earliest([keeping.lost(), ...parts.all().map(({ consumer }) => consumer.lost?.())]),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const notHere = ({ id, partition }: IncomingMessage): Fault =>
  partition === undefined
    ? bug(`message ${id} was not received by this consumer`)
    : busUnavailable(`partition ${partition} is not consumed any more: message ${id} comes again`);

function earliest(all: readonly (LostConsumer | undefined)[]): LostConsumer | undefined {
  return all.filter((each) => each !== undefined).sort((a, b) => a.sinceMs - b.sinceMs)[0];
}
