/**
 * Where dead letters lie, and what leads to them: the partitions of a day of publication hold them, so that the same message is the same
 * one; directories and the timeline lead to them.
 *
 * E4. Every dead letter on record is found, whatever its producer's clock said: the days and months that have some are directories.
 */
import { isoTime } from '@leasehold/kernel';
import type { DirectoryEntry, Ledger, Row } from '@leasehold/store';
import { HISTORY_TTL_MS, month } from '../rows/lives.ts';
import type { ServiceNames } from '../rows/names.ts';
import { timelineEntry } from '../rows/timeline.ts';
import { type DeadLetter, tenantOfDeadLetter } from './record.ts';

/** The dead letters of one service. */
export interface Where {
  readonly ledger: Ledger;
  readonly names: ServiceNames;
}

/** One entry for each day of publication; what was last filed under it, as `{at, timed}`: in epoch ms, and whether all are timed. */
export const daysDirectory = (names: ServiceNames): string => names.own('letter-days');
/** Months in which messages died. */
export const monthsDirectory = (names: ServiceNames): string => names.own('letter-months');
export const DEAD_LETTER_TIMELINE = 'letters-by-time';

export const dayOf = (ms: number): string => isoTime(ms).slice(0, 10).replaceAll('-', '');

/** A part of a day. The day itself has the empty name. */
export interface Place {
  readonly day: string;
  readonly part: string;
}

export const partitionOf = (names: ServiceNames, { day, part }: Place): string =>
  names.own(part === '' ? `letters/${day}` : `letters/${day}/${part}`);

export const LETTER_PREFIX = 'letter/';
export const letterKey = (id: string): string => `${LETTER_PREFIX}${id}`;

const LETTER_ID = /^dl-([0-9]{8})-([0-9a-f]{16})$/;

export function digitsOfId(id: string): { readonly day: string; readonly digits: string } | undefined {
  const [, day, digits] = LETTER_ID.exec(id) ?? [];
  return day === undefined || digits === undefined ? undefined : { day, digits };
}

export const rowOf = (record: DeadLetter): Row => ({
  key: letterKey(record.id),
  value: JSON.stringify(record),
  ttlMs: HISTORY_TTL_MS,
});

/** What the timeline says of a dead letter: what does not change of it. */
export interface DeadLetterMark {
  readonly id: string;
  readonly day: string;
  /** Absent: the day itself. */
  readonly part?: string;
  readonly topic: string;
  readonly code: string;
  readonly tenant: string | null;
}

/** A day of publication that has dead letters; `timed`: each of them is in the timeline. */
export const dayEntry = (
  names: ServiceNames,
  day: string,
  atMs: number,
  timed: boolean,
): Omit<DirectoryEntry, 'version'> => ({
  directory: daysDirectory(names),
  name: day,
  summary: JSON.stringify({ at: atMs, timed }),
});

/** What leads to a dead letter, beside its day. @param nowMs from when on it lives. */
export function entriesOf(
  names: ServiceNames,
  record: DeadLetter,
  { day, part }: Place,
  nowMs: number,
): readonly Omit<DirectoryEntry, 'version'>[] {
  const { id, code, deadAtMs, letter } = record;
  const mark: DeadLetterMark = {
    id,
    day,
    ...(part === '' ? {} : { part }),
    topic: letter.topic,
    code,
    tenant: tenantOfDeadLetter(record) ?? null,
  };
  return [
    { directory: monthsDirectory(names), name: month(deadAtMs), summary: JSON.stringify({ at: nowMs }) },
    timelineEntry(names, DEAD_LETTER_TIMELINE, deadAtMs, { serial: 0, id }, mark),
  ];
}
