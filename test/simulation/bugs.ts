/**
 * Planted bugs: mistakes made on purpose, to show that the simulation finds them. Coarse ones wrap what a replica is handed, fine ones
 * are in the text of one file as a thread loads it. Product code has no switch for any of them.
 */
import type { ProfileName } from '@leasehold/testing/world';
import { IN_THE_SOURCES } from './bugs/in-the-sources.ts';
import {
  brakeForgotten,
  claimNotSeen,
  generationNotBumped,
  heldReleased,
  hintsDropped,
  inboxNotRead,
  intentAfterEffect,
  lostUpdate,
} from './bugs/in-the-store.ts';
import {
  adoptForeign,
  deletionAssumed,
  failureAsAbsence,
  lateEffectIgnored,
  lossForgotten,
  unknownAsFailure,
} from './bugs/on-backends.ts';
import { ackBeforeCommit, deadLetterLost, publishBeforeCommit, publishNotAwaited } from './bugs/on-the-bus.ts';
import type { Sabotage } from './replica.ts';
import type { Spoil } from './spoil.ts';
import type { Strait } from './tiers.ts';

export interface Bug {
  /** What is wrong, in one sentence. */
  readonly what: string;
  /** Any of these shows it. */
  readonly finds: readonly string[];
  /** Where it shows most; absent: drawn from the seed. */
  readonly profile?: ProfileName;
  /** It needs two replicas to show. */
  readonly pair?: boolean;
  /** It needs backends that bear little. */
  readonly straits?: Strait;
  /** It needs more deletions than the brake allows. */
  readonly crowd?: boolean;
  /** It needs a second service in the house. */
  readonly filing?: boolean;
  readonly sabotage?: () => Sabotage;
  readonly spoil?: Spoil;
}

export type BugName = keyof typeof BUGS;

export const BUGS = {
  'hints-dropped': {
    what: 'commits write no hints, so a crash loses what was still to be done',
    finds: ['I7'],
    profile: 'crashy',
    sabotage: () => ({ store: hintsDropped }),
  },
  'inbox-not-read': {
    what: 'whether an event was decided before is not looked up',
    finds: ['I3', 'collision'],
    sabotage: () => ({ store: inboxNotRead }),
  },
  'lost-update': {
    what: 'a commit against an older version is written all the same',
    finds: ['I3', 'I6', 'collision'],
    pair: true,
    sabotage: () => ({ store: lostUpdate }),
  },
  'intent-after-effect': {
    what: 'intents are committed in the background while their effects begin',
    finds: ['claim', 'settled', 'I8', 'I7', 'collision'],
    sabotage: () => ({ store: intentAfterEffect }),
  },
  'generation-not-bumped': {
    what: 'a tenant that comes back keeps the generation that was deleted',
    finds: ['collision'],
    sabotage: () => ({ store: generationNotBumped }),
  },
  'ack-before-commit': {
    what: 'messages are acked when they are received',
    finds: ['I7'],
    profile: 'crashy',
    sabotage: () => ({ bus: ackBeforeCommit }),
  },
  'publish-before-commit': {
    what: 'events are published before the change that they tell is committed',
    finds: ['I3'],
    sabotage: () => ({ store: publishBeforeCommit }),
  },
  'publish-not-awaited': {
    what: 'events count as published before the bus has confirmed them',
    finds: ['I7'],
    profile: 'lossy',
    sabotage: () => ({ bus: publishNotAwaited }),
  },
  'dead-letter-lost': {
    what: 'dead letters are dropped',
    finds: ['I7'],
    sabotage: () => ({ bus: deadLetterLost }),
  },
  'deletion-assumed': {
    what: 'a deletion whose answer was lost counts as done',
    finds: ['I8'],
    profile: 'lossy',
    sabotage: () => ({ provider: deletionAssumed }),
  },
  'unknown-as-failure': {
    what: 'a lost answer is taken for a failure without effect',
    finds: ['settled', 'I8', 'I6', 'I2'],
    profile: 'slow',
    sabotage: () => ({ provider: unknownAsFailure }),
  },
  'late-effect-ignored': {
    what: 'nobody waits for effects that may still come',
    finds: ['settled', 'I8', 'I6', 'I2'],
    profile: 'slow',
    sabotage: () => ({ deps: lateEffectIgnored }),
  },
  'adopt-foreign': {
    what: 'what exists under the name is taken for ours',
    finds: ['I1'],
    sabotage: () => ({ provider: adoptForeign }),
  },
  'failure-as-absence': {
    what: 'a look that failed counts as nothing there',
    finds: ['I8', 'I2', 'I7'],
    profile: 'outage',
    sabotage: () => ({ provider: failureAsAbsence }),
  },
  'loss-forgotten': {
    what: 'what held data and is gone is made anew, empty, in silence',
    finds: ['loss'],
    sabotage: () => ({ provider: lossForgotten }),
  },
  'claim-not-seen': {
    what: 'who works on a tenant is not looked at',
    finds: ['I6', 'I8'],
    pair: true,
    sabotage: () => ({ store: claimNotSeen }),
  },
  'brake-forgotten': {
    what: 'deletions by event are not counted',
    finds: ['brake'],
    crowd: true,
    sabotage: () => ({ store: brakeForgotten }),
  },
  'held-released': {
    what: 'what the brake holds goes on although nobody has opened it',
    finds: ['brake'],
    crowd: true,
    pair: true,
    sabotage: () => ({ store: heldReleased }),
  },
  ...IN_THE_SOURCES,
} as const satisfies Record<string, Bug>;

export const BUG_NAMES = Object.keys(BUGS) as readonly BugName[];

export const isBugName = (text: string): text is BugName => Object.hasOwn(BUGS, text);
