/**
 * A single role over all replicas: one of them leads under a lease, the others wait for it to go. Owns when somebody leads;
 * lease-hold.ts owns the lease, the caller what leading is.
 *
 * 1. Over all replicas at most one leads, as far as clocks can be trusted for the length of a lease; the fence tells what an
 *    earlier leader writes from what a later one does where they cannot.
 * 2. Whoever loses the lease is told by its signal, and stands again only when its work has ended.
 * 3. A store that is away, or work that fails, costs a wait, never the role.
 */
import { asFault, type Bound, backoffMs, bound, type Clock, type Log, type Rng } from '@leasehold/kernel';
import type { LeaseTable } from '@leasehold/store';
import { createPause } from '../resilience/pause.ts';
import { takeLease } from './lease-hold.ts';

export interface RoleOptions {
  readonly leases: LeaseTable;
  readonly name: string;
  /** This replica. */
  readonly holder: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** How long after a crash nobody leads, at most. */
  readonly ttlMs?: Bound;
  /** Leads until the signal is aborted. `fence` grows with every change of leader. */
  lead(fence: number, signal: AbortSignal): Promise<void>;
}

export interface Role {
  leads(): boolean;
  /** Work under way is told to end and waited for, then the lease is given up. */
  close(): Promise<void>;
}

const TTL_MS = bound('role lease ms', 4_000);
/** Standing by asks so often in the length of a lease: a leader that goes is missed no longer than this. */
const LOOKS = 5;
const BACKOFF_BASE_MS = bound('role backoff base ms', 1_000);

export function startRole(options: RoleOptions): Role {
  const { clock, rng, log, name, ttlMs = TTL_MS } = options;
  const closing = new AbortController();
  const pause = createPause(clock);
  let leading = false;
  let failures = 0;

  const turn = async (): Promise<void> => {
    const hold = await takeLease({ ...options, ttlMs: ttlMs.value }, closing.signal);
    if (hold === undefined) return;
    leading = true;
    try {
      await options.lead(hold.fence, AbortSignal.any([hold.lost, closing.signal]));
      failures = 0;
    } finally {
      leading = false;
      await hold.release();
    }
  };
  const loop = (async () => {
    while (!closing.signal.aborted) {
      let waitMs = (ttlMs.value / LOOKS) * (0.8 + 0.4 * rng.next());
      try {
        await turn();
      } catch (error) {
        if (closing.signal.aborted) return;
        const fault = asFault(error);
        failures += 1;
        waitMs = backoffMs(failures, { baseMs: BACKOFF_BASE_MS.value, capMs: ttlMs.value }, rng);
        if (fault.class === 'Bug') log.error('a role failed', { role: name, err: fault });
        else log.debug('a role waits', { role: name, err: fault });
      }
      await pause.wait(waitMs);
    }
  })();
  return {
    leads: () => leading,
    close: async () => {
      closing.abort(new Error(`the role ${name} is closing`));
      pause.wake();
      await loop;
    },
  };
}
