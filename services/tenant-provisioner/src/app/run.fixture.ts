/**
 * What a run of one tenant needs beside what its test is about: nothing is paused, frozen or full, every call goes through, and time
 * passes only where the test lets it. Used by tests alone.
 */
import { RUN_BOUNDS } from '@leasehold/engine';
import { type Clock, seededRng, silentLog } from '@leasehold/kernel';
import type { RunTenantDeps } from './run-tenant.ts';

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
