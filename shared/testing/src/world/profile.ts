/**
 * How unkind a world is: chances of each fault for each of the three things that a process talks to, and of crashes. Data
 * only; world, store, bus and backends draw from it.
 */
export type ProfileName =
  | 'calm'
  | 'lossy'
  | 'slow'
  | 'outage'
  | 'crashy'
  | 'eventual'
  | 'everything'
  /** One seam: leases and claims run out while calls are under way. */
  | 'lapses'
  /** One seam: a process dies between an effect and its record, and the effect may come late. */
  | 'takeover'
  /** One seam: what is wanted changes while backends are slow to do what was wanted before. */
  | 'flux';

/** Chances are of one call. At most one fault befalls a call. */
export interface CallFaults {
  /** One way, fastest and slowest in whole milliseconds. */
  readonly latencyMs: readonly [number, number];
  /** The request is refused: nothing happened, and the caller is told so. */
  readonly refused: number;
  /** The backend answers with a failure of its own; nothing happened. */
  readonly failed: number;
  /** The request is lost: nothing happens, and the caller learns nothing before its time is up. */
  readonly requestLost: number;
  /** It happens, and the answer is lost. */
  readonly answerLost: number;
  /** It happens after the caller has given up. */
  readonly late: number;
  /** As a lost request or a lost answer, but the caller is never told at all: only its own time limit helps it. */
  readonly mute: number;
  /** The backend asks to be left alone for a while; nothing happened. */
  readonly throttled: number;
  /** It takes up to `slowMs` one way. */
  readonly slow: number;
  readonly slowMs: number;
}

export interface Profile {
  readonly name: ProfileName;
  readonly store: CallFaults;
  readonly bus: CallFaults;
  readonly backend: CallFaults;
  /** Chance that an unknown outcome of a commit cannot be resolved by reading back at once. */
  readonly unresolved: number;
  /** Chance for each delivered message that its consumer's connection is lost then. */
  readonly reconnect: number;
  /** Chance that an ack is told and forgotten. */
  readonly ackForgotten: number;
  /** Slowest delivery of a message, so that keys overtake each other. */
  readonly deliveryMs: number;
  /** Chance that a change is not seen by the next observations, for at most `staleMs`. */
  readonly stale: number;
  readonly staleMs: number;
  /** Most kills, pauses and outages in one schedule. */
  readonly kills: number;
  readonly pauses: number;
  readonly outages: number;
  /** Most kills right after a request that may change something was sent. */
  readonly killsAtEffects: number;
  /** Most short outages of the store alone: about as long as a lease. */
  readonly storeGaps: number;
  /** Events and calls come close upon each other. */
  readonly hurried: boolean;
}

const QUIET: CallFaults = {
  latencyMs: [1, 4],
  refused: 0,
  failed: 0,
  requestLost: 0,
  answerLost: 0,
  late: 0,
  mute: 0,
  throttled: 0,
  slow: 0,
  slowMs: 1_500,
};

const CALM: Profile = {
  name: 'calm',
  store: QUIET,
  bus: QUIET,
  backend: { ...QUIET, latencyMs: [2, 30] },
  unresolved: 0,
  reconnect: 0,
  ackForgotten: 0,
  deliveryMs: 5,
  stale: 0,
  staleMs: 2_000,
  kills: 0,
  pauses: 0,
  outages: 0,
  killsAtEffects: 0,
  storeGaps: 0,
  hurried: false,
};

const LOSSY: Partial<CallFaults> = { refused: 0.03, requestLost: 0.01, answerLost: 0.02 };
const SOME: Partial<CallFaults> = { refused: 0.015, requestLost: 0.005, answerLost: 0.01, late: 0.005, slow: 0.02 };

const withFaults = (profile: Profile, faults: Partial<CallFaults>, backend: Partial<CallFaults> = {}): Profile => ({
  ...profile,
  store: { ...profile.store, ...faults },
  bus: { ...profile.bus, ...faults },
  backend: { ...profile.backend, ...faults, ...backend },
});

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  calm: CALM,
  lossy: {
    ...withFaults(CALM, LOSSY, { failed: 0.03, mute: 0.005, throttled: 0.02 }),
    name: 'lossy',
    unresolved: 0.3,
    reconnect: 0.02,
    ackForgotten: 0.02,
    deliveryMs: 50,
  },
  slow: {
    ...withFaults(CALM, { slow: 0.1, late: 0.015 }, { mute: 0.01, late: 0.07 }),
    name: 'slow',
    unresolved: 0.5,
    deliveryMs: 1_000,
  },
  outage: { ...withFaults(CALM, { refused: 0.005 }), name: 'outage', deliveryMs: 20, outages: 3 },
  crashy: { ...CALM, name: 'crashy', deliveryMs: 50, kills: 4, pauses: 2 },
  eventual: {
    ...withFaults(CALM, {}, { answerLost: 0.01, late: 0.01 }),
    name: 'eventual',
    stale: 0.5,
    reconnect: 0.05,
    ackForgotten: 0.05,
    deliveryMs: 500,
    kills: 1,
  },
  everything: {
    ...withFaults(CALM, SOME, { failed: 0.01, mute: 0.003, throttled: 0.01 }),
    name: 'everything',
    unresolved: 0.3,
    reconnect: 0.02,
    ackForgotten: 0.02,
    deliveryMs: 200,
    stale: 0.15,
    kills: 3,
    pauses: 2,
    outages: 2,
  },
  lapses: {
    ...withFaults(CALM, { slow: 0.05, late: 0.02, slowMs: 3_000 }, { slow: 0.5, late: 0.02, slowMs: 3_500 }),
    name: 'lapses',
    deliveryMs: 200,
    pauses: 1,
    storeGaps: 4,
  },
  takeover: {
    ...withFaults(CALM, {}, { late: 0.25, answerLost: 0.05, slow: 0.1, slowMs: 3_500 }),
    name: 'takeover',
    deliveryMs: 50,
    killsAtEffects: 4,
  },
  flux: {
    ...withFaults(CALM, { slow: 0.05 }, { slow: 0.4, throttled: 0.05 }),
    name: 'flux',
    deliveryMs: 400,
    hurried: true,
  },
};

export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

export const isProfileName = (text: string): text is ProfileName => Object.hasOwn(PROFILES, text);
