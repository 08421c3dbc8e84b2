/**
 * What can be asked of a tenant, wherever it comes from: an event or a REST call become the same command, so that there is
 * one place in which facts that collide are settled.
 */
import type { Limits, Tier } from '@leasehold/contracts';
import type { WaitingMessage as Waiting } from '@leasehold/controller/model';

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

/** Why a message may have to wait: its tenant is unknown or incomplete, has another tier, or is on its way out. */
export type WaitCode = 'tenant-unknown' | 'stale' | 'leaving';

/** A message that cannot be acted on yet. */
export type WaitingMessage = Waiting<Command, WaitCode>;
