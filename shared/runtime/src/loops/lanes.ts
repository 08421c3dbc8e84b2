/**
 * The lanes of a process by name. Owns that there is one of a name, and what closing means to one of those who use it; lane.ts
 * owns the lane.
 *
 * L1. A process has one lane of a name, whoever asks: two would hold one lease together, and let two jobs run at once.
 * L2. Who closes its share has what it waits for refused (`LaneClosed`) and what it runs waited for; the others go on.
 */
import { type Fault, unavailable } from '@leasehold/kernel';
import { joinSignals } from '../resilience/join-signals.ts';
import type { Lane, LaneOptions } from './lane.port.ts';
import { createLane } from './lane.ts';

export interface Lanes {
  /** A share of the lane: to be closed by whoever asked for it. */
  of(name: string): Lane;
  /** All lanes: for the process, after everybody's shares. */
  close(): Promise<void>;
}

export function createLanes(options: Omit<LaneOptions, 'name'>): Lanes {
  const lanes = new Map<string, Lane>();
  return {
    of: (name) => {
      const lane = lanes.get(name) ?? createLane({ ...options, rng: options.rng.fork(`lane ${name}`), name });
      lanes.set(name, lane);
      return shareOf(lane, name);
    },
    close: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

/** L2. */
function shareOf(lane: Lane, name: string): Lane {
  const waiting = new Set<AbortController>();
  const jobs = new Set<Promise<unknown>>();
  let closed: Fault | undefined;
  return {
    run: (fn, signal) => {
      if (closed) return Promise.reject(closed);
      const refusal = new AbortController();
      const either = joinSignals(refusal.signal, signal);
      waiting.add(refusal);
      const job = lane
        .run((fence, held) => {
          waiting.delete(refusal);
          return fn(fence, held);
        }, either.signal)
        .finally(() => {
          waiting.delete(refusal);
          either.forget();
          jobs.delete(job);
        });
      jobs.add(job);
      return job;
    },
    close: async () => {
      closed ??= unavailable(`the lane ${name} is closing`, { code: 'LaneClosed', retryAfterMs: 1_000 });
      for (const refusal of [...waiting]) refusal.abort(closed);
      await Promise.allSettled(jobs);
    },
  };
}
