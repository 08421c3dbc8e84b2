/**
 * Whose an object is, told from the mark that it carries, and the refusals that follow. Where a mark is kept (a comment, a
 * tag, a property) is each kind's own affair.
 *
 * 1. A mark names the tenant and its generation. Another tenant's mark makes an object `foreign`.
 * 2. An object of a newer generation than the caller's is never touched: the caller is late.
 * 3. An object of an older generation of the same tenant is ours; a plan brings its mark up to date.
 */
import type { Change, Mark, Ref, SeenBase } from '@leasehold/engine';
import { conflict, type Fault } from '@leasehold/kernel';

export interface Owner {
  readonly tenantId: string;
  readonly generation: number;
}

/** @param named the tenant that an object names without carrying a whole mark: another's name makes it another's. */
export function markOf(owner: Owner | undefined, ref: Ref, named?: string): Mark {
  if (owner !== undefined) return owner.tenantId === ref.tenantId ? 'ours' : 'foreign';
  return named === undefined || named === ref.tenantId ? 'none' : 'foreign';
}

/** @param holder what of others has the name or stands in the way, where the resource's own name does not tell */
export const nameTaken = (ref: Ref, backend: string, holder?: string): Fault => {
  const what = holder === undefined ? 'exists and is' : `cannot be: ${holder} stands in its way, and is`;
  return conflict(`${ref.kind} ${ref.name} ${what} not this tenant's`, { code: 'NameTaken', backend });
};

/** Somebody made it between our look and our first step: look again. */
export const appeared = (ref: Ref, backend: string, cause?: unknown): Fault =>
  conflict(`${ref.kind} ${ref.name} appeared meanwhile`, { code: 'AppearedMeanwhile', backend, cause });

/** It went between our look and our first step: look again. */
export const vanished = (ref: Ref, backend: string): Fault =>
  conflict(`${ref.kind} ${ref.name} has gone meanwhile`, { code: 'GoneMeanwhile', backend });

/** Refuses what may not be changed. @throws Conflict `NameTaken`, `NewerGeneration`. */
export function mayChange(ref: Ref, seen: SeenBase, backend: string): void {
  if (seen.mark === 'none' || seen.mark === 'foreign') throw nameTaken(ref, backend, seen.inTheWay?.join(', '));
  mustBeCurrent(ref, seen, backend);
}

/**
 * Whether a delete should go on: not ours means that nothing of ours is there, which is success.
 * @throws Conflict `HalfMade`: an unmarked beginning of ours, perhaps; adopt it with `ensure` first where the ledger
 * holds our intent. Conflict `NewerGeneration`.
 */
export function mayDelete(ref: Ref, seen: SeenBase, backend: string): boolean {
  if (seen.mark === 'half-made') {
    throw conflict(`${ref.kind} ${ref.name} is half made and carries no mark`, { code: 'HalfMade', backend });
  }
  if (seen.mark !== 'ours') return false;
  mustBeCurrent(ref, seen, backend);
  return true;
}

/**
 * Whether there is something to mark, on an operator's word; ours already needs none.
 * @throws Conflict `NameTaken` for another tenant's, `NewerGeneration`.
 */
export function mayAdopt(ref: Ref, seen: SeenBase, backend: string): boolean {
  if (seen.mark === 'foreign') throw nameTaken(ref, backend);
  if (seen.mark !== 'ours') return true;
  mustBeCurrent(ref, seen, backend);
  return false;
}

function mustBeCurrent(ref: Ref, seen: SeenBase, backend: string): void {
  if (seen.generation !== undefined && seen.generation > ref.generation) {
    const text = `${ref.kind} ${ref.name} is of generation ${seen.generation}, newer than ${ref.generation}`;
    throw conflict(text, { code: 'NewerGeneration', backend });
  }
}

/** The changes of a plan where the whole object is to be made, or cannot be because it is not ours. */
export const wholeChange = (from: unknown, to: unknown, weight: Change['weight']): readonly Change[] => [
  { path: '', from, to, weight },
];

export const markChanges = (ref: Ref, seen: SeenBase): readonly Change[] =>
  seen.mark === 'ours' && seen.generation === ref.generation
    ? []
    : [{ path: '/generation', from: seen.generation ?? null, to: ref.generation, weight: 'settings' }];
