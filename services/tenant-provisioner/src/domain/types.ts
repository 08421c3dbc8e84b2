/**
 * The types of this service, by the names that the controller has for them: one bundle, so that what is decided of a tenant and
 * what the controller keeps of it are the same values.
 */
import type { Decision as DecisionOf } from '@leasehold/controller/model';
import type { Command, WaitCode } from './command.ts';
import type { Context } from './draft.ts';
import type { TenantState } from './state.ts';
import type { TenantSummary } from './summary.ts';

export interface TenantTypes {
  readonly state: TenantState;
  readonly summary: TenantSummary;
  readonly command: Command;
  readonly waitCode: WaitCode;
  readonly context: Context;
  /** The brake on mass deletion. */
  readonly asked: Context['brake'] | undefined;
}

export type Decision = DecisionOf<TenantTypes>;
