/**
 * What a simulation of this service needs beside its public face: how its rows are read, what a command is, and what its
 * graph should be. Owns nothing; it names what exists, for those who judge the service from outside by what it stores.
 */

export { CLAIM_BOUNDS, type ControlChange, outgoingOf, SWEEP_BOUNDS, type SweepBounds } from '@leasehold/controller';
export type { Outgoing } from '@leasehold/controller/model';
export type { Blueprint } from './app/catalog.ts';
export { CONTROL_PARTITION, type ControlState } from './app/control.ts';
export { readTenant, SERVICE, TENANT_DIRECTORY, tenantOfPartition, tenantPartition } from './app/partition.ts';
export { platformTopics } from './app/provisioner.ts';
export { startRolloutRole } from './app/rollout/leader.ts';
export { ROLLOUTS_PARTITION } from './app/rollout/rows.ts';
export { startSweep } from './app/sweep/sweep.ts';
export type { Command, WaitingMessage } from './domain/command.ts';
export { wantedGraph } from './domain/goal.ts';
export { isStuckInRemoval } from './domain/left.ts';
export type { Report } from './domain/rollout/rollout.ts';
export { isHeldByProtection } from './domain/status.ts';
