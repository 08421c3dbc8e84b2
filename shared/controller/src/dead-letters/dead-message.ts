/**
 * The message of a dead letter: kept within a bound, and turned into the one that operators read. Pure.
 *
 * M1. What is kept of a message has at most `letter-bytes`; a larger one is cut: first how it was read and its properties go,
 *     then its content. A dead letter says what it lacks.
 * M2. JSON is kept once: as its bytes. How other encodings were read is kept beside them, because the registry may move on.
 * M3. A cut message goes through wherever the full one is too large for the bus.
 */
import { type IncomingMessage, parseJsonPayload } from '@leasehold/bus';
import { deadLetterTopic, parseTopic } from '@leasehold/contracts';
import { type Bound, bound, LAST_INSTANT_MS } from '@leasehold/kernel';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import type { KeptMessage } from '../model/message.ts';

/** Of a kept message as JSON. Beside it, a row holds little more than the reason. */
const LETTER_BYTES: Bound = bound('letter-bytes', 512 * 1024);
/** Of what is kept beside the content, and of a key that goes with a message without content. */
const DECODED_CHARACTERS: Bound = bound('letter-decoded-characters', 64 * 1024);
const SHORT_KEY: Bound = bound('letter-short-key-characters', 1024);
export const REASON_CHARACTERS: Bound = bound('letter-reason-characters', 2000);

/** A message as far as a dead letter tells of it. The time is its producer's word, so it may be anything. */
export type MessageToKeep = Pick<IncomingMessage, 'topic' | 'id' | 'key' | 'publishedAtMs' | 'properties' | 'payload'>;

/** @param read how the content was read, if it could be. */
export function keptMessageOf(
  message: MessageToKeep,
  read?: { readonly value: unknown; readonly encoding: 'avro' | 'json' },
): KeptMessage {
  const at = message.publishedAtMs;
  return {
    topic: message.topic,
    messageId: message.id,
    publishedAtMs: Number.isFinite(at) ? Math.min(Math.max(Math.trunc(at), 0), LAST_INSTANT_MS) : 0,
    ...(message.key === undefined ? {} : { key: message.key }),
    payload: Buffer.from(message.payload).toString('base64'),
    properties: message.properties,
    ...(read?.encoding === 'json' ? { encoding: 'json' as const } : {}),
    ...(read?.encoding === 'avro' ? decodedField(read.value) : {}),
  };
}

function decodedField(value: unknown): Pick<KeptMessage, 'decoded'> {
  const decoded = JSON.stringify(value);
  return decoded.length > DECODED_CHARACTERS.value ? {} : { decoded };
}

export const bytesOf = (letter: KeptMessage): Uint8Array => new Uint8Array(Buffer.from(letter.payload, 'base64'));

/** M2. `undefined` where it could not be read, or only with the registry. */
export function decodedOf(letter: KeptMessage): unknown {
  if (letter.decoded !== undefined) return JSON.parse(letter.decoded);
  return letter.encoding === 'json' && letter.omittedBytes === undefined
    ? parseJsonPayload(bytesOf(letter))
    : undefined;
}

const fits = (letter: KeptMessage): boolean => Buffer.byteLength(JSON.stringify(letter)) <= LETTER_BYTES.value;

/** M1. What fits is returned as it is. */
export function keepable(letter: KeptMessage): KeptMessage {
  if (fits(letter)) return letter;
  const { decoded: _decoded, ...rest } = letter;
  const plain = { ...rest, properties: { properties_omitted: 'true' } };
  return fits(plain) ? plain : withoutContent(letter);
}

/** Where it came from and how large it was; small whatever the message was. */
export function withoutContent({
  topic,
  messageId,
  publishedAtMs,
  key,
  payload,
  omittedBytes,
}: KeptMessage): KeptMessage {
  return {
    topic,
    messageId,
    publishedAtMs,
    ...(key === undefined || key.length > SHORT_KEY.value ? {} : { key }),
    payload: '',
    properties: { properties_omitted: 'true' },
    omittedBytes: omittedBytes ?? Buffer.byteLength(payload, 'base64'),
  };
}

export const isPayloadKept = (letter: KeptMessage): boolean => letter.omittedBytes === undefined;

/** The message as it goes to the dead letter topic: original bytes and key, and what became of it as properties. */
export function deadLetterMessage(
  { pulsarTenant, service }: { readonly pulsarTenant: string; readonly service: string },
  outgoing: DeadLetterOutgoing,
) {
  const { letter, code, message, attempts } = outgoing;
  const name = parseTopic(letter.topic)?.name ?? 'unknown';
  return {
    topic: deadLetterTopic(pulsarTenant, name, service),
    ...(letter.key === undefined ? {} : { key: letter.key }),
    payload: bytesOf(letter),
    properties: {
      ...letter.properties,
      ...(letter.omittedBytes === undefined
        ? {}
        : { payload_omitted: 'true', payload_bytes: String(letter.omittedBytes) }),
      error_code: code,
      error_message: message.slice(0, REASON_CHARACTERS.value),
      original_topic: letter.topic,
      original_message_id: letter.messageId,
      attempts: String(attempts),
    },
  };
}
