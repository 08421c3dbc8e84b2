/**
 * Tenants that have something due while no timer in the store says so: a replica that had no backend for it skipped it or gave it
 * up, a replica of another release forgot its time, or one that died left its claim. Taken up by the ordinary run, after all that is new.
 */
import { workDueAtMs } from '../../domain/goal.ts';
import type { Tenants } from '../tenants.ts';
import type { SweepParts } from './parts.ts';

type Found = NonNullable<Awaited<ReturnType<Tenants['find']>>>;

/** @returns whether it was: what every replica finds by its timer is not. */
export function takeUpLeft(
  { clock, context, queue, log }: Pick<SweepParts, 'clock' | 'context' | 'queue' | 'log'>,
  { state, workTimerMs }: Found,
): boolean {
  const nowMs = clock.now();
  const dueAtMs = workDueAtMs(state, context().kinds);
  const isPast = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs;
  // With nothing due, who held it died, or could not record its end: no timer tells of that either.
  const isLeft = dueAtMs === undefined ? isPast(state.claim?.untilMs) : isPast(dueAtMs) && !isPast(workTimerMs);
  if (!isLeft) return false;
  log.info('what was left undone is taken up', { tenant_id: state.tenantId });
  queue.add(state.tenantId, { low: true });
  return true;
}
