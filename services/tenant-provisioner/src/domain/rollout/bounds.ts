/**
 * The bounds of a rollout, by name.
 */
import { bound } from '@leasehold/kernel';

/** Tenants of one wave. */
export const WAVE_TENANTS = bound('rollout-wave-tenants', 50);
/** How long other work of a tenant is waited for before the tenant is left out. */
export const BUSY_MS = bound('rollout-busy-ms', 60_000);
/** What is kept of what happened to a rollout, and how much of a tenant's trouble is told. */
export const KEPT_REASONS = bound('rollout-kept-reasons', 30);
export const TOLD_TROUBLES = bound('rollout-told-troubles', 3);
