/**
 * Dead letters: what could not be handled, kept where it can be found, and sent to the topic that operators read.
 *
 * E1. A letter is on record before its message is published; the message it stands for is acked only after that.
 * E2. The same message refused for the same reason is the same letter, however often it is delivered. One that a redrive had settled
 *     and that dies again is open again, from then.
 * E3. A redrive hands the original to the same decision again, under a key of its own; what comes of it is on record.
 */
import type { ProblemCode } from '@leasehold/contracts';
import type { Clock } from '@leasehold/kernel';
import type { Ledger, Page, Snapshot } from '@leasehold/store';
import type { Letter } from '../domain/command.ts';
import { type DeadLetterOutgoing, keepable, REASON_CHARACTERS } from './letter.ts';
import { type LetterQuery, listLetters } from './letter-list.ts';
import { type LetterRecord, type Redrive, stateAfter, stateOf, tenantOfLetter } from './letter-record.ts';
import { dayEntry, dayOf, dayOfId, dayPartition, entriesOf, rowOf, WHOLE } from './letter-rows.ts';
import { letterDigest } from './tenants.ts';

export type { LetterRecord } from './letter-record.ts';

/** By the day on which the message was published: the same message always has the same id. */
const letterId = (letter: Letter, code: string): string =>
  `dl-${dayOf(letter.publishedAtMs)}-${letterDigest([letter.topic, letter.messageId, code])}`;

export interface Letters {
  /** Puts it on record; a repeat changes nothing. */
  file(outgoing: DeadLetterOutgoing, tenantId: string | undefined, signal?: AbortSignal): Promise<void>;
  /** For a message that no tenant can take: on record and in the outbox of its day, in one commit (E2). @returns where it waits */
  fileAndSend(
    letter: Letter,
    code: ProblemCode,
    message: string,
    attempts: number,
    signal?: AbortSignal,
  ): Promise<{ partition: string; key: string }>;
  get(id: string, signal?: AbortSignal): Promise<LetterRecord | undefined>;
  list(query: LetterQuery, signal?: AbortSignal): Promise<Page<LetterRecord>>;
  noteRedrive(id: string, redrive: Redrive, signal?: AbortSignal): Promise<void>;
}

const MAX_REDRIVES_KEPT = 20;

function newRecord(outgoing: DeadLetterOutgoing, tenantId: string | undefined, nowMs: number): LetterRecord {
  const letter = keepable(outgoing.letter);
  const named = tenantId ?? tenantOfLetter(outgoing.letter);
  return {
    id: letterId(outgoing.letter, outgoing.code),
    code: outgoing.code,
    message: outgoing.message.slice(0, REASON_CHARACTERS.value),
    letter,
    attempts: outgoing.attempts,
    deadAtMs: nowMs,
    ...(named === undefined ? {} : { tenantId: named }),
    redrives: [],
    state: 'open',
    timed: true,
  };
}

/** A letter as it is to be from now on, with what leads to it. */
function kept(now: Snapshot, record: LetterRecord, nowMs: number) {
  // A day that an earlier release has begun may hold letters without entries: it is brought into the timeline by the list.
  const isWhole = now.version === 0 || now.rows.has(WHOLE.key);
  return {
    put: [rowOf(record), ...(now.version === 0 ? [WHOLE] : [])],
    entries: [...entriesOf(record, nowMs), dayEntry(dayOfId(record.id) as string, nowMs, isWhole)],
  };
}

const recordIn = (now: Snapshot, id: string): LetterRecord | undefined => {
  const text = now.rows.get(`letter/${id}`);
  return text === undefined ? undefined : (JSON.parse(text) as LetterRecord);
};

/** E2. @returns undefined where it is on record as it is. */
function filed(now: Snapshot, record: LetterRecord): LetterRecord | undefined {
  const known = recordIn(now, record.id);
  if (known === undefined) return record;
  return stateOf(known) === 'open' ? undefined : { ...record, redrives: known.redrives };
}

export function createLetters(deps: { readonly ledger: Ledger; readonly clock: Clock }): Letters {
  const { ledger, clock } = deps;
  const optionsOf = (id: string, signal?: AbortSignal) => ({
    need: [`letter/${id}`],
    ...(signal ? { signal } : {}),
  });
  return {
    file: async (outgoing, tenantId, signal) => {
      const record = newRecord(outgoing, tenantId, clock.now());
      await ledger.update(
        dayPartition(dayOfId(record.id) as string),
        (now) => {
          const next = filed(now, record);
          return next ? { ...kept(now, next, record.deadAtMs), result: undefined } : { result: undefined };
        },
        optionsOf(record.id, signal),
      );
    },
    fileAndSend: async (letter, code, message, attempts, signal) => {
      const reason = message.slice(0, REASON_CHARACTERS.value);
      const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message: reason, attempts };
      const record = newRecord(outgoing, undefined, clock.now());
      const partition = dayPartition(dayOfId(record.id) as string);
      const key = `outbox/${record.id}`;
      await ledger.update(
        partition,
        (now) => {
          const next = filed(now, record);
          if (!next) return { result: undefined };
          const { put, entries } = kept(now, next, record.deadAtMs);
          return { put: [...put, { key, value: JSON.stringify(outgoing) }], entries, result: undefined };
        },
        optionsOf(record.id, signal),
      );
      return { partition, key };
    },
    get: async (id, signal) => {
      const day = dayOfId(id);
      if (!day) return undefined;
      return recordIn(await ledger.store.load(dayPartition(day), [{ key: `letter/${id}` }], signal), id);
    },
    list: (query, signal) => listLetters(ledger, clock.now(), query, signal),
    noteRedrive: async (id, redrive, signal) => {
      await ledger.update(
        dayPartition(dayOfId(id) as string),
        (now) => {
          const record = recordIn(now, id);
          if (record === undefined) return { result: undefined };
          const redrives = [...record.redrives, redrive].slice(-MAX_REDRIVES_KEPT);
          const next: LetterRecord = { ...record, redrives, state: stateAfter(redrive.outcome), timed: true };
          // Its life begins anew, and so does that of what leads to it.
          return { ...kept(now, next, redrive.atMs), result: undefined };
        },
        optionsOf(id, signal),
      );
    },
  };
}
