import type { Rng } from '@leasehold/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childTrace, makeTrace, parseTrace } from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
/** A generator that draws the same each time: 0 for the least, 1 for the most. */
const always = (share: 0 | 1) => ({ int: (below: number) => share * (below - 1) }) as unknown as Rng;

test.each([
  ['01', true],
  ['00', false],
  ['03', true],
  ['02', false],
  ['ff', true],
])('the flags %s say that it is sampled: %s', (flags, sampled) => {
  expect(parseTrace(`00-${TRACE}-${SPAN}-${flags}`)).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    sampled,
    traceparent: `00-${TRACE}-${SPAN}-${sampled ? '01' : '00'}`,
  });
});

test.each([
  `0-${TRACE}-${SPAN}-01`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  `00-${TRACE}-${SPAN.slice(1)}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}`,
  `x00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01x`,
  `01-${TRACE}-${SPAN}-01x`,
])('%s is none', (text) => {
  expect(parseTrace(text)).toBeUndefined();
});

test('spaces around are none of it, in the state neither', () => {
  expect(parseTrace(` 00-${TRACE}-${SPAN}-01 `, ' a=1 ')).toMatchObject({ traceId: TRACE, tracestate: 'a=1' });
});

test.each([
  ['x'.repeat(512), true],
  ['x'.repeat(513), false],
  ['', false],
  ['  ', false],
  ['a=ü', false],
  ['a=~ b', true],
  ['a\tb', false],
])('the state %j is carried on: %s', (state, isKept) => {
  const trace = parseTrace(`00-${TRACE}-${SPAN}-01`, state);
  if (isKept) expect(trace?.tracestate).toBe(state);
  else expect(trace).not.toHaveProperty('tracestate');
});

test('ids have their length and are never all zeros, whatever is drawn', () => {
  expect(makeTrace(always(0))).toMatchObject({
    traceId: `${'0'.repeat(31)}1`,
    spanId: `${'0'.repeat(15)}1`,
    sampled: true,
  });
  expect(makeTrace(always(1))).toMatchObject({ traceId: 'f'.repeat(32), spanId: 'f'.repeat(16) });
});

test('a child without a parent begins a trace; one of a parent that is not sampled is not either', () => {
  expect(childTrace(undefined, always(1)).traceId).toBe('f'.repeat(32));
  const parent = parseTrace(`00-${TRACE}-${SPAN}-00`);
  expect(childTrace(parent, always(1))).toEqual({
    traceId: TRACE,
    spanId: 'f'.repeat(16),
    sampled: false,
    traceparent: `00-${TRACE}-${'f'.repeat(16)}-00`,
  });
});

test('an id may end in zeros', () => {
  const text = `00-${'4'.padEnd(32, '0')}-${'8'.padEnd(16, '0')}-01`;
  expect(parseTrace(text)?.traceparent).toBe(text);
});

test('what is written is read back', () => {
  const hex = (length: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0*$/.test(text));
  fc.assert(
    fc.property(hex(32), hex(16), fc.constantFrom('00', '01'), (trace, span, flags) => {
      const text = `00-${trace}-${span}-${flags}`;
      expect(parseTrace(text)?.traceparent).toBe(text);
    }),
  );
});
