/**
 * The journal: what was decided, when, why, for whom, and what it changed of what people see. One row a decision, in the
 * commit of the decision: in an owner's partition for the owner, in the switches' for what is no owner's.
 *
 * J1. A row is written in the commit that it tells of, or not at all.
 * J2. `before` and `after` hold the same fields, those that differ; of an owner that was not there, `before` holds none.
 * J3. A row has its entry in the timeline of the audit, written with it, so that what is not of one owner is found in order.
 */
import { type Json, type JsonObject, type Reason, serialKey } from '@leasehold/kernel';
import type { DirectoryEntry, Row } from '@leasehold/store';
import type { Decision, OwnedTypes } from '../model/decision.ts';
import type { Source } from '../model/message.ts';
import { HISTORY_TTL_MS, month } from './lives.ts';
import type { ServiceNames } from './names.ts';
import { timelineEntry } from './timeline.ts';

export const JOURNAL_PREFIX = 'journal/';

export interface JournalRow {
  readonly at: number;
  readonly reasons: readonly Reason[];
  /** As it was asked: with the words of whoever asked, where there were any. */
  readonly command?: { readonly kind: string; readonly by?: string; readonly reason?: string };
  readonly actor?: {
    readonly subject?: string | undefined;
    readonly request_id?: string | undefined;
    readonly event?: string | undefined;
    readonly topic?: string | undefined;
  };
  readonly disposition?: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  /** It has its entry in the timeline. Absent: an earlier release wrote it. */
  readonly timed?: true;
}

export const AUDIT_TIMELINE = 'audit';

/** What the timeline says of a row. */
export interface AuditMark {
  /** The owner's id; the field is called so since owners were tenants. `null`: of the journal that is no owner's. */
  readonly tenant: string | null;
  readonly key: string;
  readonly actors: readonly string[];
}

export interface JournalChange {
  readonly row: Row;
  readonly entry: Omit<DirectoryEntry, 'version'>;
}

/** Under which names a row is found: who asked, in whose name, by which event. */
export const actorsOf = ({ actor, command }: JournalRow): readonly string[] => [
  ...new Set([actor?.subject, command?.by, actor?.event].filter((name) => name !== undefined)),
];

/** @param serial of the partition: it only grows. @param ownerId `null`: what is no owner's. */
export function journalChange(
  names: ServiceNames,
  serial: number,
  ownerId: string | null,
  row: JournalRow,
): JournalChange {
  const key = `${JOURNAL_PREFIX}${month(row.at)}/${serialKey(serial)}`;
  const mark: AuditMark = { tenant: ownerId, key, actors: actorsOf(row) };
  return {
    row: { key, value: JSON.stringify({ ...row, timed: true }), ttlMs: HISTORY_TTL_MS },
    entry: timelineEntry(names, AUDIT_TIMELINE, row.at, { serial, id: ownerId ?? '-' }, mark),
  };
}

export interface JournalParts<T extends OwnedTypes> {
  readonly names: ServiceNames;
  /** What people see of an owner; nothing of one that was not there. */
  factsOf(state: T['state']): JsonObject;
}

/** A decision that gave reasons is kept with them and with who asked: the history and the audit of an owner. */
export function withJournal<T extends OwnedTypes>(
  { names, factsOf }: JournalParts<T>,
  ownerId: string,
  decision: Decision<T>,
  before: T['state'],
  nowMs: number,
  asked: { readonly command: T['command']; readonly source: Source } | undefined,
): { readonly decision: Decision<T>; readonly journal: readonly JournalChange[] } {
  if (decision.reasons.length === 0) return { decision, journal: [] };
  const { state } = decision;
  const serial = state.serials.journal + 1;
  const row: JournalRow = {
    at: nowMs,
    reasons: decision.reasons,
    ...(asked ? { command: asked.command, actor: actorOf(asked.source), disposition: decision.disposition.kind } : {}),
    ...difference(factsOf(before), factsOf(state)),
  };
  return {
    decision: { ...decision, state: { ...state, serials: { ...state.serials, journal: serial } } },
    journal: [journalChange(names, serial, ownerId, row)],
  };
}

/** An event that an operator handed in again was asked for by the operator. */
const actorOf = (source: Source): NonNullable<JournalRow['actor']> =>
  source.type === 'rest'
    ? { subject: source.subject, request_id: source.requestId }
    : {
        event: source.eventKey,
        topic: source.letter.topic,
        subject: source.redrivenBy?.subject,
        request_id: source.redrivenBy?.requestId,
      };

/** J2. Nothing where nothing differs. */
export function difference(before: JsonObject, after: JsonObject): Pick<JournalRow, 'before' | 'after'> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (names.length === 0) return {};
  const pick = (from: JsonObject): JsonObject =>
    Object.fromEntries(names.flatMap((name) => (name in from ? [[name, from[name] as Json]] : [])));
  return { before: pick(before), after: pick(after) };
}
