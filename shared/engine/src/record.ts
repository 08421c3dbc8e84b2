/**
 * What the ledger knows of one node: the memory between runs, kept by the caller in its own state.
 *
 * R1. `intent` is there from before the first effect until the effect is known to have happened or not. While it is there,
 *     the object is observed again before anything is done.
 * R2. `born` is set when the object was first seen complete: from then on its absence is a loss, not a beginning. It is
 *     taken back once it is to be made anew: the word that its data may go holds until that is done.
 * R3. `settleAtMs` is there when the answer of some call was lost: until then its effect may still come, so that absence
 *     proves nothing. It outlives the intent, because an object that is there now may be made again by a late call.
 * R4. A record changes only by `applyPatch`, so that a patch written late by a fenced-off run is refused in one place.
 */
import type { FaultClass } from '@leasehold/kernel';
import type { Change } from './provider.ts';

export type NodeStatus = 'pending' | 'creating' | 'ready' | 'failed' | 'deleting' | 'deleted' | 'skipped';

export interface Intent {
  readonly action: 'create' | 'update' | 'delete';
  readonly atMs: number;
  readonly fence: number;
  /** No call under this intent is under way any more; what may still come of one is bounded by `settleAtMs`. */
  readonly ended?: true;
}

export interface NodeFailure {
  readonly class: FaultClass;
  readonly code: string;
  readonly message: string;
  readonly away: boolean;
  readonly backend?: string;
  readonly atMs: number;
}

/** A difference that is left as it is: it waits for an operator's word, or another controller undoes its repair. */
export interface LeftChange extends Change {
  readonly why: 'consent' | 'fight';
}

/** How often a difference was repaired, one time soon after the other. */
export interface Repair {
  readonly path: string;
  readonly times: number;
  readonly lastAtMs: number;
}

export interface NodeRecord {
  readonly id: string;
  readonly kind: string;
  readonly part: string;
  readonly name: string;
  readonly status: NodeStatus;
  /** Tries since the present goal was set, whatever came of them. */
  readonly attempts: number;
  /** Tries that the backend answered with a failure: only these are bounded by number. */
  readonly strikes: number;
  /** Tries in a row that failed, looks too, which are no attempts: the wait for the next one grows with them. */
  readonly misses?: number;
  readonly born: boolean;
  readonly lost: boolean;
  /** It knows access, though its spec does not say so. */
  readonly hasAccess?: true;
  /** Digest of the spec that was last seen complete; absent from the moment at which an effect begins. */
  readonly converged?: string;
  readonly intent?: Intent;
  readonly settleAtMs?: number;
  readonly failure?: NodeFailure;
  readonly nextAttemptAtMs?: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly observedAtMs?: number;
  /** What had changed by itself and is being repaired; told once it is known what came of that. */
  readonly drift?: readonly Change[];
  /** What differs and is left so; the node counts as complete all the same. */
  readonly left?: readonly LeftChange[];
  /** Repairs of late, by path (fight.ts). */
  readonly repairs?: readonly Repair[];
  /** What it was to be before, until it is what it is to be now: what is still so is ours to change (consent.ts). */
  readonly former?: readonly unknown[];
  /** What became of it when it was taken down; `left-behind`: an operator ended the removal though it may be there still. */
  readonly fate?: 'deleted' | 'absent' | 'not-ours' | 'left-behind';
  readonly notes?: readonly string[];
}

export type NodePatch = { readonly id: string } & {
  readonly [K in Exclude<keyof NodeRecord, 'id' | 'kind' | 'part' | 'name'>]?: NodeRecord[K] | undefined;
};

export const freshRecord = (node: { id: string; kind: string; part: string; name: string }): NodeRecord => ({
  id: node.id,
  kind: node.kind,
  part: node.part,
  name: node.name,
  status: 'pending',
  attempts: 0,
  strikes: 0,
  born: false,
  lost: false,
});

/**
 * A value with some keys changed, the value itself where none is; a key given as `undefined` is taken out. Nothing is ever
 * deleted from an object: engines keep those as slow dictionaries, and each later copy or text of one pays for it.
 */
export function patched<T extends object>(value: T, patch: { readonly [K in keyof T]?: T[K] | undefined }): T {
  const before = value as Readonly<Record<string, unknown>>;
  const changes = patch as Readonly<Record<string, unknown>>;
  let leaves = false;
  let differs = false;
  for (const key in changes) {
    if (changes[key] === undefined) leaves = true;
    if (changes[key] !== before[key]) differs = true;
  }
  if (!differs) return value;
  const merged = { ...value, ...patch } as Record<string, unknown>;
  if (!leaves) return merged as T;
  const kept: Record<string, unknown> = {};
  for (const key in merged) if (merged[key] !== undefined) kept[key] = merged[key];
  return kept as T;
}

export const applyPatch = (record: NodeRecord, patch: NodePatch): NodeRecord => patched(record, patch);
