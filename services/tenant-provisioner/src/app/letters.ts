/**
 * Dead letters: what could not be handled, kept where it can be found by day, and sent to the topic that operators read.
 *
 * E1. A letter is on record before its message is published; the message it stands for is acked only after that.
 * E2. The same message refused for the same reason is the same letter, however often it is delivered.
 * E3. A redrive hands the original to the same decision again, under a key of its own; what comes of it is on record.
 */
import { deadLetterTopic, type ProblemCode, parseTopic } from '@leasehold/contracts';
import { type Clock, isoTime } from '@leasehold/kernel';
import type { Ledger, Page, Row } from '@leasehold/store';
import type { Letter } from '../domain/command.ts';
import type { Outgoing } from '../domain/draft.ts';
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

export type DeadLetterOutgoing = Outgoing & { readonly kind: 'dead-letter' };

const dayOf = (ms: number): string => isoTime(ms).slice(0, 10).replaceAll('-', '');
const partitionOf = (day: string): string => `${SERVICE}/letters/${day}`;
const LETTER_ID = /^dl-([0-9]{8})-[0-9a-f]{16}$/;

/** By the day on which the message was published: the same message always has the same id. */
const letterId = (letter: Letter, code: string, attempts: number): string =>
  `dl-${dayOf(letter.publishedAtMs)}-${letterDigest([letter.topic, letter.messageId, code, String(attempts)])}`;

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

/** How many days back a list looks: topics keep messages for seven days, letters for fourteen. */
const LIST_DAYS = 31;
const MAX_REDRIVES_KEPT = 20;

export function createLetters(deps: { readonly ledger: Ledger; readonly clock: Clock }): Letters {
  const { ledger, clock } = deps;
  const recordOf = (outgoing: DeadLetterOutgoing, tenantId: string | undefined): LetterRecord => ({
    id: letterId(outgoing.letter, outgoing.code, outgoing.attempts),
    code: outgoing.code,
    message: outgoing.message,
    letter: outgoing.letter,
    attempts: outgoing.attempts,
    deadAtMs: clock.now(),
    ...(tenantId === undefined ? {} : { tenantId }),
    redrives: [],
  });
  const rowOf = (record: LetterRecord): Row => ({
    key: `letter/${record.id}`,
    value: JSON.stringify(record),
    ttlMs: HISTORY_TTL_MS,
  });
  return {
    file: async (outgoing, tenantId, signal) => {
      const record = recordOf(outgoing, tenantId);
      const need = [`letter/${record.id}`];
      await ledger.update(
        partitionOf(dayOfId(record.id) as string),
        (now) =>
          need.some((key) => now.rows.has(key)) ? { result: undefined } : { put: [rowOf(record)], result: undefined },
        { need, ...(signal ? { signal } : {}) },
      );
    },
    fileAndSend: async (letter, code, message, attempts, signal) => {
      const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message, attempts };
      const record = recordOf(outgoing, undefined);
      const partition = partitionOf(dayOfId(record.id) as string);
      const [letterKey, key] = [`letter/${record.id}`, `outbox/${record.id}`];
      await ledger.update(
        partition,
        (now) =>
          now.rows.has(letterKey)
            ? { result: undefined }
            : { put: [rowOf(record), { key, value: JSON.stringify(outgoing) }], result: undefined },
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
          return { put: [rowOf({ ...record, redrives })], result: undefined };
        },
        { need: [key], ...(signal ? { signal } : {}) },
      );
    },
  };
}

/** Newest day first; inside a day by id. A cursor is `<day>:<cursor inside the day>`. */
async function listLetters(
  ledger: Ledger,
  nowMs: number,
  page: { readonly limit: number; readonly cursor?: string },
  signal: AbortSignal | undefined,
): Promise<Page<LetterRecord>> {
  const days = Array.from({ length: LIST_DAYS }, (_, back) => dayOf(nowMs - back * 24 * 3_600_000));
  const [fromDay, inner] = page.cursor?.split(/:(.*)/s) ?? [];
  const items: LetterRecord[] = [];
  let cursor = inner === '' ? undefined : inner;
  for (const day of fromDay ? days.slice(Math.max(days.indexOf(fromDay), 0)) : days) {
    const rows = await ledger.store.scan(
      partitionOf(day),
      { prefix: 'letter/', limit: page.limit - items.length, ...(cursor ? { cursor } : {}) },
      signal,
    );
    cursor = undefined;
    for (const row of rows.items) items.push(JSON.parse(row.value) as LetterRecord);
    if (rows.next !== undefined) return { items, next: `${day}:${rows.next}` };
    const following = days[days.indexOf(day) + 1];
    if (items.length >= page.limit) return following ? { items, next: `${following}:` } : { items };
  }
  return { items };
}

/** The message as it goes to the dead letter topic: original bytes and key, and what became of it as properties. */
export function letterMessage(pulsarTenant: string, outgoing: DeadLetterOutgoing) {
  const { letter, code, message, attempts } = outgoing;
  const name = parseTopic(letter.topic)?.name ?? 'unknown';
  return {
    topic: deadLetterTopic(pulsarTenant, name, SERVICE),
    ...(letter.key === undefined ? {} : { key: letter.key }),
    payload: Buffer.from(letter.payload, 'base64'),
    properties: {
      ...letter.properties,
      error_code: code,
      error_message: message,
      original_topic: letter.topic,
      original_message_id: letter.messageId,
      attempts: String(attempts),
    },
  };
}
