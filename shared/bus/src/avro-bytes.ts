/**
 * Avro's binary encoding, from the first byte to the last: a cursor over one payload.
 *
 * 1. Nothing is read beyond the payload, and nothing is made that is larger than what is left of it.
 * 2. Values that take no bytes, such as nulls, are bounded by nothing in the payload; so they are counted.
 */
import { bound } from '@leasehold/kernel';

export interface AvroBytes {
  boolean(): boolean;
  /** A number where it is safe, else a bigint. */
  long(): number | bigint;
  float(): number;
  double(): number;
  /** A length is told first. */
  bytes(): Buffer;
  fixed(size: number): Buffer;
  /** An index below `end`. */
  index(end: number): number;
  /** The items of the next block of an array or a map; 0: it is over. */
  block(): number;
  /** Bytes not read yet. */
  left(): number;
  /** To be told of every value that took no bytes. */
  tookNone(): void;
}

/** The bytes of a variable-length number whose value is safe as a number whatever is in them. */
const SAFE_BYTES = 7;
const MOST_BYTES = 10;
const EMPTY_VALUES = bound('bus.avroEmptyValues', 100_000);
const BASE = 128;

const tooShort = () => new RangeError('it ends early');

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function createAvroBytes(buffer: Buffer): AvroBytes {
  let at = 0;
  let empty = 0;
  const take = (size: number): number => {
    if (size > buffer.length - at) throw tooShort();
    const start = at;
    at += size;
    return start;
  };
  const byte = (): number => buffer[take(1)] as number;
  const wideLong = (low: number): number | bigint => {
    let value = BigInt(low);
    for (let bytes = SAFE_BYTES; bytes < MOST_BYTES; bytes++) {
      const next = byte();
      value |= BigInt(next & 0x7f) << BigInt(7 * bytes);
      if (next < BASE) {
        const unsigned = BigInt.asUintN(64, value);
        return narrow(BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n)));
      }
    }
    throw new RangeError('a number does not end');
  };
  const long = (): number | bigint => {
    let value = 0;
    let factor = 1;
    for (let bytes = 0; bytes < SAFE_BYTES; bytes++) {
      const next = byte();
      value += (next & 0x7f) * factor;
      if (next < BASE) return unzigzag(value);
      factor *= BASE;
    }
    return wideLong(value);
  };
  const count = (): number => {
    const value = long();
    if (typeof value !== 'number') throw tooShort();
    return value;
  };
  const fixed = (size: number): Buffer => {
    const start = take(size);
    return buffer.subarray(start, start + size);
  };
  return {
    long,
    fixed,
    boolean: () => {
      const value = byte();
      if (value > 1) throw new RangeError(`a boolean is ${value}`);
      return value === 1;
    },
    float: () => buffer.readFloatLE(take(4)),
    double: () => buffer.readDoubleLE(take(8)),
    bytes: () => {
      const size = count();
      if (size < 0) throw new RangeError(`a length is ${size}`);
      return fixed(size);
    },
    index: (end) => {
      const value = count();
      if (value < 0 || value >= end) throw new RangeError(`a choice out of ${end} is ${value}`);
      return value;
    },
    block: () => {
      const items = count();
      // A block that can be skipped tells its size in bytes too.
      if (items < 0) count();
      return Math.abs(items);
    },
    left: () => buffer.length - at,
    tookNone: () => {
      empty += 1;
      if (empty > EMPTY_VALUES.value) throw new RangeError(`more values without bytes than ${EMPTY_VALUES.name}`);
    },
  };
}
