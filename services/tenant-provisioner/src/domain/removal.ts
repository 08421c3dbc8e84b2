/**
 * A tenant leaves: asked for by event or by REST, held by the brake, waited out, taken back, begun, ended.
 *
 * R1. An event never overrides protection; an operator's force does, and even then the grace holds. Protection that is set
 *     during the grace holds too, also against an earlier force: the latest word counts, and the grace's end waits for the next.
 * R2. A deletion by event that was said before the present generation was created speaks of an earlier one: it is dropped.
 * R3. Every deletion that is not refused leaves a tombstone at the time of its latest word: of an unknown tenant, of an
 *     earlier generation, and asked again.
 * R4. What the brake holds is as if it had not been asked, but for creations said later: those wait for what becomes of it.
 *     It goes on after an opening of the brake that came later, and ends by a restore or by an operator's own deletion.
 * R5. What was made for the tenant and cannot be taken down stays in sight (`LeftBehind`) and is tried again, and the tenant is
 *     not gone, until an operator says with force that it is left behind. That is named then wherever the end is told.
 */

import { PUBLISHED_TOPICS } from '@leasehold/contracts';
import { type Source, saidAtMs, tryAgain } from '@leasehold/controller/model';
import { patched } from '@leasehold/engine';
import { conflict } from '@leasehold/kernel';
import { withAccessNoted } from './access.ts';
import type { DeleteCommand } from './command.ts';
import { type Context, change, type Disposition, type Draft, deadLetter, explain, publish } from './draft.ts';
import { howItEnded, isStuckInRemoval, namesOf } from './left.ts';
import { beginOperation, endOperation } from './operation.ts';
import { isHeldByProtection, PHASE_WORDS } from './status.ts';
import { fatesByKind, tellSuspension } from './tell.ts';

/** Code of the conflict of a deletion that became one only after the brake was passed by: it has to be asked again. */
export const BRAKE_UNASKED = 'BrakeUnasked';

export function remove(draft: Draft, command: DeleteCommand, source: Source, context: Context): Disposition {
  const { state } = draft;
  const askedAtMs = saidAtMs(source);
  switch (state.phase) {
    case 'none':
    case 'gone':
      return entomb(draft, askedAtMs, source, context);
    case 'leaving':
      return askAgain(draft, command, source, askedAtMs, context);
    case 'deleting':
      raiseTombstone(draft, askedAtMs);
      return source.type === 'rest' && command.force ? leaveBehind(draft) : { kind: 'repeat' };
    case 'active':
    case 'suspended':
      return ask(draft, command, source, askedAtMs, context);
  }
}

/** R3: whoever asks again means also what was created between the two. */
function raiseTombstone(draft: Draft, askedAtMs: number): void {
  if (askedAtMs <= (draft.state.tombstoneAtMs ?? 0)) return;
  change(draft, { tombstoneAtMs: askedAtMs });
  explain(draft, 'TombstoneRaised', 'creations said before this are dropped');
}

function entomb(draft: Draft, askedAtMs: number, source: Source, context: Context): Disposition {
  const { state } = draft;
  if (source.type === 'rest')
    return state.phase === 'gone'
      ? { kind: 'repeat' }
      : { kind: 'refused', code: 'not-found', message: 'there is no such tenant' };
  change(draft, {
    phase: 'gone',
    tombstoneAtMs: Math.max(askedAtMs, state.tombstoneAtMs ?? 0),
    // Of an id that never was a tenant, this is all that there is to tell.
    ...(state.generation === 0 ? { endedAtMs: context.nowMs } : {}),
  });
  explain(draft, 'Tombstone', 'the tenant is not there; creations said before this are dropped');
  return { kind: state.phase === 'gone' ? 'repeat' : 'applied' };
}

const PROTECTED = {
  kind: 'refused',
  code: 'protected',
  message: 'the tenant is protected against deletion',
} as const satisfies Disposition;

