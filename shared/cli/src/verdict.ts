/**
 * Whether a wait is over, and how: a pure function of the status and of what is waited for.
 *
 * 1. Only a settled status ends a wait well: while an operation runs, the word may still be the one from before it.
 * 2. A wait for completion ends badly at once when something else took the tenant away.
 * 3. Whoever waits for whatever the end is, is done where nothing comes by itself: a tenant in its grace.
 */
import type { StatusSeen } from './wire.ts';

/** `graced`: suspended for a grace that is longer than the wait. `settled`: whatever the end is. */
export type Goal = 'completed' | 'suspended' | 'graced' | 'deleted' | 'settled';

export type Verdict =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'reached' }
  | { readonly kind: 'missed'; readonly message: string };

const WAITING: Verdict = { kind: 'waiting' };
const REACHED: Verdict = { kind: 'reached' };
const LEAVING: readonly string[] = ['suspended', 'deleting', 'deleted'];

/** Nothing is under way any more. */
const isSettled = (seen: StatusSeen): boolean =>
  seen.operationId === undefined || seen.durationMs !== undefined || seen.status === 'deleted';

export interface VerdictFacts {
  /** The operation that was begun, where one was. */
  readonly operationId?: string | undefined;
  /** The server says that nothing comes after this status by itself. */
  readonly over?: boolean;
}

export function verdictOn(seen: StatusSeen, goal: Goal, { operationId, over = false }: VerdictFacts = {}): Verdict {
  const settled = isSettled(seen) || (over && goal === 'settled');
  const missed = (): Verdict => ({ kind: 'missed', message: whyMissed(seen) });
  if (goal === 'graced' && seen.status === 'suspended') return REACHED;
  const other = operationId !== undefined && seen.operationId !== undefined && seen.operationId !== operationId;
  if (goal === 'completed' && other && LEAVING.includes(seen.status)) return missed();
  if (!settled) return WAITING;
  if (goal === 'settled') return ['failed', 'degraded'].includes(seen.status) ? missed() : REACHED;
  if (seen.status === goal) return REACHED;
  // Between two operations the tenant can look settled for a moment.
  if (['pending', 'provisioning', 'deleting'].includes(seen.status)) return WAITING;
  if (goal === 'deleted' && seen.status === 'suspended') return WAITING;
  return missed();
}

/** The sentence about a tenant that did not come where it should. */
function whyMissed(seen: StatusSeen): string {
  const failed = seen.resources.filter(({ status }) => status === 'failed');
  const reasons = [
    ...failed.map(({ kind, name, message }) => `${kind} ${name}${message === undefined ? '' : `: ${message}`}`),
    ...seen.conditions.filter(({ type, holds }) => holds && type !== 'Ready').map(({ message }) => message),
  ];
  const unready = seen.conditions.find(({ type, holds }) => type === 'Ready' && !holds)?.message;
  const why = reasons.length > 0 ? reasons.join('; ') : unready;
  return `${seen.tenantId} is ${seen.status}${why === undefined || why === seen.status ? '' : `: ${why}`}`;
}
