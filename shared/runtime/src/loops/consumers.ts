/**
 * The consume loop over all topics of a service. Owns which topics there are; consumer-loop.ts owns one of them.
 *
 * 1. A topic is consumed once; adding it while it is being removed starts it anew after the removal.
 */
import { bound } from '@leasehold/kernel';
import { type ConsumerLoop, startConsumerLoop } from './consumer-loop.ts';
import type { ConsumerBounds, Consumers, ConsumersOptions } from './consumers.port.ts';

export const CONSUMER_BOUNDS: ConsumerBounds = {
  attempts: bound('tries of an event', 5),
  backoffBaseMs: bound('event backoff base ms', 200),
  backoffCapMs: bound('event backoff cap ms', 15_000),
  drainMs: bound('consumer drain ms', 10_000),
  closeMs: bound('consumer close ms', 5_000),
  stallMs: bound('consumer stall ms', 60_000),
};

export function startConsumers(options: ConsumersOptions): Consumers {
  const bounds: ConsumerBounds = { ...CONSUMER_BOUNDS, ...options.bounds };
  const loops = new Map<string, ConsumerLoop>();
  const leaving = new Map<string, Promise<void>>();
  let closed = false;
  const remove = (topic: string): Promise<void> => {
    const loop = loops.get(topic);
    if (loop === undefined) return leaving.get(topic) ?? Promise.resolve();
    loops.delete(topic);
    const left = loop.stop().finally(() => leaving.delete(topic));
    leaving.set(topic, left);
    return left;
  };
  return {
    add: async (topic) => {
      for (let left = leaving.get(topic); left !== undefined; left = leaving.get(topic)) await left;
      if (closed) return;
      const known = loops.get(topic);
      const loop = known ?? startConsumerLoop(topic, options, bounds);
      if (known === undefined) loops.set(topic, loop);
      await loop.started;
    },
    remove,
    topics: () => [...loops.keys()],
    states: () => [...loops.values()].map((loop) => loop.state()),
    close: async () => {
      closed = true;
      await Promise.all([...loops.keys()].map(remove));
      await Promise.all(leaving.values());
    },
  };
}
