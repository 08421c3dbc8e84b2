/**
 * One hold of a lease: taken, kept by renewals while it is used, given up or lost. Owns the holder's view of time; lane.ts
 * owns who uses the hold.
 *
 * 1. By this process's clock the hold ends before the lease does: it counts from before the call that took or renewed it,
 *    with a margin for clocks that run apart.
 * 2. A renewal that fails or hangs is tried again until the hold ends; then the hold is lost, and never comes back.
 */
import { type Clock, type Log, unavailable } from '@leasehold/kernel';
import type { Lease, LeaseTable } from '@leasehold/store';
import { callWithin } from '../resilience/deadline.ts';
import { createPause } from '../resilience/pause.ts';

export interface LeaseHold {
  readonly fence: number;
  /** Aborted with `LeaseLost` when the hold is lost. */
  readonly lost: AbortSignal;
  isValid(): boolean;
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly leases: LeaseTable;
  readonly name: string;
  readonly holder: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The share of its time that a holder trusts. */
const TRUSTED = 0.9;
const RENEW = 1 / 3;
const RETRY = 1 / 12;

/** Undefined: another holder has it. Errors: `Unavailable` when the store is away. */
export async function takeLease(request: LeaseRequest, signal: AbortSignal): Promise<LeaseHold | undefined> {
  const fromMs = request.clock.now();
  const lease = await acquire(request, request.ttlMs, signal);
  if (lease === undefined) return undefined;
  return holdLease(request, lease, fromMs + request.ttlMs * TRUSTED);
}

function acquire(request: LeaseRequest, timeoutMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
  const { leases, name, holder, ttlMs, clock } = request;
  const onTime = () => unavailable('the store did not answer about a lease', { code: 'StoreUnavailable', away: true });
  return callWithin({ clock, timeoutMs, onTime }, (inner) => leases.acquire(name, holder, ttlMs, inner), signal);
}

function holdLease(request: LeaseRequest, lease: Lease, firstEndMs: number): LeaseHold {
  const { clock, log, name, ttlMs } = request;
  const lost = new AbortController();
  const pause = createPause(clock);
  let endMs = firstEndMs;
  let latest = lease;
  let released = false;
  const lose = (why: string): void => {
    log.warn('lease lost', { lease: name, fence: lease.generation, reason: why });
    lost.abort(unavailable(`the lease ${name} was lost`, { code: 'LeaseLost', unknownOutcome: true }));
  };
  /** Milliseconds until the next renewal. */
  const renew = async (): Promise<number> => {
    const fromMs = clock.now();
    try {
      const again = await acquire(request, Math.max(1, endMs - fromMs));
      const isOurs = again?.generation === lease.generation;
      if (isOurs) latest = again;
      if (released) return 0;
      if (isOurs) {
        endMs = fromMs + ttlMs * TRUSTED;
        return ttlMs * RENEW;
      }
      lose('another holder has it');
    } catch (error) {
      log.debug('lease was not renewed', { lease: name, err: error });
    }
    return Math.min(ttlMs * RETRY, Math.max(0, endMs - clock.now()));
  };
  const keep = (async () => {
    let waitMs = ttlMs * RENEW;
    while (!released && !lost.signal.aborted) {
      await pause.wait(waitMs);
      if (released) return;
      if (clock.now() >= endMs) return lose('it could not be renewed in time');
      waitMs = await renew();
    }
  })();
  return {
    fence: lease.generation,
    lost: lost.signal,
    isValid: () => !released && !lost.signal.aborted && clock.now() < endMs,
    release: async () => {
      released = true;
      pause.wake();
      await keep;
      if (lost.signal.aborted) return;
      await callWithin(
        { clock, timeoutMs: ttlMs, onTime: () => unavailable('not released in time', { code: 'StoreUnavailable' }) },
        (signal) => request.leases.release(latest, signal),
      ).catch((error) => log.debug('lease was not released, it runs out', { lease: name, err: error }));
    },
  };
}