function ask(draft: Draft, command: DeleteCommand, source: Source, askedAtMs: number, context: Context): Disposition {
  const { state } = draft;
  if (source.type === 'event' && askedAtMs < state.createdAtMs) {
    raiseTombstone(draft, askedAtMs);
    explain(draft, 'OlderThanCreation', 'the deletion speaks of an earlier generation');
    return { kind: 'dropped' };
  }
  if (state.protected && !command.force) return PROTECTED;
  const { brake } = context;
  if (source.type === 'event' && brake !== 'open') {
    if (brake === 'unasked')
      throw conflict('the tenant has come since the brake was looked at', { code: BRAKE_UNASKED });
    return hold(draft, command, source, brake.openings, context);
  }
  leave(draft, command, askedAtMs, source.type === 'rest' ? source.subject : undefined, context);
  return { kind: 'applied' };
}

function hold(
  draft: Draft,
  command: DeleteCommand,
  source: Source & { readonly type: 'event' },
  openings: number,
  context: Context,
): Disposition {
  const { held } = draft.state;
  if (held) {
    change(draft, { held: { ...held, publishedAtMs: Math.max(held.publishedAtMs, source.publishedAtMs) } });
    return { kind: 'repeat' };
  }
  change(draft, {
    held: {
      sinceMs: context.nowMs,
      openings,
      letter: source.letter,
      ...(source.trace ? { trace: source.trace } : {}),
      publishedAtMs: source.publishedAtMs,
      eventKey: source.eventKey,
      ...(command.by === undefined ? {} : { by: command.by }),
      ...(command.reason === undefined ? {} : { reason: command.reason }),
    },
  });
  explain(draft, 'DeletionHeld', 'more deletions were asked for by events than the brake allows');
  return { kind: 'held' };
}

/** R1, R4: what the brake held goes on as if asked now, with the time at which it was really said. */
export function release(draft: Draft, context: Context): void {
  const { held } = draft.state;
  if (!held || context.brakeOpenings <= (held.openings ?? 0)) return;
  change(draft, { held: undefined });
  if (draft.state.phase !== 'active' && draft.state.phase !== 'suspended') return;
  if (draft.state.protected) {
    const { code, message } = PROTECTED;
    if (held.letter) deadLetter(draft, held.letter, code, message);
    explain(draft, 'HeldDeletionRefused', message);
    return;
  }
  explain(draft, 'DeletionReleased', 'an operator opened the brake');
  draft.trace = held.trace;
  const { by, reason } = held;
  const command = { kind: 'delete', force: false, ...(by ? { by } : {}), ...(reason ? { reason } : {}) } as const;
  leave(draft, command, held.publishedAtMs, undefined, context);
}

function leave(
  draft: Draft,
  command: DeleteCommand,
  askedAtMs: number,
  subject: string | undefined,
  context: Context,
): void {
  const { state } = draft;
  const by = command.by ?? subject;
  const graceUntilMs = context.nowMs + (command.graceMs ?? context.tier(state.tier).graceMs);
  change(draft, {
    phase: 'leaving',
    records: withAccessNoted(state, context.kinds),
    held: undefined,
    recheck: undefined,
    adopt: undefined,
    remake: undefined,
    // A clock that stepped back may say that it was asked before the tenant came: a repeat of that creation is older all the same.
    tombstoneAtMs: Math.max(askedAtMs, state.createdAtMs, state.held?.publishedAtMs ?? 0, state.tombstoneAtMs ?? 0),
    deletion: {
      askedAtMs,
      graceUntilMs,
      forced: command.force,
      untold: true,
      ...(state.tombstoneAtMs === undefined ? {} : { earlierTombstoneAtMs: state.tombstoneAtMs }),
      ...(by === undefined ? {} : { by }),
      ...(command.reason === undefined ? {} : { reason: command.reason }),
    },
  });
  beginOperation(draft, context, 'delete', by);
  tellSuspension(draft, context);
  explain(draft, 'TenantLeaves', `suspended until ${new Date(graceUntilMs).toISOString()}, then taken down`);
  beginRemovalWhenDue(draft, context);
}

/**
 * Asked again while waiting: an operator may name another grace, or go over protection; an event changes nothing. What is
 * protected by then is refused, but for a mere repetition of what a force has begun.
 */
