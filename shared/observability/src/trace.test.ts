import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { childTrace, makeTrace, parseTrace } from './trace.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a context that was sent is carried on: same trace, flags and state, another span', () => {
  const parent = parseTrace(PARENT, 'vendor=1');
  const child = childTrace(parent, seededRng(1));
  expect(child).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', sampled: true, tracestate: 'vendor=1' });
  expect(child.spanId).not.toBe('00f067aa0ba902b7');
  expect(parseTrace(child.traceparent)?.spanId).toBe(child.spanId);
});

test.each([
  undefined,
  '',
  'rubbish',
  PARENT.replace('00-', 'ff-'),
  PARENT.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)),
  PARENT.replace('00f067aa0ba902b7', '0'.repeat(16)),
  `${PARENT}-more`,
  PARENT.toUpperCase(),
])('what is no context is none: %s', (text) => {
  expect(parseTrace(text)).toBeUndefined();
});

test('a later version may have more parts; a state that is too long or unprintable is dropped', () => {
  expect(parseTrace(`${PARENT.replace('00-', '01-')}-more`)?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  expect(parseTrace(PARENT, 'x'.repeat(600))).not.toHaveProperty('tracestate');
  expect(parseTrace(PARENT, 'a=\u0007')).not.toHaveProperty('tracestate');
});

test('the same seed makes the same trace, valid in form', () => {
  expect(makeTrace(seededRng(7))).toEqual(makeTrace(seededRng(7)));
  expect(makeTrace(seededRng(7)).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});
