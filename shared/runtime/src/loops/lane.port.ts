/**
 * What a lane over all replicas looks like to its callers. Owns types only; lane.ts runs it.
 *
 * N1. Over all replicas, one job of a lane runs at a time, as far as clocks can be trusted for the length of a lease; the
 *     fence tells the writes of an earlier holder from those of a later one where they cannot.
 * N2. In one process jobs run in the order in which they were asked for.
 * N3. A holder that loses its lease, or cannot renew it before it ends, has its job aborted (`LeaseLost`).
 * N4. A busy process lets go after a bounded number of jobs, so that other replicas get their turn.
 */
import type { Bound, Clock, Log, Rng } from '@leasehold/kernel';
import type { LeaseTable } from '@leasehold/store';

export interface LaneBounds {
  readonly ttlMs: Bound;
  /** Jobs that wait in this process. */
  readonly queue: Bound;
  /** Jobs done under one hold of the lease. */
  readonly turns: Bound;
  readonly backoffBaseMs: Bound;
  readonly backoffCapMs: Bound;
}

export interface LaneOptions {
  readonly leases: LeaseTable;
  readonly name: string;
  /** This replica. */
  readonly holder: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly bounds?: Partial<LaneBounds>;
}

export interface Lane {
  /**
   * Runs a job while holding the lane. `fence` is the lease's generation; `signal` is aborted when the lease is lost or the
   * caller's signal is. Errors: those of `fn`; `Unavailable` with code `LaneBusy` (queue full), `LeaseLost` (the outcome of
   * the job is unknown) or `LaneClosed`.
   */
  run<T>(fn: (fence: number, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Waiting jobs are refused, the one under way is waited for, the lease is given up. */
  close(): Promise<void>;
}
