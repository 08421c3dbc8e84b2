/**
 * Which faults strike. Every decision has an id that depends only on who asked for what the how-manieth time, so that one
 * fault can be taken out of a schedule without moving the others about.
 *
 * 1. Decisions for one (process, target, operation) come from a generator of their own.
 * 2. With a mask, only the faults that it names strike; the draws are made all the same.
 * 3. After `heal` nothing strikes any more.
 */
import { hashText, type Rng, seededRng } from '@leasehold/kernel';
import type { CallFaults } from './profile.ts';

export type CallFaultKind =
  | 'refused'
  | 'failed'
  | 'requestLost'
  | 'answerLost'
  | 'late'
  | 'mute'
  | 'throttled'
  | 'slow';

const KINDS: readonly CallFaultKind[] = [
  'refused',
  'failed',
  'requestLost',
  'answerLost',
  'late',
  'mute',
  'throttled',
  'slow',
];

export interface Struck {
  readonly id: string;
  readonly atMs: number;
}

/** One place where faults may strike, with its own numbers. */
export interface FaultPoint {
  readonly rng: Rng;
  /** The fault of this call, if one strikes. */
  call(faults: CallFaults): CallFaultKind | undefined;
  /** Whether a fault with this chance strikes now. */
  strikes(chance: number, kind: string): boolean;
}

export interface FaultPlan {
  point(label: string): FaultPoint;
  /** Whether a planned fault (a kill, an outage) takes place; it counts as struck if so. */
  planned(id: string): boolean;
  heal(): void;
  readonly healed: boolean;
  readonly struck: readonly Struck[];
}

export const streamOf = (seed: number, label: string): Rng =>
  seededRng(Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) ^ hashText(label));

export function createFaultPlan(seed: number, mask: ReadonlySet<string> | undefined, now: () => number): FaultPlan {
  const struck: Struck[] = [];
  let healed = false;
  const allow = (id: string): boolean => {
    if (healed || (mask !== undefined && !mask.has(id))) return false;
    struck.push({ id, atMs: now() });
    return true;
  };
  const point = (label: string): FaultPoint => {
    const rng = streamOf(seed, label);
    let count = 0;
    return {
      rng,
      call: (faults) => {
        count += 1;
        let draw = rng.next();
        for (const kind of KINDS) {
          const chance = faults[kind];
          if (draw < chance) return allow(`${label}#${count}:${kind}`) ? kind : undefined;
          draw -= chance;
        }
        return undefined;
      },
      strikes: (chance, kind) => {
        count += 1;
        return rng.next() < chance && allow(`${label}#${count}:${kind}`);
      },
    };
  };
  return {
    point,
    planned: allow,
    heal: () => {
      healed = true;
    },
    get healed() {
      return healed;
    },
    struck,
  };
}
