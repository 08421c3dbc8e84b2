/**
 * Where letters lie: the partition of a day of publication holds them, so that the same message is the same letter; directories and the
 * timeline lead to them.
 *
 * E4. Every letter on record is found, whatever its producer's clock said: the days and months that have letters are directories.
 */
import { isoTime } from '@leasehold/kernel';
import type { DirectoryEntry, Row } from '@leasehold/store';
import type { LetterMark } from './letter-list.ts';
import { type LetterRecord, tenantOfRecord } from './letter-record.ts';
import { HISTORY_TTL_MS, month, SERVICE } from './partition.ts';
import { timelineEntry } from './timeline.ts';

/** One entry for each day of publication; what was last filed under it, as `{at, timed}`: in epoch ms, and whether all are timed. */
export const LETTER_DAYS = `${SERVICE}/letter-days`;
/** Months in which letters died. */
export const LETTER_MONTHS = `${SERVICE}/letter-months`;
export const LETTER_TIMELINE = 'letters-by-time';

export const dayOf = (ms: number): string => isoTime(ms).slice(0, 10).replaceAll('-', '');
export const dayPartition = (day: string): string => `${SERVICE}/letters/${day}`;

const LETTER_ID = /^dl-([0-9]{8})-[0-9a-f]{16}$/;
export const dayOfId = (id: string): string | undefined => LETTER_ID.exec(id)?.[1];

/** Of a day's partition: all its letters are in the timeline. */
export const WHOLE: Row = { key: 'state', value: JSON.stringify({ v: 1, timed: true }) };

export const rowOf = (record: LetterRecord): Row => ({
  key: `letter/${record.id}`,
  value: JSON.stringify(record),
  ttlMs: HISTORY_TTL_MS,
});

/** A day of publication that has letters; `timed`: each of them is in the timeline. */
export const dayEntry = (day: string, atMs: number, timed: boolean): Omit<DirectoryEntry, 'version'> => ({
  directory: LETTER_DAYS,
  name: day,
  summary: JSON.stringify({ at: atMs, timed }),
});

/** What leads to a letter, beside its day. @param nowMs from when on it lives. */
export function entriesOf(record: LetterRecord, nowMs: number): readonly Omit<DirectoryEntry, 'version'>[] {
  const { id, code, deadAtMs, letter } = record;
  const day = dayOfId(id) as string;
  const mark: LetterMark = { id, day, topic: letter.topic, code, tenant: tenantOfRecord(record) ?? null };
  return [
    { directory: LETTER_MONTHS, name: month(deadAtMs), summary: JSON.stringify({ at: nowMs }) },
    timelineEntry(LETTER_TIMELINE, deadAtMs, { serial: 0, id }, mark),
  ];
}
