import { expect, test } from 'vitest';
import { createRecorder, play, type Tape } from './tape.ts';

interface Part {
  count: number;
  name: string;
  readonly row: Float64Array;
  readonly coarse: Float32Array;
}

const part = (): Part => ({ count: 0, name: '', row: new Float64Array(5), coarse: new Float32Array(3) });
const carry = (of: Part) => (tape: Tape) => {
  of.count = tape.number(of.count);
  of.name = tape.text(of.name);
  tape.row(of.row);
  tape.coarseRow(of.coarse, 2);
};
const full = (): Part => {
  const made = { ...part(), count: 0.1, name: 'größer' };
  made.row.set([1, -2.5, 1e30, 0, 0.1]);
  made.coarse.set([1.234, -5e-9, 7]);
  return made;
};

test('what was recorded is there when played: numbers whole, rows to seven digits, coarse ones to two (2)', () => {
  const [from, to] = [full(), part()];
  play(createRecorder().record(carry(from)), carry(to));
  expect([to.count, to.name]).toEqual([0.1, 'größer']);
  to.row.forEach((value, i) => {
    expect(value).toBe(Math.fround(from.row[i] as number));
  });
  expect((to.coarse[0] as number) / 1.234).toBeCloseTo(1, 2);
  expect((to.coarse[1] as number) / -5e-9).toBeCloseTo(1, 2);
  expect(to.coarse[2]).toBe(0);
});

test('what was played is recorded as the same bytes, and recording changes nothing (3)', () => {
  const recorder = createRecorder();
  const [from, to] = [full(), part()];
  const bytes = recorder.record(carry(from));
  expect(from).toEqual(full());
  play(bytes, carry(to));
  expect([...recorder.record(carry(to))]).toEqual([...bytes]);
});

test('bytes that were cut, lengthened or begin anywhere (4)', () => {
  const bytes = createRecorder().record(carry(full()));
  expect(() => play(bytes.subarray(0, bytes.length - 8), carry(part()))).toThrow('it ends too soon');
  expect(() => play(new Uint8Array([...bytes, 0]), carry(part()))).toThrow('it goes on after its end');
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const to = part();
  play(shifted.subarray(3), carry(to));
  expect(to.name).toBe('größer');
});
