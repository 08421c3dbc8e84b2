/**
 * A tape that carries the state of a series: every part of a series passes its fields over it in one order, and the same passage writes
 * them when the tape records and sets them when it plays. So there is no second description of the state that could fall behind.
 *
 * 1. What a part passes is sized by what it passed before, or by how the series was made.
 * 2. Long rows of numbers are kept in 4 bytes each, or 2 where two digits are enough; single numbers in 8.
 * 3. Recording changes nothing.
 * 4. A tape that ends before the state does, or after it, is a fault.
 */
import { invalid } from '@leasehold/kernel';

export interface Tape {
  readonly playing: boolean;
  /** @returns the number itself when recording, the recorded one when playing. */
  number(value: number): number;
  text(value: string): string;
  /** The first `count` numbers of a row, all when left out. */
  row(values: Float64Array | Float32Array, count?: number): void;
  /** As `row`, for numbers of which a part in two hundred does not matter. */
  coarseRow(values: Float64Array | Float32Array, count?: number): void;
}

const EIGHT = 8;
/** One number seen as its bits: the upper half of them is the number with fewer digits (bfloat16). */
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Keeps what is recorded; one recorder serves any number of series, one after the other. */
export interface Recorder {
  record(passage: (tape: Tape) => void): Uint8Array<ArrayBuffer>;
}

export function createRecorder(): Recorder {
  let bytes = new Uint8Array(new ArrayBuffer(1 << 17));
  let used = 0;
  /** Every entry begins at a multiple of eight, so that a view of any width can lie there. */
  const reserve = (length: number): number => {
    const at = used;
    used += Math.ceil(length / EIGHT) * EIGHT;
    if (used > bytes.length) {
      const grown = new Uint8Array(new ArrayBuffer(2 * used));
      grown.set(bytes);
      bytes = grown;
    }
    return at;
  };
  const tape: Tape = {
    playing: false,
    number: (value) => {
      const at = reserve(EIGHT);
      new DataView(bytes.buffer).setFloat64(at, value, true);
      return value;
    },
    text: (value) => {
      const encoded = new TextEncoder().encode(value);
      tape.number(encoded.length);
      const at = reserve(encoded.length);
      bytes.set(encoded, at);
      return value;
    },
    row: (values, count = values.length) => {
      const at = reserve(count * 4);
      new Float32Array(bytes.buffer, at, count).set(values.subarray(0, count));
    },
    coarseRow: (values, count = values.length) => {
      const at = reserve(count * 2);
      const halves = new Uint16Array(bytes.buffer, at, count);
      for (let i = 0; i < count; i++) {
        single[0] = values[i] as number;
        halves[i] = ((bits[0] as number) + 0x7fff) >>> 16;
      }
    },
  };
  const record = (passage: (tape: Tape) => void): Uint8Array<ArrayBuffer> => {
    used = 0;
    passage(tape);
    return bytes.slice(0, used);
  };
  return { record };
}

/** Plays what a recorder made, to its end. */
export function play(recorded: Uint8Array, passage: (tape: Tape) => void): void {
  if (peek(recorded, passage) !== recorded.length) throw unreadable('it goes on after its end');
}

/** Plays the beginning. @returns how many bytes were played. */
export function peek(recorded: Uint8Array, passage: (tape: Tape) => void): number {
  // A copy begins at a multiple of eight, whatever the bytes were cut from.
  const bytes = recorded.byteOffset % EIGHT === 0 ? recorded : recorded.slice();
  const { buffer, byteOffset } = bytes;
  let used = 0;
  const take = (length: number): number => {
    const at = used;
    used += Math.ceil(length / EIGHT) * EIGHT;
    if (!(length >= 0) || used > bytes.length) throw unreadable('it ends too soon');
    return byteOffset + at;
  };
  const view = new DataView(buffer);
  const tape: Tape = {
    playing: true,
    number: () => view.getFloat64(take(EIGHT), true),
    text: () => {
      const length = tape.number(0);
      return new TextDecoder().decode(new Uint8Array(buffer, take(length), length));
    },
    row: (values, count = values.length) => values.set(new Float32Array(buffer, take(count * 4), count)),
    coarseRow: (values, count = values.length) => {
      const halves = new Uint16Array(buffer, take(count * 2), count);
      for (let i = 0; i < count; i++) {
        bits[0] = (halves[i] as number) << 16;
        values[i] = single[0] as number;
      }
    },
  };
  passage(tape);
  return used;
}

export const unreadable = (why: string) =>
  invalid(`this is no state of such a series: ${why}`, { code: 'InvalidSnapshot' });
