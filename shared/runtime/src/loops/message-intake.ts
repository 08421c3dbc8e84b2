/**
 * From a consumer's messages to runs and acks, for one topic. Owns C1 to C3 of consumers.port.ts; consumer-loop.ts owns the
 * consumer's life.
 *
 * 1. Nothing is received while the gate is closed; a message that came while it closed is prepared when it opens.
 * 2. An ack is sent on its own: the next message of the lane does not wait for it, the closing does.
 */
import type { Consumer, IncomingMessage } from '@leasehold/bus';
import { parseTopic } from '@leasehold/contracts';
import { silentMetrics } from '@leasehold/observability';
import type { PreparedMessage } from './consumers.port.ts';
import { createKeyedSequence } from './keyed-sequence.ts';
import { attemptMessage, type TopicContext } from './message-attempt.ts';

export interface MessageIntake {
  /** Pulls until the topic stops; rejects when the consumer does. */
  pull(consumer: Consumer): Promise<void>;
  /** Resolves when no run and no ack is under way. */
  idle(): Promise<void>;
}

interface Received {
  readonly consumer: Consumer;
  readonly message: IncomingMessage;
  readonly receivedAtMs: number;
}

export function createMessageIntake(context: TopicContext): MessageIntake {
  const { gate, options, stopping, forced } = context;
  const sequence = createKeyedSequence();
  const acks = new Set<Promise<void>>();
  const finish = ({ consumer, message, receivedAtMs }: Received, outcome: string): void => {
    measure(context, message, receivedAtMs, outcome);
    const ack = acknowledge(context, consumer, message).then((acked) => {
      acks.delete(ack);
      gate.release(acked);
    });
    acks.add(ack);
  };
  const run = async (received: Received, prepared: PreparedMessage): Promise<void> => {
    if (stopping.aborted) return gate.release(false);
    const result = await attemptMessage(context, received.message, () => prepared.run(forced));
    if (result.kind === 'left') gate.release(false);
    else finish(received, result.kind === 'done' ? result.value.outcome : result.handled.outcome);
  };
  const take = async (received: Received): Promise<void> => {
    gate.take();
    await gate.whenUnblocked(stopping);
    if (stopping.aborted) return gate.release(false);
    const { message } = received;
    const result = await attemptMessage(context, message, () => options.prepare(message, stopping));
    if (result.kind === 'left') gate.release(false);
    else if (result.kind === 'disposed') finish(received, result.handled.outcome);
    else sequence.add(result.value.lane, () => run(received, result.value));
  };
  return {
    pull: async (consumer) => {
      for (;;) {
        await gate.whenOpen(stopping);
        if (stopping.aborted) return;
        const message = await consumer.receive(stopping);
        await take({ consumer, message, receivedAtMs: options.clock.now() });
      }
    },
    idle: async () => {
      await sequence.idle();
      await Promise.all(acks);
    },
  };
}

/** False: the bus was not told. */
const acknowledge = (
  { topic, options }: TopicContext,
  consumer: Consumer,
  message: IncomingMessage,
): Promise<boolean> =>
  consumer.ack(message).then(
    () => true,
    (error) => {
      options.log.debug('ack failed: the message comes again', { topic, id: message.id, err: error });
      return false;
    },
  );

function measure({ options, topic }: TopicContext, message: IncomingMessage, fromMs: number, outcome: string): void {
  const { metrics = silentMetrics, clock } = options;
  const labels = { topic: parseTopic(topic)?.name ?? topic };
  const now = clock.now();
  metrics.events.inc({ ...labels, outcome });
  metrics.eventLag.observe(labels, Math.max(0, now - message.publishedAtMs) / 1000);
  metrics.eventHandling.observe(labels, (now - fromMs) / 1000);
}
