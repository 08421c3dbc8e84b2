/**
 * A dead letter handed to the service again, on an operator's word: the original decided anew under a key of its own.
 * The audit of its tenant names the operator; that of the platform names the letter too, whether anything came of it or not.
 */

import { parseTopic } from '@leasehold/contracts';
import {
  bytesOf,
  type DeadLetter,
  type DeadLetterState,
  decodedOf,
  isPayloadKept,
  stateAfter,
  tenantOfDeadLetter,
} from '@leasehold/controller';
import { problem } from '@leasehold/http';
import { isoTime, reason } from '@leasehold/kernel';
import { handleEvent, interpret, type ReadEvent, readEvent } from './events.ts';
import type { Provisioner } from './provisioner.ts';

export interface RedriveResult {
  readonly outcome: string;
  /** What the letter is after it: `open` where it failed again. */
  readonly state: DeadLetterState;
  readonly detail?: string;
}

export async function redrive(
  provisioner: Provisioner,
  record: DeadLetter,
  who: { readonly subject: string; readonly requestId: string; readonly reason: string },
  signal: AbortSignal,
): Promise<RedriveResult> {
  if (!isPayloadKept(record.letter))
    throw problem('conflict', 'The message was too large to be kept; it is on the dead letter topic only.');
  const read = await readAgain(provisioner, record);
  const came =
    read.kind === 'bad'
      ? { outcome: read.code, detail: read.message }
      : await decideAgain(provisioner, record, read, who, signal);
  const result: RedriveResult = { ...came, state: stateAfter(came.outcome) };
  const note = {
    atMs: momentAfter(record, provisioner.deps.clock.now()),
    by: who.subject,
    reason: who.reason,
    outcome: result.outcome,
  };
  await provisioner.letters.noteRedrive(record.id, note, signal);
  await provisioner.control.note(
    {
      command: { kind: 'redrive', reason: who.reason },
      actor: { subject: who.subject, request_id: who.requestId },
      disposition: result.outcome,
      reasons: [reason('Redriven', who.reason)],
      after: { dead_letter: record.id, tenant_id: tenantOfDeadLetter(record) ?? null },
    },
    signal,
  );
  provisioner.deps.log.info('dead letter redriven', {
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

function readAgain(provisioner: Provisioner, { letter }: DeadLetter): Promise<ReadEvent> {
  const message = {
    topic: letter.topic,
    id: letter.messageId,
    publishedAtMs: letter.publishedAtMs,
    properties: letter.properties,
    payload: bytesOf(letter),
    ...(letter.key === undefined ? {} : { key: letter.key }),
  };
  const topic = parseTopic(letter.topic);
  const nowMs = provisioner.deps.clock.now();
  // What could be read once is read from its record: the registry may have moved on since.
  const value = decodedOf(letter);
  if (value !== undefined && topic)
    return Promise.resolve(interpret(message, topic, { value, encoding: letter.encoding ?? 'avro' }, nowMs));
  return readEvent(provisioner.events.codec, message, nowMs);
}

async function decideAgain(
  provisioner: Provisioner,
  record: DeadLetter,
  read: ReadEvent & { readonly kind: 'event' },
  { subject, requestId }: { readonly subject: string; readonly requestId: string },
  signal: AbortSignal,
): Promise<Omit<RedriveResult, 'state'>> {
  const source = {
    ...read.source,
    eventKey: `redrive|${record.id}|${record.redrives.at(-1)?.atMs ?? 0}`,
    redrivenBy: { subject, requestId },
  };
  const { decision, cameTo } = await handleEvent(provisioner.events, read.tenantId, read.command, source, signal);
  // One that was decided and not noted, as its process died between the two: told as it was, so that what was refused stays open.
  if (cameTo === 'refused')
    return { outcome: cameTo, detail: 'it was refused when it was handed in before; hand it in again' };
  if (cameTo !== undefined) return { outcome: cameTo };
  const { disposition } = decision;
  if (disposition.kind === 'refused') return { outcome: disposition.code, detail: disposition.message };
  const why = disposition.kind === 'dropped' ? decision.reasons.at(-1)?.message : undefined;
  return { outcome: disposition.kind, ...(why === undefined ? {} : { detail: why }) };
}
