/**
 * What befalls the processes and backends of a schedule as a whole: kills with restarts, pauses, outages, wrong clocks. Drawn from the seed
 * before anything runs; each is numbered and can be masked like any other fault.
 */
import type { Rng } from '@leasehold/kernel';
import type { OutageManner, Profile } from '@leasehold/testing/world';
import { BACKENDS } from './tiers.ts';

export type Disaster = { readonly id: string; readonly atMs: number } & (
  | {
      readonly kind: 'kill';
      readonly replica: number;
      /** After so many of its calls from then on; absent: at that time. */
      readonly atCall?: { readonly count: number; readonly side: 'before' | 'after' };
      /** Right after so many of its requests that may change something. */
      readonly atEffect?: number;
      readonly downMs: number;
    }
  | { readonly kind: 'pause'; readonly replica: number; readonly forMs: number }
  /** The replica's machine sets its clock: so far ahead of true time from then on, also for a successor. */
  | { readonly kind: 'clock'; readonly replica: number; readonly skewMs: number }
  | { readonly kind: 'outage'; readonly target: string; readonly manner: OutageManner; readonly forMs: number }
);

const DOWN_MS = 9_000;
/** Shorter than what is allowed for late effects: a process that sleeps longer cannot be told from one with a bad clock. */
const PAUSE_MS = 9_000;
const OUTAGE_MS = 20_000;
const CALLS = 250;
const EFFECTS = 12;
/** About as long as a lease, or a claim. */
const GAP_MS = 7_000;
/** Two clocks differ by less than the margin of a claim (K2): beyond it nothing is promised. */
const SKEW_MS = 480;
/** The share of schedules in which clocks go wrong, whatever the profile. */
const SKEWED = 0.3;

export function drawDisasters(
  rng: Rng,
  profile: Profile,
  replicas: number,
  exclusive: boolean,
  lastMs: number,
): readonly Disaster[] {
  const windowMs = lastMs + 8_000;
  const many = (kind: string, most: number, draw: (id: string, atMs: number) => Disaster): Disaster[] =>
    Array.from({ length: most === 0 ? 0 : rng.int(most + 1) }, (_, index) =>
      draw(`${kind}#${index}`, rng.int(windowMs)),
    );
  const clocks = rng.chance(SKEWED) ? 3 : 0;
  return [
    ...many('clock', clocks, (id, atMs) => ({
      id,
      // Half of them are wrong from the beginning.
      atMs: rng.chance(0.5) ? 0 : atMs,
      kind: 'clock',
      replica: rng.int(replicas),
      skewMs: rng.int(2 * SKEW_MS + 1) - SKEW_MS,
    })),
    ...many('kill', profile.kills, (id, atMs) => ({
      id,
      atMs,
      kind: 'kill',
      replica: rng.int(replicas),
      downMs: 50 + rng.int(DOWN_MS),
      ...(rng.chance(0.7)
        ? { atCall: { count: 1 + rng.int(CALLS), side: rng.pick(['before', 'after'] as const) } }
        : {}),
    })),
    // Two processes on an exclusive store cannot be, so a paused one has no successor there.
    ...many('pause', exclusive ? 0 : profile.pauses, (id, atMs) => ({
      id,
      atMs,
      kind: 'pause',
      replica: rng.int(replicas),
      forMs: 500 + rng.int(PAUSE_MS - 500),
    })),
    ...many('outage', profile.outages, (id, atMs) => {
      const target = rng.pick([...BACKENDS, ...BACKENDS, 'store', 'bus']);
      const drawn = rng.pick(['refusing', 'mute', 'denying'] as const);
      // Store and bus are no backends: what refuses everything there is away.
      const manner = drawn === 'denying' && !BACKENDS.some((name) => name === target) ? 'refusing' : drawn;
      return { id, atMs, kind: 'outage', target, manner, forMs: 500 + rng.int(OUTAGE_MS) };
    }),
    ...many('effect-kill', profile.killsAtEffects, (id, atMs) => ({
      id,
      atMs,
      kind: 'kill',
      replica: rng.int(replicas),
      downMs: 50 + rng.int(DOWN_MS),
      atEffect: 1 + rng.int(EFFECTS),
    })),
    ...many('gap', profile.storeGaps, (id, atMs) => ({
      id,
      atMs,
      kind: 'outage',
      target: 'store',
      manner: rng.pick(['refusing', 'mute'] as const),
      forMs: 1_000 + rng.int(GAP_MS),
    })),
  ];
}
