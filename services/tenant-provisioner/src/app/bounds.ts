/**
 * The bounds of the service, by name: how long, how many, how often. A test or the simulation hands in its own.
 */
import { CONTROLLER_BOUNDS, type ControllerBounds } from '@leasehold/controller';
import { type Bound, bound } from '@leasehold/kernel';
import type { DecisionBounds } from '../domain/draft.ts';
import { BRAKE_BOUNDS, type BrakeBounds } from './control.ts';

const DAY_MS = 24 * 3_600_000;

export interface ProvisionerBounds extends ControllerBounds {
  readonly decision: DecisionBounds;
  readonly brake: BrakeBounds;
  /** Per-tenant topics consumed by this process. */
  readonly tenantTopics: Bound;
}

export const PROVISIONER_BOUNDS: ProvisionerBounds = {
  ...CONTROLLER_BOUNDS,
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
  brake: BRAKE_BOUNDS,
  tenantTopics: bound('tenant-topics', 2_000),
};
