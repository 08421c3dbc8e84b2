/**
 * The tries of one message: what is tried again, how often, and what becomes of a message that cannot be handled. Owns C4
 * and C5 of consumers.port.ts; leaves order and acks to message-intake.ts.
 *
 * 1. `Unavailable` is tried for ever and stops the pulling meanwhile, or its lane alone (C7); `Invalid` is tried once; the others a
 *    bounded number of times.
 * 2. A message is never lost because its disposal fails: that is tried for ever too, visibly.
 * 3. Once the loop is stopping nothing is tried again: the message is left unacked.
 */
import type { IncomingMessage } from '@leasehold/bus';
import { asFault, backoffMs, type Fault, NEWER_RELEASE } from '@leasehold/kernel';
import type { ConsumerGate } from './consumer-gate.ts';
import type { ConsumerBounds, ConsumersOptions, Handled } from './consumers.port.ts';

export interface TopicContext {
  readonly topic: string;
  readonly options: ConsumersOptions;
  readonly bounds: ConsumerBounds;
  readonly gate: ConsumerGate;
  /** Aborted when the topic stops: no more tries. */
  readonly stopping: AbortSignal;
  /** Aborted when runs under way have had their time. */
  readonly forced: AbortSignal;
}

export type Attempted<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'disposed'; readonly handled: Handled }
  | { readonly kind: 'left' };

const LEFT = { kind: 'left' } as const;

export async function attemptMessage<T>(
  context: TopicContext,
  message: IncomingMessage,
  fn: () => Promise<T>,
): Promise<Attempted<T>> {
  let away = 0;
  let refusals = 0;
  try {
    for (;;) {
      try {
        return { kind: 'done', value: await fn() };
      } catch (error) {
        if (context.stopping.aborted) return LEFT;
        const fault = asFault(error);
        if (fault.class === 'Unavailable') {
          away += 1;
          block(context, message, fault, away);
          if (!(await waitAfter(context, away, fault))) return LEFT;
        } else {
          refusals += 1;
          context.gate.unblock(message);
          const isLast = fault.class === 'Invalid' || refusals >= context.bounds.attempts.value;
          if (isLast) return await dispose(context, message, fault, away + refusals);
          context.options.log.warn('event failed, tried again', {
            topic: context.topic,
            id: message.id,
            refusals,
            err: fault,
          });
          if (!(await waitAfter(context, refusals, fault))) return LEFT;
        }
      }
    }
  } finally {
    context.gate.unblock(message);
  }
}

async function dispose<T>(
  context: TopicContext,
  message: IncomingMessage,
  fault: Fault,
  attempts: number,
): Promise<Attempted<T>> {
  for (let failures = 1; ; failures++) {
    try {
      return { kind: 'disposed', handled: await context.options.onCannot(message, fault, attempts, context.forced) };
    } catch (error) {
      if (context.stopping.aborted) return LEFT;
      const reason = asFault(error);
      block(context, message, reason, failures);
      if (!(await waitAfter(context, failures, reason))) return LEFT;
    }
  }
}

function block({ gate, options, topic }: TopicContext, message: IncomingMessage, fault: Fault, attempts: number): void {
  const isAlone = fault.class === 'Unavailable' && fault.code === NEWER_RELEASE;
  if (isAlone) gate.putAside(message, fault, attempts);
  else gate.block(message, fault, attempts);
  const fields = { topic, id: message.id, attempts, err: fault };
  if (isAlone && attempts === 1) options.log.warn('event waits with those of its tenant, the others go on', fields);
  else if (fault.class !== 'Unavailable') options.log.error('event cannot be disposed of, tried again', fields);
  else if (attempts === 1) options.log.warn('event waits for something that is away', fields);
  else options.log.debug('event still waits', fields);
}

/** False: the loop is stopping. */
export async function waitAfter(
  { options, bounds, stopping }: Pick<TopicContext, 'options' | 'bounds' | 'stopping'>,
  attempts: number,
  fault: Fault,
): Promise<boolean> {
  const backoff = { baseMs: bounds.backoffBaseMs.value, capMs: bounds.backoffCapMs.value };
  const asked = Math.min(fault.retryAfterMs ?? 0, backoff.capMs);
  const waitMs = Math.max(backoffMs(attempts, backoff, options.rng), asked);
  await options.clock.sleep(waitMs, stopping).catch(() => undefined);
  return !stopping.aborted;
}
