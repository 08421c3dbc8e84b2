/**
 * A dead letter handed to the service again, on an operator's word: the original decided anew under a key of its own.
 * The audit of its owner names the operator; that of the service names the dead letter too, whether anything came of it or not.
 */

import { parseTopic } from '@leasehold/contracts';
import { problem } from '@leasehold/http';
import { type Clock, isoTime, type Log, reason } from '@leasehold/kernel';
import type { Control } from '../control/control.ts';
import { handleEvent, type IntakeDeps } from '../intake/handle-event.ts';
import { interpret, type ReadEvent, readEvent } from '../intake/read-event.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { DeadLetters } from './dead-letters.ts';
import { bytesOf, decodedOf, isPayloadKept } from './dead-message.ts';
import { type DeadLetter, type DeadLetterState, stateAfter, tenantOfDeadLetter } from './record.ts';

export interface RedriveParts<T extends OwnedTypes> {
  readonly deadLetters: DeadLetters;
  readonly control: Pick<Control, 'note'>;
  readonly intake: IntakeDeps<T>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface RedriveResult {
  readonly outcome: string;
  /** What it is after it: `open` where it failed again. */
  readonly state: DeadLetterState;
  readonly detail?: string;
}

export async function redrive<T extends OwnedTypes>(
  parts: RedriveParts<T>,
  record: DeadLetter,
  who: { readonly subject: string; readonly requestId: string; readonly reason: string },
  signal: AbortSignal,
): Promise<RedriveResult> {
  if (!isPayloadKept(record.letter))
    throw problem('conflict', 'The message was too large to be kept; it is on the dead letter topic only.');
  const read = await readAgain(parts, record);
  const came =
    read.kind === 'bad'
      ? { outcome: read.code, detail: read.message }
      : await decideAgain(parts, record, read, who, signal);
  const result: RedriveResult = { ...came, state: stateAfter(came.outcome) };
  const note = {
    atMs: momentAfter(record, parts.clock.now()),
    by: who.subject,
    reason: who.reason,
    outcome: result.outcome,
  };
  await parts.deadLetters.noteRedrive(record.id, note, signal);
  await parts.control.note(
    {
      command: { kind: 'redrive', reason: who.reason },
      actor: { subject: who.subject, request_id: who.requestId },
      disposition: result.outcome,
      reasons: [reason('Redriven', who.reason)],
      after: { dead_letter: record.id, tenant_id: tenantOfDeadLetter(record) ?? null },
    },
    signal,
  );
  parts.log.info('dead letter redriven', {
    letter: record.id,
    by: who.subject,
    outcome: result.outcome,
    at: isoTime(note.atMs),
  });
  return result;
}

/** Each has a moment of its own, whatever the clock says: the key of the next is made of it. */
const momentAfter = ({ redrives }: DeadLetter, nowMs: number): number =>
  Math.max(nowMs, (redrives.at(-1)?.atMs ?? 0) + 1);

function readAgain<T extends OwnedTypes>(parts: RedriveParts<T>, { letter }: DeadLetter): Promise<ReadEvent<T>> {
  const message = {
    topic: letter.topic,
    id: letter.messageId,
    publishedAtMs: letter.publishedAtMs,
    properties: letter.properties,
    payload: bytesOf(letter),
    ...(letter.key === undefined ? {} : { key: letter.key }),
  };
  const topic = parseTopic(letter.topic);
  const nowMs = parts.clock.now();
  // What could be read once is read from its record: the registry may have moved on since.
  const value = decodedOf(letter);
  if (value !== undefined && topic)
    return Promise.resolve(
      interpret(parts.intake.events, message, topic, { value, encoding: letter.encoding ?? 'avro' }, nowMs),
    );
  return readEvent(parts.intake, message, nowMs);
}

async function decideAgain<T extends OwnedTypes>(
  parts: RedriveParts<T>,
  record: DeadLetter,
  read: ReadEvent<T> & { readonly kind: 'event' },
  { subject, requestId }: { readonly subject: string; readonly requestId: string },
  signal: AbortSignal,
): Promise<Omit<RedriveResult, 'state'>> {
  const source = {
    ...read.source,
    eventKey: `redrive|${record.id}|${record.redrives.at(-1)?.atMs ?? 0}`,
    redrivenBy: { subject, requestId },
  };
  const { decision, cameTo } = await handleEvent(parts.intake, read.ownerId, read.command, source, signal);
  // One that was decided and not noted, as its process died between the two: told as it was, so that what was refused stays open.
  if (cameTo === 'refused')
    return { outcome: cameTo, detail: 'it was refused when it was handed in before; hand it in again' };
  if (cameTo !== undefined) return { outcome: cameTo };
  const { disposition } = decision;
  if (disposition.kind === 'refused') return { outcome: disposition.code, detail: disposition.message };
  const why = disposition.kind === 'dropped' ? decision.reasons.at(-1)?.message : undefined;
  return { outcome: disposition.kind, ...(why === undefined ? {} : { detail: why }) };
}
