/**
 * Consumers that have had work and do not move on, or cannot consume at all: for `/ready`, the gauge and the log. Whether one is
 * stalled is said by its gate; nothing here runs by itself.
 *
 * 1. However often it is looked, only what changes is logged: that a topic does not move on and why, and that it does again.
 * 2. What is told outside the log names topics by their last part, so that no tenant is named.
 */
import { parseTopic } from '@leasehold/contracts';
import type { Log } from '@leasehold/kernel';
import type { MetricHandles } from '@leasehold/observability';
import type { ConsumerState, Consumers } from './consumers.port.ts';

export interface StallWatch {
  /** One sentence on what does not move on; undefined: everything does. */
  look(): string | undefined;
}

export interface StallWatchOptions {
  readonly consumers: Pick<Consumers, 'states'>;
  readonly log: Log;
  readonly metrics: Pick<MetricHandles, 'consumersStalled'>;
}

const lastPart = (topic: string): string => parseTopic(topic)?.name ?? topic.slice(topic.lastIndexOf('/') + 1);

export function createStallWatch({ consumers, log, metrics }: StallWatchOptions): StallWatch {
  let known: ReadonlySet<string> = new Set();
  const tell = (stalled: readonly ConsumerState[]): void => {
    const now = new Set(stalled.map(({ topic }) => topic));
    for (const { topic, held, stall } of stalled) {
      if (stall === undefined || known.has(topic)) continue;
      const { sinceMs, code, message } = stall;
      log.warn('events of a topic do not move on', { topic, held, since: sinceMs, code, reason: message });
    }
    for (const topic of known) if (!now.has(topic)) log.info('events of a topic move on again', { topic });
    known = now;
  };
  return {
    look: () => {
      const states = consumers.states();
      const stalled = states.filter(({ stall }) => stall !== undefined);
      tell(stalled);
      const counts = new Map(states.map(({ topic }) => [lastPart(topic), 0]));
      for (const { topic } of stalled) counts.set(lastPart(topic), (counts.get(lastPart(topic)) ?? 0) + 1);
      metrics.consumersStalled.replace([...counts].map(([topic, value]) => ({ labels: { topic }, value })));
      return sentence(stalled);
    },
  };
}

function sentence(stalled: readonly ConsumerState[]): string | undefined {
  if (stalled.length === 0) return undefined;
  const named = new Set(stalled.map(({ topic, stall }) => `${lastPart(topic)} (${stall?.code})`));
  const consumers = stalled.length === 1 ? '1 consumer does' : `${stalled.length} consumers do`;
  return `${consumers} not move on: ${[...named].sort().join(', ')}`;
}
