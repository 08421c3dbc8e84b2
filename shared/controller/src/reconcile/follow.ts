/**
 * How the loops hear what is due: from commits of this process at once, from hints in the store after a crash and for the
 * work of other replicas.
 *
 * F1. What was committed is the work of whoever committed it. The other replicas take it up when its hint is older than
 *     `ownWorkMs`: so nothing is looked at or published twice while all goes well, and nothing waits long when it does not.
 * F2. A hint of a kind, or of an owner, that only another release can read is kept for that one.
 * F3. What another replica is at comes to its turn when its claim lapses, before all that is not begun anywhere.
 * F4. What a pause has put aside is not looked at until the switches change (parking.ts).
 */
import { asFault, type Clock, type Log } from '@leasehold/kernel';
import type { PlatformLoops, WorkQueue } from '@leasehold/runtime';
import type { DueHint, Snapshot } from '@leasehold/store';
import type { OwnedTypes } from '../model/decision.ts';
import type { Claim } from '../model/state.ts';
import { isReadable, readRows, timerOf } from '../rows/owner-rows.ts';
import type { Owners } from '../rows/owners.ts';
import type { WorkDefinition } from './definition.ts';
import type { Parking } from './parking.ts';

export interface FollowParts<T extends OwnedTypes> {
  readonly definition: WorkDefinition<T>;
  readonly queue: Pick<WorkQueue, 'add'>;
  readonly relay: Pick<PlatformLoops['relay'], 'nudge'>;
  readonly owners: Pick<Owners<T>, 'wake'>;
  readonly parking?: Parking;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  /** F1. Nothing where this process is the only one. */
  readonly ownWorkMs: number;
  /** What a commit of this process made of an owner. */
  readonly onCommitted?: (ownerId: string, state: T['state']) => void;
  /** What an owner is, as a commit here or a hint of another replica says. */
  readonly onSeen?: (state: T['state']) => void;
  /** More that is urgent where another replica may be at it: what has to go at once. */
  readonly isPressing?: (state: T['state']) => boolean;
  readonly ownPartitions?: readonly OwnPartition[];
}

/** A partition of the service that is no owner's and has work of its own. */
export interface OwnPartition {
  readonly partition: string;
  followCommit(now: Snapshot): void;
  /** Whether there is something to do still. */
  followHint(now: Snapshot): 'pending' | 'settled';
}

const ownOf = <T extends OwnedTypes>({ ownPartitions }: FollowParts<T>, name: string): OwnPartition | undefined =>
  ownPartitions?.find(({ partition }) => partition === name);

/** Shown to the tick: whether what a hint stands for is still to do, and setting it going. */
export const followHint =
  <T extends OwnedTypes>(parts: FollowParts<T>) =>
  (hint: DueHint, now: Snapshot): 'pending' | 'settled' => {
    const own = ownOf(parts, hint.partition);
    if (own) return own.followHint(now);
    const isLeft = hint.dueAtMs + parts.ownWorkMs <= parts.clock.now();
    switch (hint.kind) {
      case 'outbox':
        return pendingOutput(parts, hint.partition, now, isLeft);
      case 'timer':
        return pendingTimers(parts, hint, now, isLeft);
      default:
        return 'pending';
    }
  };

/** F3. */
function turnOf(holder: string, claim: Claim | undefined, workAtMs: number) {
  const takeover = claim !== undefined && claim.holder !== holder;
  return { takeover, atMs: takeover ? Math.max(workAtMs, claim.untilMs) : workAtMs };
}

/** What a commit of this process makes due here and now. */
export function followCommit<T extends OwnedTypes>(parts: FollowParts<T>, partition: string, now: Snapshot): void {
  const { definition } = parts;
  const own = ownOf(parts, partition);
  if (own) own.followCommit(now);
  const ownerId = definition.names.ownerIdOf(partition);
  if (ownerId === undefined) return;
  const { state } = readRows(definition, ownerId, now);
  parts.onCommitted?.(ownerId, state);
  parts.onSeen?.(state);
  const work = timerOf(now, 'timer/work');
  // A claim means that a run is under way: it will say itself when to come again.
  if (work !== undefined && !state.claim)
    parts.queue.add(ownerId, { atMs: work, urgent: definition.isUrgent(state), low: definition.isLow(state) });
}

function pendingOutput(
  { relay }: Pick<FollowParts<OwnedTypes>, 'relay'>,
  partition: string,
  now: Snapshot,
  isLeft: boolean,
): 'pending' | 'settled' {
  for (const key of now.rows.keys())
    if (key.startsWith('outbox/')) {
      if (isLeft) relay.nudge(partition);
      return 'pending';
    }
  return 'settled';
}

function pendingTimers<T extends OwnedTypes>(
  parts: FollowParts<T>,
  hint: DueHint,
  now: Snapshot,
  isLeft: boolean,
): 'pending' | 'settled' {
  const { clock, log, definition, holder, parking } = parts;
  const ownerId = definition.names.ownerIdOf(hint.partition);
  if (ownerId === undefined) return 'settled';
  if (!isReadable(definition, now)) return 'pending';
  const { state } = readRows(definition, ownerId, now);
  parts.onSeen?.(state);
  const nowMs = clock.now();
  const work = timerOf(now, 'timer/work');
  const wake = timerOf(now, 'timer/wake');
  if (work !== undefined && work <= nowMs) {
    const isParked = parking?.isHalted() === true && parking.park(ownerId);
    if (isLeft && !isParked)
      parts.queue.add(ownerId, {
        ...turnOf(holder, state.claim, work),
        urgent: parts.isPressing?.(state) ?? false,
        low: definition.isLow(state),
      });
    // What time alone changes is looked at all the same: a grace ends whatever is paused.
    if (wake === undefined || wake > nowMs) parking?.putAside(hint);
  }
  if (wake !== undefined && wake <= nowMs)
    parts.owners
      .wake(ownerId)
      .catch((error: unknown) =>
        log.warn('a timer could not be handled yet', { ...definition.names.about(ownerId), error: asFault(error) }),
      );
  // The hint stands for the timer that had its due time. While any timer is due by then it is kept, though the clock may have
  // stepped back since the hint was found: nothing would write it again.
  const untilMs = Math.max(nowMs, hint.dueAtMs);
  return [work, wake].some((dueAtMs) => dueAtMs !== undefined && dueAtMs <= untilMs) ? 'pending' : 'settled';
}
