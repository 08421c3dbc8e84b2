/**
 * What the consume loop looks like to a service. Owns types only; consumers.ts runs them.
 *
 * C1. `prepare` is called once at a time per topic, in the order of the messages.
 * C2. What was prepared with one lane runs one after the other, in that order, per topic; lanes run side by side, within
 *     the window.
 * C3. A message is acked after its `run` or its `onCannot` has resolved, never before, and never nacked.
 * C4. `Unavailable` stops the pulling of that topic; the same message is tried again for ever, at growing intervals.
 * C5. Any other error is tried a bounded number of times (`Invalid` once), then handed to `onCannot`.
 * C6. A bus that is away, at the start too, is waited for and seen in `states`.
 * C7. What only another release can read (`NewerRelease`) stops its lane only: the others go on, and nothing is given up.
 * C8. A consumer that has had work and acked nothing for `stallMs`, or that cannot consume (a part of) its topic for so long, is
 *     stalled, and says since when and why, whatever the status.
 */
import type { Bus, IncomingMessage } from '@leasehold/bus';
import type { Bound, Clock, Fault, Log, Rng } from '@leasehold/kernel';
import type { MetricHandles } from '@leasehold/observability';

export interface Handled {
  /** The label `outcome` of `leasehold_events_total`. */
  readonly outcome: string;
}

export interface PreparedMessage {
  /** Messages of one lane (a tenant) keep their order. */
  readonly lane: string;
  run(signal: AbortSignal): Promise<Handled>;
}

export interface ConsumerBounds {
  /** Tries before `onCannot`, for errors other than `Unavailable`. */
  readonly attempts: Bound;
  readonly backoffBaseMs: Bound;
  readonly backoffCapMs: Bound;
  /** How long `close` waits for runs under way before it aborts them. */
  readonly drainMs: Bound;
  /** How long `close` waits for a consumer to close. */
  readonly closeMs: Bound;
  /** After this without an ack a consumer that has work is stalled, and so is one that cannot consume. */
  readonly stallMs: Bound;
}

export interface ConsumersOptions {
  readonly bus: Bus;
  readonly subscription: string;
  /** Messages of one topic held unacked. */
  readonly window: Bound;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics?: Pick<MetricHandles, 'events' | 'eventLag' | 'eventHandling'>;
  readonly bounds?: Partial<ConsumerBounds>;
  prepare(message: IncomingMessage, signal: AbortSignal): Promise<PreparedMessage>;
  /** Disposes of a message that cannot be handled (dead letter); the message is acked when it resolves. */
  onCannot(message: IncomingMessage, fault: Fault, attempts: number, signal: AbortSignal): Promise<Handled>;
}

/** That a consumer does not move on: since when, and why. */
export interface ConsumerStall {
  readonly sinceMs: number;
  readonly code: string;
  readonly message: string;
}

export interface ConsumerState {
  readonly topic: string;
  /** `waiting`: something needed is away, and nothing is pulled. */
  readonly status: 'connecting' | 'pulling' | 'waiting' | 'closed';
  readonly since: number;
  /** Messages received and not yet acked. */
  readonly held: number;
  /** Of these, how many wait for themselves alone while the others go on (C7); absent: none. */
  readonly alone?: number;
  /** Why it waits: the fault's code and message, and the tries so far. */
  readonly reason?: { readonly code: string; readonly message: string; readonly attempts: number };
  /** C8. */
  readonly stall?: ConsumerStall;
}

export interface Consumers {
  /** Starts a topic; resolves when the first try to subscribe has ended, whichever way. Never rejects; idempotent. */
  add(topic: string): Promise<void>;
  /** Stops a topic and closes its consumer; messages held are delivered again to whoever subscribes next. */
  remove(topic: string): Promise<void>;
  topics(): readonly string[];
  states(): readonly ConsumerState[];
  /** Stops pulling, waits for runs under way (bounded), closes the consumers. */
  close(): Promise<void>;
}
