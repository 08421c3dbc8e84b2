/**
 * Dead letters: what could not be handled, kept where it can be found by day, and sent to the topic that operators read.
 *
 * E1. A letter is on record before its message is published; the message it stands for is acked only after that.
 * E2. The same message refused for the same reason is the same letter, however often it is delivered.
 * E3. A redrive hands the original to the same decision again, under a key of its own; what comes of it is on record.
 * E4. Every letter on record is listed, whatever its producer's clock said: the days that have letters are a directory.
 */
import type { ProblemCode } from '@leasehold/contracts';
import { type Clock, isoTime } from '@leasehold/kernel';
import type { Ledger, Page, Row } from '@leasehold/store';
import type { Letter } from '../domain/command.ts';
import { type DeadLetterOutgoing, keepable, REASON_CHARACTERS } from './letter.ts';
import { HISTORY_TTL_MS, SERVICE } from './partition.ts';
import { letterDigest } from './tenants.ts';

export interface LetterRecord {
  readonly id: string;
  readonly code: ProblemCode;
  readonly message: string;
  readonly letter: Letter;
  readonly attempts: number;
  readonly deadAtMs: number;
  readonly tenantId?: string;
  readonly redrives: readonly {
    readonly atMs: number;
    readonly by: string;
    readonly reason?: string;
    readonly outcome: string;
  }[];
}

const dayOf = (ms: number): string => isoTime(ms).slice(0, 10).replaceAll('-', '');
const partitionOf = (day: string): string => `${SERVICE}/letters/${day}`;
const LETTER_ID = /^dl-([0-9]{8})-[0-9a-f]{16}$/;

/** By the day on which the message was published: the same message always has the same id. */
const letterId = (letter: Letter, code: string): string =>
  `dl-${dayOf(letter.publishedAtMs)}-${letterDigest([letter.topic, letter.messageId, code])}`;

const dayOfId = (id: string): string | undefined => LETTER_ID.exec(id)?.[1];

export interface Letters {
  /** Puts it on record; a repeat changes nothing. */
  file(outgoing: DeadLetterOutgoing, tenantId: string | undefined, signal?: AbortSignal): Promise<void>;
  /** For a message that names no tenant: on record and in the outbox of its day, in one commit. @returns where it waits */
  fileAndSend(
    letter: Letter,
    code: ProblemCode,
    message: string,
    attempts: number,
    signal?: AbortSignal,
  ): Promise<{ partition: string; key: string }>;
  get(id: string, signal?: AbortSignal): Promise<LetterRecord | undefined>;
  list(page: { readonly limit: number; readonly cursor?: string }, signal?: AbortSignal): Promise<Page<LetterRecord>>;
  noteRedrive(id: string, redrive: LetterRecord['redrives'][number], signal?: AbortSignal): Promise<void>;
}

/** E4. One entry for each day of publication; what was last filed under it, as `{at}` in epoch ms. */
const DAY_DIRECTORY = `${SERVICE}/letter-days`;
const DAYS_PAGE = 1000;
const MAX_REDRIVES_KEPT = 20;

const newRecord = (outgoing: DeadLetterOutgoing, tenantId: string | undefined, nowMs: number): LetterRecord => ({
  id: letterId(outgoing.letter, outgoing.code),
  code: outgoing.code,
  message: outgoing.message.slice(0, REASON_CHARACTERS.value),
  letter: keepable(outgoing.letter),
  attempts: outgoing.attempts,
  deadAtMs: nowMs,
  ...(tenantId === undefined ? {} : { tenantId }),
  redrives: [],
});

const rowOf = (record: LetterRecord): Row => ({
  key: `letter/${record.id}`,
  value: JSON.stringify(record),
  ttlMs: HISTORY_TTL_MS,
});

const entriesOf = ({ id }: LetterRecord, nowMs: number) => [
  { directory: DAY_DIRECTORY, name: dayOfId(id) as string, summary: JSON.stringify({ at: nowMs }) },
];

