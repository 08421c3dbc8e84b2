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
import type { Page, Snapshot, Update } from '@leasehold/store';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import type { KeptMessage } from '../model/message.ts';
import { keepable, REASON_CHARACTERS } from './dead-message.ts';
import { kept } from './kept.ts';
import { type DeadLetterQuery, listDeadLetters } from './list.ts';
import { PART_BOUNDS, type PartBounds, readLetter, updateLetter } from './parts.ts';
import { type DeadLetter, type Redrive, stateAfter, stateOf, tenantOfMessage } from './record.ts';
import { dayOf, letterKey, type Place, partitionOf, type Where } from './rows.ts';

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

const recordIn = (now: Snapshot, id: string): DeadLetter | undefined => {
  const text = now.rows.get(letterKey(id));
  return text === undefined ? undefined : (JSON.parse(text) as DeadLetter);
};

/** E2. @returns undefined where it is on record as it is. */
function filed(now: Snapshot, record: DeadLetter): DeadLetter | undefined {
  const known = recordIn(now, record.id);
  if (known === undefined) return record;
  return stateOf(known) === 'open' ? undefined : { ...record, redrives: known.redrives };
}

export interface DeadLettersDeps extends Where {
  readonly clock: Clock;
  /** Smaller ones are handed in to reach them in tests. */
  readonly bounds?: PartBounds;
}

export function createDeadLetters(deps: DeadLettersDeps): DeadLetters {
  const { ledger, names, clock, bounds = PART_BOUNDS } = deps;
  const parts = { ledger, names, bounds };
  /** @param and what goes with a letter that is new or open again. @returns where it lies. */
  const file = (record: DeadLetter, and: Update<unknown>['put'], signal?: AbortSignal): Promise<Place | undefined> =>
    updateLetter(
      parts,
      record.id,
      (now, place) => {
        const next = filed(now, record);
        if (!next) return { result: place };
        const { put, entries } = kept(names, now, place, next, record.deadAtMs);
        return { put: [...put, ...(and ?? [])], entries, result: place };
      },
      signal,
    );
  return {
    file: async (outgoing, tenantId, signal) => {
      await file(newRecord(outgoing, tenantId, clock.now()), [], signal);
    },
    fileAndSend: async (letter, code, message, attempts, signal) => {
      const reason = message.slice(0, REASON_CHARACTERS.value);
      const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message: reason, attempts };
      const record = newRecord(outgoing, undefined, clock.now());
      const key = `outbox/${record.id}`;
      const place = await file(record, [{ key, value: JSON.stringify(outgoing) }], signal);
      return { partition: partitionOf(names, place as Place), key };
    },
    get: async (id, signal) => {
      const text = await readLetter(parts, id, signal);
      return text === undefined ? undefined : (JSON.parse(text) as DeadLetter);
    },
    list: (query, signal) => listDeadLetters(deps, clock.now(), query, signal),
    noteRedrive: async (id, redrive, signal) => {
      await updateLetter(
        parts,
        id,
        (now, place) => {
          const record = recordIn(now, id);
          if (record === undefined) return { result: undefined };
          const redrives = [...record.redrives, redrive].slice(-MAX_REDRIVES_KEPT);
          const next: DeadLetter = { ...record, redrives, state: stateAfter(redrive.outcome), timed: true };
          // Its life begins anew, and so does that of what leads to it.
          return { ...kept(names, now, place, next, redrive.atMs), result: undefined };
        },
        signal,
      );
    },
  };
}
