/**
 * The bounds of the service, by name: how long, how many, how often. A test or the simulation hands in its own.
 */
import { CLAIM_BOUNDS, type WorkBounds } from '@leasehold/controller';
import { RUN_BOUNDS } from '@leasehold/engine';
import { type Bound, bound } from '@leasehold/kernel';
import type { DecisionBounds } from '../domain/draft.ts';
import { BRAKE_BOUNDS, type BrakeBounds } from './control.ts';

const DAY_MS = 24 * 3_600_000;

export interface ProvisionerBounds extends WorkBounds {
  readonly decision: DecisionBounds;
  readonly brake: BrakeBounds;
  /** Messages of one topic held unacked. */
  readonly window: Bound;
  /** How long what a replica has just committed is left to it, before the others look whether it was left undone. */
  readonly ownWorkMs: Bound;
  readonly inventoryMs: Bound;
  /** How often consumers are looked at for those that do not move on. */
  readonly stallLookMs: Bound;
  /** Per-tenant topics consumed by this process. */
  readonly tenantTopics: Bound;
}

export const PROVISIONER_BOUNDS: ProvisionerBounds = {
  decision: {
    deadlineMs: DAY_MS,
    waitMs: DAY_MS,
    staleMs: 5 * 60_000,
    keepDeletedMs: 90 * DAY_MS,
    heldRecheckMs: DAY_MS,
    lookAgainMs: 2_000,
    maxWaiting: 200,
    maxWaitingBytes: 2 * 1024 * 1024,
    lettersPerDecision: 20,
  },
  claim: CLAIM_BOUNDS,
  run: RUN_BOUNDS,
  brake: BRAKE_BOUNDS,
  reconcileParallelism: bound('reconcile-parallelism', 16),
  sweepParallelism: bound('sweep-parallelism', 4),
  reconcileCapacity: bound('reconcile-capacity', 20_000),
  window: bound('consumer-window', 100),
  ownWorkMs: bound('own-work-ms', 1_500),
  inventoryMs: bound('inventory-ms', 60_000),
  frozenRecheckMs: bound('frozen-recheck-ms', 2_000),
  stallLookMs: bound('stall-look-ms', 10_000),
  tenantTopics: bound('tenant-topics', 2_000),
};