export function createLetters(deps: { readonly ledger: Ledger; readonly clock: Clock }): Letters {
  const { ledger, clock } = deps;
  const recordOf = (outgoing: DeadLetterOutgoing, tenantId?: string) => newRecord(outgoing, tenantId, clock.now());
  return {
    file: async (outgoing, tenantId, signal) => {
      const record = recordOf(outgoing, tenantId);
      const need = [`letter/${record.id}`];
      await ledger.update(
        partitionOf(dayOfId(record.id) as string),
        (now) =>
          need.some((key) => now.rows.has(key))
            ? { result: undefined }
            : { put: [rowOf(record)], entries: entriesOf(record, record.deadAtMs), result: undefined },
        { need, ...(signal ? { signal } : {}) },
      );
    },
    fileAndSend: async (letter, code, message, attempts, signal) => {
      const reason = message.slice(0, REASON_CHARACTERS.value);
      const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message: reason, attempts };
      const record = recordOf(outgoing);
      const partition = partitionOf(dayOfId(record.id) as string);
      const [letterKey, key] = [`letter/${record.id}`, `outbox/${record.id}`];
      await ledger.update(
        partition,
        (now) =>
          now.rows.has(letterKey)
            ? { result: undefined }
            : {
                put: [rowOf(record), { key, value: JSON.stringify(outgoing) }],
                entries: entriesOf(record, record.deadAtMs),
                result: undefined,
              },
        { need: [letterKey], ...(signal ? { signal } : {}) },
      );
      return { partition, key };
    },
    get: async (id, signal) => {
      const day = dayOfId(id);
      if (!day) return undefined;
      const now = await ledger.store.load(partitionOf(day), [{ key: `letter/${id}` }], signal);
      const text = now.rows.get(`letter/${id}`);
      return text === undefined ? undefined : (JSON.parse(text) as LetterRecord);
    },
    list: (page, signal) => listLetters(ledger, clock.now(), page, signal),
    noteRedrive: async (id, redrive, signal) => {
      const key = `letter/${id}`;
      await ledger.update(
        partitionOf(dayOfId(id) as string),
        (now) => {
          const text = now.rows.get(key);
          if (text === undefined) return { result: undefined };
          const record = JSON.parse(text) as LetterRecord;
          const redrives = [...record.redrives, redrive].slice(-MAX_REDRIVES_KEPT);
          // Its life begins anew, and so does that of its day.
          const entries = entriesOf(record, redrive.atMs);
          return { put: [rowOf({ ...record, redrives })], entries, result: undefined };
        },
        { need: [key], ...(signal ? { signal } : {}) },
      );
    },
  };
}

/** Newest first. A day whose letters are all older than they live is left out. */
async function daysWithLetters(ledger: Ledger, nowMs: number, signal: AbortSignal | undefined): Promise<string[]> {
  const days: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ledger.store.list(DAY_DIRECTORY, { limit: DAYS_PAGE, ...(cursor ? { cursor } : {}) }, signal);
    for (const { name, summary } of page.items)
      if ((JSON.parse(summary) as { at: number }).at + HISTORY_TTL_MS > nowMs) days.push(name);
    cursor = page.next;
  } while (cursor !== undefined);
  return days.sort().reverse();
}

/** Newest day first; inside a day by id. A cursor is `<day>:<cursor inside the day>`. */
async function listLetters(
  ledger: Ledger,
  nowMs: number,
  page: { readonly limit: number; readonly cursor?: string },
  signal: AbortSignal | undefined,
): Promise<Page<LetterRecord>> {
  const days = await daysWithLetters(ledger, nowMs, signal);
  const [fromDay, inner] = page.cursor?.split(/:(.*)/s) ?? [];
  const items: LetterRecord[] = [];
  let cursor = inner === '' ? undefined : inner;
  for (const day of fromDay ? days.filter((each) => each <= fromDay) : days) {
    if (day !== fromDay) cursor = undefined;
    const rows = await ledger.store.scan(
      partitionOf(day),
      { prefix: 'letter/', limit: page.limit - items.length, ...(cursor ? { cursor } : {}) },
      signal,
    );
    for (const row of rows.items) items.push(JSON.parse(row.value) as LetterRecord);
    if (rows.next !== undefined) return { items, next: `${day}:${rows.next}` };
    const following = days[days.indexOf(day) + 1];
    if (items.length >= page.limit) return following ? { items, next: `${following}:` } : { items };
  }
  return { items };
}
