/**
 * A run of one tenant, and what it needs beside what its test is about: nothing is paused, frozen or full, every call goes through, and
 * time passes only where the test lets it. Used by tests alone.
 */
import { type RunDeps, runOwner } from '@leasehold/controller';
import { RUN_BOUNDS } from '@leasehold/engine';
import { type Clock, seededRng, silentLog } from '@leasehold/kernel';
import type { TenantTypes } from '../domain/types.ts';
import { beforeRunOf } from './beside.ts';
import { TENANT, type Tenants } from './tenants.ts';

export interface RunTenantDeps extends Omit<RunDeps<TenantTypes>, 'definition' | 'owners' | 'beforeRun'> {
  readonly tenants: Tenants;
  /** Before anything of a tenant is taken down: its consumers here are closed. */
  readonly beforeRemoval: (tenantId: string) => Promise<void>;
}

/** @returns when to come again; `undefined` if nothing is left to do until something changes. */
export const runTenant = (deps: RunTenantDeps, tenantId: string, signal: AbortSignal): Promise<number | undefined> =>
  runOwner<TenantTypes>(
    { ...deps, definition: TENANT, owners: deps.tenants, beforeRun: beforeRunOf(deps.beforeRemoval) },
    tenantId,
    signal,
  );

export type RunGiven = Pick<RunTenantDeps, 'ledger' | 'tenants' | 'context' | 'providers' | 'clock'>;

export const runDeps = (given: RunGiven, over: Partial<RunTenantDeps> = {}): RunTenantDeps => ({
  callFor: (fence) => (_provider, _verb, run, within) =>
    run({ signal: within, clock: given.clock, log: silentLog, fence }),
  paused: () => false,
  frozen: () => false,
  ceiling: () => undefined,
  holder: 'r1',
  rng: seededRng(1),
  log: silentLog,
  runBounds: RUN_BOUNDS,
  frozenRecheckMs: 2_000,
  ending: () => false,
  beforeRemoval: async () => undefined,
  ...given,
  ...over,
});

/** Who sleeps by it sleeps until told to end. */
export const standingClock = (now: () => number): Clock => ({
  now,
  sleep: (_ms, end) =>
    new Promise((_, reject) => end?.addEventListener('abort', () => reject(end.reason), { once: true })),
});
