/**
 * Where dead letters lie: the partition of a day of publication holds them, so that the same message is the same one; directories and the
 * timeline lead to them.
 *
 * E4. Every dead letter on record is found, whatever its producer's clock said: the days and months that have some are directories.
 */
import { isoTime } from '@leasehold/kernel';
import type { DirectoryEntry, Row } from '@leasehold/store';
import { HISTORY_TTL_MS, month } from '../rows/lives.ts';
import type { ServiceNames } from '../rows/names.ts';
import { timelineEntry } from '../rows/timeline.ts';
import type { DeadLetterMark } from './list.ts';
import { type DeadLetter, tenantOfDeadLetter } from './record.ts';

/** One entry for each day of publication; what was last filed under it, as `{at, timed}`: in epoch ms, and whether all are timed. */
export const daysDirectory = (names: ServiceNames): string => names.own('letter-days');
/** Months in which messages died. */
export const monthsDirectory = (names: ServiceNames): string => names.own('letter-months');
export const DEAD_LETTER_TIMELINE = 'letters-by-time';

export const dayOf = (ms: number): string => isoTime(ms).slice(0, 10).replaceAll('-', '');
export const dayPartition = (names: ServiceNames, day: string): string => names.own(`letters/${day}`);

const LETTER_ID = /^dl-([0-9]{8})-[0-9a-f]{16}$/;
export const dayOfId = (id: string): string | undefined => LETTER_ID.exec(id)?.[1];

/** Of a day's partition: all that lies there is in the timeline. */
export const WHOLE: Row = { key: 'state', value: JSON.stringify({ v: 1, timed: true }) };

export const rowOf = (record: DeadLetter): Row => ({
  key: `letter/${record.id}`,
  value: JSON.stringify(record),
  ttlMs: HISTORY_TTL_MS,
});

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
  nowMs: number,
): readonly Omit<DirectoryEntry, 'version'>[] {
  const { id, code, deadAtMs, letter } = record;
  const day = dayOfId(id) as string;
  const mark: DeadLetterMark = { id, day, topic: letter.topic, code, tenant: tenantOfDeadLetter(record) ?? null };
  return [
    { directory: monthsDirectory(names), name: month(deadAtMs), summary: JSON.stringify({ at: nowMs }) },
    timelineEntry(names, DEAD_LETTER_TIMELINE, deadAtMs, { serial: 0, id }, mark),
  ];
}
