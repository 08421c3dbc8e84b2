import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSseParser } from './sse.ts';

const STREAM =
  'retry: 2000\r\n\r\nid: 1\nevent: status\ndata: {"a":\ndata: 1}\n\n: keep-alive\r\rid:2\rdata: ü\r\n\r\n';
const EVENTS = [
  { id: '1', event: 'status', data: '{"a":\n1}' },
  { id: '2', event: 'message', data: 'ü' },
];

test('however a stream is cut into pieces, the same events come out (1)', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: STREAM.length }), { maxLength: 12 }), (places) => {
      const parser = createSseParser();
      const cuts = [0, ...places.toSorted((a, b) => a - b), STREAM.length];
      const events = cuts.slice(1).flatMap((end, at) => parser.push(STREAM.slice(cuts[at], end)));
      expect(events).toEqual(EVENTS);
    }),
  );
});

test('an event that is not whole is not given out (1)', () => {
  expect(createSseParser().push('id: 1\ndata: {}\n')).toEqual([]);
});

test('a stream without a line end is refused, not kept for ever (2)', () => {
  expect(() => createSseParser().push('x'.repeat(9 * 1024 * 1024))).toThrow('longer than');
});
