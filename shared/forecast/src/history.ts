/**
 * The recent past of a series: its last values and their running sums, so that any mean over neighbours costs two look-ups.
 *
 * 1. Values are kept in 4 bytes each and found by their index since the beginning; what is older than `keep` is forgotten.
 * 2. A mean never looks beyond `until`, so that what was known then can be worked out again later.
 */
import { type Tape, unreadable } from './tape.ts';

export interface History {
  /** Index of the newest value, -1 before the first. */
  last(): number;
  /** Index of the oldest value that is kept. */
  first(): number;
  push(value: number): void;
  /** Forgets all: the next value has this index. */
  clear(next: number): void;
  /** The value at an index; the nearest kept one outside. */
  at(index: number): number;
  /** Mean of the values at `from..to`, as far as they are kept and not newer than `until`. */
  mean(from: number, to: number, until: number): number;
  /** The kept values in 4 bytes each, the sums not at all: they are worked out again. */
  carry(tape: Tape): void;
}

/** @param keep how many of the newest values are kept for certain. */
export function createHistory(keep: number): History {
  const slack = Math.max(16, keep >> 3);
  const values = new Float32Array(keep + slack);
  /** `sums[i]` is the sum of the values before slot i. */
  const sums = new Float64Array(keep + slack + 1);
  let base = 0;
  let size = 0;
  const sumUp = () => {
    for (let i = 0; i < size; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
  };
  /** Moves the kept values to the front and sums afresh, so that rounding errors do not pile up. */
  const compact = () => {
    values.copyWithin(0, size - keep, size);
    base += size - keep;
    size = keep;
    sumUp();
  };
  const push = (value: number) => {
    if (size === values.length) compact();
    values[size] = value;
    sums[size + 1] = (sums[size] as number) + (values[size] as number);
    size++;
  };
  const clear = (next: number) => {
    [base, size] = [next, 0];
  };
  const at = (index: number): number => {
    const slot = index - base;
    return values[slot < 0 ? 0 : slot >= size ? size - 1 : slot] as number;
  };
  const mean = (from: number, to: number, until: number): number => {
    const end = Math.min(to, until) - base;
    const begin = Math.min(Math.max(from - base, 0), Math.max(end, 0));
    return end <= begin
      ? (values[begin] as number)
      : ((sums[end + 1] as number) - (sums[begin] as number)) / (end + 1 - begin);
  };
  const carry = (tape: Tape) => {
    const dropped = tape.playing ? 0 : Math.max(0, size - keep);
    const count = tape.number(size - dropped);
    const first = tape.number(base + dropped);
    if (!(count >= 0 && count <= values.length)) throw unreadable(`it keeps ${count} values`);
    tape.row(values.subarray(dropped, dropped + count));
    if (!tape.playing) return;
    [base, size] = [first, count];
    sumUp();
  };
  return { carry, clear, last: () => base + size - 1, first: () => base, push, at, mean };
}
