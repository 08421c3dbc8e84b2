/**
 * What can be asked of a tenant, wherever it comes from: an event or a REST call become the same command, so that there is
 * one place in which facts that collide are settled.
 */
import type { Limits, Tier } from '@leasehold/contracts';

/** The original message, kept for a dead letter and within a bound. The payload is base64: it may be any bytes. */
export interface Letter {
  readonly topic: string;
  readonly messageId: string;
  readonly publishedAtMs: number;
  readonly key?: string;
  readonly payload: string;
  readonly properties: Readonly<Record<string, string>>;
  /** The payload was read as JSON. */
  readonly encoding?: 'json';
  /** How a payload in another encoding was read, as JSON text, so that it can be read again without the registry. */
  readonly decoded?: string;
  /** The payload was too large to be kept: it is empty here and had this many bytes. */
  readonly omittedBytes?: number;
}

/** W3C trace context: who caused what, carried on from what was asked to what is published of it. */
export interface Trace {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export type Source = { readonly trace?: Trace } & (
  | {
      readonly type: 'event';
      readonly eventKey: string;
      readonly publishedAtMs: number;
      readonly letter: Letter;
      /** An operator handed it in again. */
      readonly redrivenBy?: { readonly subject: string; readonly requestId: string };
    }
  | { readonly type: 'rest'; readonly subject: string; readonly requestId: string; readonly atMs: number }
);

/** When the sender said it: what tombstones are compared with. */
export const saidAtMs = (source: Source): number => (source.type === 'event' ? source.publishedAtMs : source.atMs);

export interface CreateCommand {
  readonly kind: 'create';
  readonly name: string;
  readonly tier: Tier;
  readonly limits?: Limits;
  readonly createdAtMs?: number;
  readonly by?: string;
  /** An operator's word that what exists without our mark is adopted. */
  readonly adopt?: true;
  /** With `adopt`: what is unfit to be adopted and holds no data is made anew, empty. */
  readonly remake?: true;
  /** With `adopt`: an operator's word that marks of this generation are ours; a ledger that was restored may have lost it. */
  readonly generation?: number;
}

export interface UpgradeCommand {
  readonly kind: 'upgrade';
  readonly previousTier: Tier;
  readonly newTier: Tier;
  readonly limits?: Limits;
}

export interface DeleteCommand {
  readonly kind: 'delete';
  readonly graceMs?: number;
  readonly force: boolean;
  readonly by?: string;
  readonly reason?: string;
}

export type OperatorCommand =
  | { readonly kind: 'tier'; readonly tier: Tier; readonly limits?: Limits }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'restore' }
  | { readonly kind: 'protect'; readonly protected: boolean }
  | {
      readonly kind: 'reconcile';
      readonly acceptLoss: boolean;
      /** What destroys or weakens is made too. */
      readonly acceptWeakening?: boolean;
      readonly reason?: string;
    };

export type Command = CreateCommand | UpgradeCommand | DeleteCommand | OperatorCommand;

const KINDS: ReadonlySet<string> = new Set<Command['kind']>([
  'create',
  'upgrade',
  'delete',
  'tier',
  'suspend',
  'resume',
  'restore',
  'protect',
  'reconcile',
]);

/** A newer release may have written down what only it can carry out. */
export const isKnownCommand = ({ kind }: Command): boolean => KINDS.has(kind);

/** A message that cannot be acted on yet. */
export interface WaitingMessage {
  readonly serial: number;
  readonly command: Command;
  readonly source: Source;
  readonly sinceMs: number;
  /** First time it was found to contradict a complete tenant. */
  readonly staleSinceMs?: number;
  readonly code: 'tenant-unknown' | 'stale' | 'leaving';
  readonly untilMs: number;
}
