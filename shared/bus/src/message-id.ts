/**
 * Pulsar's message ids. On the wire an id is the protobuf `MessageIdData`; for everything above it is `ledger:entry`, with
 * `:index` for a message inside a batch, so that every transport gives a message the same id.
 *
 * 1. The text of an id does not change over redelivery: what the broker says about the batch (its size, which of it is
 *    acked) is left out.
 */
import { bound } from '@leasehold/kernel';

export interface MessagePosition {
  readonly ledger: bigint;
  readonly entry: bigint;
  /** Index inside the batch; undefined for a message alone in its entry. */
  readonly batchIndex: number | undefined;
}

const ID_BYTES = bound('bus.messageIdBytes', 1024);
const LEDGER_FIELD = 1;
const ENTRY_FIELD = 2;
const BATCH_INDEX_FIELD = 4;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) break;
    cursor.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new RangeError('a varint that does not end');
}

function readFields(bytes: Uint8Array): ReadonlyMap<number, bigint> {
  if (bytes.length > ID_BYTES.value) throw new RangeError(`longer than ${ID_BYTES.name} ${ID_BYTES.value}`);
  const fields = new Map<number, bigint>();
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(readVarint(cursor));
    const wire = tag & 7;
    const value = readVarint(cursor);
    if (wire === 0) fields.set(tag >> 3, value);
    else if (wire === 2) cursor.at += Number(value);
    else throw new RangeError(`wire type ${wire}`);
  }
  return fields;
}

/** @param bytes the serialized `MessageIdData`. @throws RangeError for anything else. */
export function parseMessageId(bytes: Uint8Array): MessagePosition {
  const fields = readFields(bytes);
  const ledger = fields.get(LEDGER_FIELD);
  const entry = fields.get(ENTRY_FIELD);
  if (ledger === undefined || entry === undefined) throw new RangeError('no ledger or entry');
  const index = fields.get(BATCH_INDEX_FIELD);
  return { ledger, entry, batchIndex: index === undefined || index < 0n ? undefined : Number(index) };
}

export const formatPosition = (position: MessagePosition): string =>
  position.batchIndex === undefined
    ? `${position.ledger}:${position.entry}`
    : `${position.ledger}:${position.entry}:${position.batchIndex}`;

const POSITION = /^(\d{1,20}):(\d{1,20})(?::(\d{1,10}))?$/;

/** The position in an id that `formatPosition` made; undefined for any other text. */
export function parsePosition(id: string): MessagePosition | undefined {
  const match = POSITION.exec(id);
  if (!match) return undefined;
  const [, ledger = '', entry = '', index] = match;
  return { ledger: BigInt(ledger), entry: BigInt(entry), batchIndex: index === undefined ? undefined : Number(index) };
}

/** True where `a` lies in the same entry as `b` or before it. */
export const isUpTo = (a: MessagePosition, b: MessagePosition): boolean =>
  a.ledger === b.ledger ? a.entry <= b.entry : a.ledger < b.ledger;
