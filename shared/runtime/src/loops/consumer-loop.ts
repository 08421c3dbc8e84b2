/**
 * The life of one topic's consumer: subscribed, replaced when it closes by itself, drained and closed. Owns C6 of
 * consumers.port.ts for its topic; message-intake.ts owns what happens to messages.
 *
 * 1. After `stop` no run is started; what was held and not acked is delivered again.
 * 2. Messages of a consumer that closed by itself end as they would; their acks may fail, which redelivery bears.
 * 3. A consumer that is subscribed too late, after the stop, is closed all the same.
 */
import type { Consumer } from '@leasehold/bus';
import { asFault } from '@leasehold/kernel';
import { settlesWithin } from '../resilience/deadline.ts';
import { createConsumerGate } from './consumer-gate.ts';
import type { ConsumerBounds, ConsumerState, ConsumersOptions } from './consumers.port.ts';
import { type TopicContext, waitAfter } from './message-attempt.ts';
import { createMessageIntake } from './message-intake.ts';

export interface ConsumerLoop {
  /** Resolves when the first try to subscribe has ended. */
  readonly started: Promise<void>;
  state(): ConsumerState;
  /** Stops pulling, waits for runs (bounded), closes the consumer. Idempotent. */
  stop(): Promise<void>;
}

export function startConsumerLoop(topic: string, options: ConsumersOptions, bounds: ConsumerBounds): ConsumerLoop {
  const { clock } = options;
  let current: Consumer | undefined;
  const gate = createConsumerGate({
    topic,
    window: options.window.value,
    stallMs: bounds.stallMs.value,
    clock,
    lost: () => current?.lost?.(),
  });
  const stopping = new AbortController();
  const forced = new AbortController();
  const context: TopicContext = { topic, options, bounds, gate, stopping: stopping.signal, forced: forced.signal };
  const intake = createMessageIntake(context);
  const started = Promise.withResolvers<void>();
  let drained = false;
  const closeCurrent = async (): Promise<void> => {
    const consumer = current;
    current = undefined;
    if (consumer !== undefined) await closeConsumer(context, consumer);
  };
  const connect = async (): Promise<void> => {
    const { subscription, window } = options;
    current = await options.bus.subscribe({ topic, subscription, window: window.value });
    gate.connected();
    started.resolve();
  };
  const loop = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await connect();
        failures = 0;
        await intake.pull(current as Consumer);
      } catch (error) {
        if (stopping.signal.aborted) break;
        const fault = asFault(error);
        failures += 1;
        gate.disconnected(fault, failures);
        started.resolve();
        if (failures === 1) options.log.warn('topic is not consumed, tried again', { topic, err: fault });
        await closeCurrent();
        await waitAfter(context, failures, fault);
      }
    }
    started.resolve();
    if (drained) await closeCurrent();
  };
  const running = loop();
  const drain = async (): Promise<void> => {
    stopping.abort(new Error('the consumer is closing'));
    gate.wake();
    const ended = Promise.all([running, intake.idle()]);
    if (!(await settlesWithin(clock, bounds.drainMs.value, ended))) {
      forced.abort(new Error('the consumer is closing'));
      await settlesWithin(clock, bounds.closeMs.value, ended);
    }
    drained = true;
    await closeCurrent();
    gate.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    started: started.promise,
    state: gate.state,
    stop: () => {
      stopped ??= drain();
      return stopped;
    },
  };
}

async function closeConsumer({ topic, options, bounds }: TopicContext, consumer: Consumer): Promise<void> {
  const closing = consumer
    .close()
    .catch((error) => options.log.debug('consumer did not close well', { topic, err: error }));
  await settlesWithin(options.clock, bounds.closeMs.value, closing);
}
