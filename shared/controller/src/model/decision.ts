/**
 * What a decision of a service is made of and comes to. A service names its own types once, as `OwnedTypes`; everything of the
 * controller is made for such a bundle.
 */
import type { ProblemCode } from '@leasehold/contracts';
import type { JsonObject, Reason } from '@leasehold/kernel';
import type { KeptMessage, Source, Trace } from './message.ts';
import type { EndedOperation, OwnedState } from './state.ts';
import type { OwnerSummary } from './summary.ts';

export interface OwnedTypes {
  readonly state: OwnedState;
  /** What the directory says of an owner. */
  readonly summary: OwnerSummary;
  /** What can be asked of an owner: an event and a REST call become the same command. */
  readonly command: { readonly kind: string };
  /** Why a message may have to wait. */
  readonly waitCode: string;
  /** What decisions need of the world, as values and pure functions. */
  readonly context: { readonly nowMs: number };
  /** What has to be asked of others before a command is decided, and is part of its context. */
  readonly asked: unknown;
}

export type Outgoing =
  | {
      readonly kind: 'event';
      readonly topic: string;
      readonly serial: number;
      readonly body: JsonObject;
      readonly trace?: Trace;
    }
  | {
      readonly kind: 'dead-letter';
      readonly serial: number;
      readonly letter: KeptMessage;
      readonly code: ProblemCode;
      readonly message: string;
      readonly attempts: number;
    };

export type DeadLetterOutgoing = Outgoing & { readonly kind: 'dead-letter' };

export type Disposition<WaitCode extends string = string> =
  | { readonly kind: 'applied' }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'held' }
  | { readonly kind: 'waiting'; readonly code: WaitCode }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly message: string };

/** A message that cannot be acted on yet. */
export interface WaitingMessage<Command = unknown, WaitCode extends string = string> {
  readonly serial: number;
  readonly command: Command;
  readonly source: Source;
  readonly sinceMs: number;
  /** First time it was found to contradict what is complete. */
  readonly staleSinceMs?: number;
  readonly code: WaitCode;
  readonly untilMs: number;
}

/** What decisions are made from, beside the context. */
export interface OwnedRows<T extends OwnedTypes> {
  readonly state: T['state'];
  readonly waiting: readonly WaitingMessage<T['command'], T['waitCode']>[];
}

export type OperationKindOf<T extends OwnedTypes> = NonNullable<T['state']['operation']>['kind'];

export interface Decision<T extends OwnedTypes> extends OwnedRows<T> {
  readonly outgoing: readonly Outgoing[];
  readonly reasons: readonly Reason[];
  readonly finished: readonly EndedOperation<OperationKindOf<T>>[];
  readonly disposition: Disposition<T['waitCode']>;
  /** When the reconciler has something to do. */
  readonly workAtMs: number | undefined;
  /** When time alone changes something: a grace ends, a message has waited long enough. */
  readonly wakeAtMs: number | undefined;
}