function askAgain(
  draft: Draft,
  command: DeleteCommand,
  source: Source,
  askedAtMs: number,
  context: Context,
): Disposition {
  const { state } = draft;
  const { deletion } = state;
  const changes = source.type === 'rest' && (command.graceMs !== undefined || command.force);
  if (state.protected && !command.force && (changes || isHeldByProtection(state))) return PROTECTED;
  raiseTombstone(draft, askedAtMs);
  if (!changes || !deletion) return { kind: 'repeat' };
  const graceUntilMs = command.graceMs === undefined ? deletion.graceUntilMs : context.nowMs + command.graceMs;
  const forced = deletion.forced || command.force;
  if (graceUntilMs === deletion.graceUntilMs && forced === deletion.forced) return { kind: 'repeat' };
  change(draft, { deletion: { ...deletion, graceUntilMs, forced } });
  if (forced !== deletion.forced) explain(draft, 'DeletionForced', 'an operator goes over protection');
  if (graceUntilMs !== deletion.graceUntilMs)
    explain(draft, 'GraceChanged', `the grace ends at ${new Date(graceUntilMs).toISOString()}`);
  beginRemovalWhenDue(draft, context);
  return { kind: 'applied' };
}

/** The grace is over: from here there is no way back. */
export function beginRemovalWhenDue(draft: Draft, context: Context): void {
  const { state } = draft;
  if (state.phase !== 'leaving' || !state.deletion || state.deletion.graceUntilMs > context.nowMs) return;
  if (context.deletionsPaused || isHeldByProtection(state)) return;
  change(draft, {
    phase: 'deleting',
    // Taking down is a task of its own: its tries and times begin now.
    records: state.records.map(tryAgain),
  });
  publish(draft, context, PUBLISHED_TOPICS.tenantDeleting, { phase: 'deleting', generation: state.generation });
  explain(draft, 'RemovalBegins', 'the grace is over');
}

/** R5. Ended by what follows every decision, where nothing else is under way. */
function leaveBehind(draft: Draft): Disposition {
  const stuck = draft.state.records.filter(isStuckInRemoval);
  if (stuck.length === 0) return { kind: 'repeat' };
  change(draft, {
    records: draft.state.records.map((record) =>
      isStuckInRemoval(record)
        ? patched(record, { status: 'deleted', fate: 'left-behind', nextAttemptAtMs: undefined })
        : record,
    ),
  });
  explain(draft, 'LeftBehind', `left where it is on an operator's word: ${namesOf(stuck)}`);
  return { kind: 'applied' };
}

/** Everything is gone: the tombstone stays, with each object's fate. */
export function endRemovalWhenDone(draft: Draft, context: Context): void {
  const { state } = draft;
  if (state.phase !== 'deleting' || state.records.some((record) => record.status !== 'deleted')) return;
  change(draft, { phase: 'gone', endedAtMs: context.nowMs });
  const resources = fatesByKind(state.records);
  publish(draft, context, PUBLISHED_TOPICS.tenantDeprovisioned, { generation: state.generation, resources });
  endOperation(draft, context, 'completed');
  explain(draft, 'TenantGone', howItEnded(state.records));
}

export function restore(draft: Draft, by: string | undefined, context: Context): Disposition {
  const { state } = draft;
  if (state.held) {
    change(draft, { held: undefined });
    explain(draft, 'HeldDeletionTakenBack', 'the deletion that the brake held was taken back before it began');
    return { kind: 'applied' };
  }
  if (state.phase === 'active' || state.phase === 'suspended') return { kind: 'repeat' };
  if (state.phase !== 'leaving')
    return {
      kind: 'refused',
      code: 'conflict',
      message: `a tenant that is ${PHASE_WORDS[state.phase]} cannot be restored`,
    };
  // The deletion was taken back, so its tombstone goes with it; the one of an earlier generation comes back.
  change(draft, {
    phase: state.suspendedByOperator ? 'suspended' : 'active',
    deletion: undefined,
    tombstoneAtMs: state.deletion?.earlierTombstoneAtMs,
  });
  beginOperation(draft, context, 'restore', by);
  publish(draft, context, PUBLISHED_TOPICS.tenantDeleting, { phase: 'restored', generation: state.generation });
  explain(draft, 'TenantRestored', 'the deletion was taken back within its grace');
  return { kind: 'applied' };
}
