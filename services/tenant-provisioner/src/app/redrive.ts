/**
 * A dead letter handed to the service again, on an operator's word: the original decided anew under a key of its own.
 */
import { parseTopic } from '@leasehold/contracts';
import { problem } from '@leasehold/http';
import { isoTime } from '@leasehold/kernel';
import { handleEvent, interpret, type ReadEvent, readEvent } from './events.ts';
import type { LetterRecord } from './letters.ts';
import type { Provisioner } from './provisioner.ts';

export interface RedriveResult {
  readonly outcome: string;
  readonly detail?: string;
}

export async function redrive(
  provisioner: Provisioner,
  record: LetterRecord,
  who: { readonly by: string; readonly reason: string },
  signal: AbortSignal,
): Promise<RedriveResult> {
  if (record.letter.payload === '')
    throw problem('conflict', 'The message was too large to be kept; it is on the dead letter topic only.');
  const read = await readAgain(provisioner, record);
  const result =
    read.kind === 'bad'
      ? { outcome: read.code, detail: read.message }
      : await decideAgain(provisioner, record, read, signal);
  const note = { atMs: provisioner.deps.clock.now(), by: who.by, reason: who.reason, outcome: result.outcome };
  await provisioner.letters.noteRedrive(record.id, note, signal);
  provisioner.deps.log.info('dead letter redriven', {
    letter: record.id,
    by: who.by,
    outcome: result.outcome,
    at: isoTime(note.atMs),
  });
  return result;
}

function readAgain(provisioner: Provisioner, { letter }: LetterRecord): Promise<ReadEvent> {
  const message = {
    topic: letter.topic,
    id: letter.messageId,
    publishedAtMs: letter.publishedAtMs,
    properties: letter.properties,
    payload: new Uint8Array(Buffer.from(letter.payload, 'base64')),
    ...(letter.key === undefined ? {} : { key: letter.key }),
  };
  const topic = parseTopic(letter.topic);
  // What could be read once is read from its record: the registry may have moved on since.
  if (letter.decoded !== undefined && topic)
    return Promise.resolve(interpret(message, topic, JSON.parse(letter.decoded)));
  return readEvent(provisioner.events.codec, message);
}

async function decideAgain(
  provisioner: Provisioner,
  record: LetterRecord,
  read: ReadEvent & { readonly kind: 'event' },
  signal: AbortSignal,
): Promise<RedriveResult> {
  const source = { ...read.source, eventKey: `redrive|${record.id}|${record.redrives.length + 1}` };
  const { decision } = await handleEvent(provisioner.events, read.tenantId, read.command, source, signal);
  const { disposition } = decision;
  if (disposition.kind !== 'refused') return { outcome: disposition.kind };
  return { outcome: disposition.code, detail: disposition.message };
}
