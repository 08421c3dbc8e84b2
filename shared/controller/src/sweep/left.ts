/**
 * Owners that have something due while no timer in the store says so: a replica that had no backend for it skipped it or gave it
 * up, a replica of another release forgot its time, or one that died left its claim. Taken up by the ordinary run, after all that is new.
 */
import type { OwnedTypes } from '../model/decision.ts';
import type { ReadRows } from '../rows/owners.ts';
import type { SweepParts } from './parts.ts';

/** @returns whether it was: what every replica finds by its timer is not. */
export function takeUpLeft<T extends OwnedTypes>(
  { clock, context, queue, log, work, names }: SweepParts<T>,
  ownerId: string,
  { state, workTimerMs }: Pick<ReadRows<T>, 'state' | 'workTimerMs'>,
): boolean {
  const nowMs = clock.now();
  const dueAtMs = work.workDueAtMs(state, context());
  const isPast = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs;
  // With nothing due, who held it died, or could not record its end: no timer tells of that either.
  const isLeft = dueAtMs === undefined ? isPast(state.claim?.untilMs) : isPast(dueAtMs) && !isPast(workTimerMs);
  if (!isLeft) return false;
  log.info('what was left undone is taken up', names.about(ownerId));
  queue.add(ownerId, { low: true });
  return true;
}
