/**
 * Dead letters: what could not be handled, kept where it can be found, and sent to the topic that operators read.
 *
 * E1. It is on record before its message is published; the message it stands for is acked only after that.
 * E2. The same message refused for the same reason is the same dead letter, however often it is delivered. One that a redrive had settled
 *     and that dies again is open again, from then.
 * E3. A redrive hands the original to the same decision again, under a key of its own; what comes of it is on record.
 */
import type { ProblemCode } from '@leasehold/contracts';
import { type Clock, digest } from '@leasehold/kernel';
import type { Page, Snapshot } from '@leasehold/store';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import type { KeptMessage } from '../model/message.ts';
import type { ServiceNames } from '../rows/names.ts';
import { keepable, REASON_CHARACTERS } from './dead-message.ts';
import { type DeadLetterQuery, listDeadLetters, type Where } from './list.ts';
import { type DeadLetter, type Redrive, stateAfter, stateOf, tenantOfMessage } from './record.ts';
import { dayEntry, dayOf, dayOfId, dayPartition, entriesOf, rowOf, WHOLE } from './rows.ts';

const ID_DIGITS = 16;

/** By the day on which the message was published: the same message always has the same id. */
const deadLetterId = (letter: KeptMessage, code: string): string =>
  `dl-${dayOf(letter.publishedAtMs)}-${digest([letter.topic, letter.messageId, code]).slice(0, ID_DIGITS)}`;

export interface DeadLetters {
  /** Puts it on record; a repeat changes nothing. */
  file(outgoing: DeadLetterOutgoing, tenantId: string | undefined, signal?: AbortSignal): Promise<void>;
  /** For a message that no owner can take: on record and in the outbox of its day, in one commit (E2). @returns where it waits */
  fileAndSend(
    letter: KeptMessage,
    code: ProblemCode,
    message: string,
    attempts: number,
    signal?: AbortSignal,
  ): Promise<{ partition: string; key: string }>;
  get(id: string, signal?: AbortSignal): Promise<DeadLetter | undefined>;
  list(query: DeadLetterQuery, signal?: AbortSignal): Promise<Page<DeadLetter>>;
  noteRedrive(id: string, redrive: Redrive, signal?: AbortSignal): Promise<void>;
}

const MAX_REDRIVES_KEPT = 20;

function newRecord(outgoing: DeadLetterOutgoing, tenantId: string | undefined, nowMs: number): DeadLetter {
  const letter = keepable(outgoing.letter);
  const named = tenantId ?? tenantOfMessage(outgoing.letter);
  return {
    id: deadLetterId(outgoing.letter, outgoing.code),
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

/** As it is to be from now on, with what leads to it. */
function kept(names: ServiceNames, now: Snapshot, record: DeadLetter, nowMs: number) {
  // A day that an earlier release has begun may hold some without entries: it is brought into the timeline by the list.
  const isWhole = now.version === 0 || now.rows.has(WHOLE.key);
  return {
    put: [rowOf(record), ...(now.version === 0 ? [WHOLE] : [])],
    entries: [...entriesOf(names, record, nowMs), dayEntry(names, dayOfId(record.id) as string, nowMs, isWhole)],
  };
}

const recordIn = (now: Snapshot, id: string): DeadLetter | undefined => {
  const text = now.rows.get(`letter/${id}`);
  return text === undefined ? undefined : (JSON.parse(text) as DeadLetter);
};

/** E2. @returns undefined where it is on record as it is. */
function filed(now: Snapshot, record: DeadLetter): DeadLetter | undefined {
  const known = recordIn(now, record.id);
  if (known === undefined) return record;
  return stateOf(known) === 'open' ? undefined : { ...record, redrives: known.redrives };
}

export function createDeadLetters(deps: Where & { readonly clock: Clock }): DeadLetters {
  const { ledger, names, clock } = deps;
  const optionsOf = (id: string, signal?: AbortSignal) => ({
    need: [`letter/${id}`],
    ...(signal ? { signal } : {}),
  });
  return {
    file: async (outgoing, tenantId, signal) => {
      const record = newRecord(outgoing, tenantId, clock.now());
      await ledger.update(
        dayPartition(names, dayOfId(record.id) as string),
        (now) => {
          const next = filed(now, record);
          return next ? { ...kept(names, now, next, record.deadAtMs), result: undefined } : { result: undefined };
        },
        optionsOf(record.id, signal),
      );
    },
    fileAndSend: async (letter, code, message, attempts, signal) => {
      const reason = message.slice(0, REASON_CHARACTERS.value);
      const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message: reason, attempts };
      const record = newRecord(outgoing, undefined, clock.now());
      const partition = dayPartition(names, dayOfId(record.id) as string);
      const key = `outbox/${record.id}`;
      await ledger.update(
        partition,
        (now) => {
          const next = filed(now, record);
          if (!next) return { result: undefined };
          const { put, entries } = kept(names, now, next, record.deadAtMs);
          return { put: [...put, { key, value: JSON.stringify(outgoing) }], entries, result: undefined };
        },
        optionsOf(record.id, signal),
      );
      return { partition, key };
    },
    get: async (id, signal) => {
      const day = dayOfId(id);
      if (!day) return undefined;
      return recordIn(await ledger.store.load(dayPartition(names, day), [{ key: `letter/${id}` }], signal), id);
    },
    list: (query, signal) => listDeadLetters(deps, clock.now(), query, signal),
    noteRedrive: async (id, redrive, signal) => {
      await ledger.update(
        dayPartition(names, dayOfId(id) as string),
        (now) => {
          const record = recordIn(now, id);
          if (record === undefined) return { result: undefined };
          const redrives = [...record.redrives, redrive].slice(-MAX_REDRIVES_KEPT);
          const next: DeadLetter = { ...record, redrives, state: stateAfter(redrive.outcome), timed: true };
          // Its life begins anew, and so does that of what leads to it.
          return { ...kept(names, now, next, redrive.atMs), result: undefined };
        },
        optionsOf(id, signal),
      );
    },
  };
}
