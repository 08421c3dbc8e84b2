import { expect, test } from 'vitest';
import { queryTime } from './query.ts';

test('a time in a query is a date or ISO 8601, UTC where no zone is told', () => {
  expect(queryTime.parse('2026-01-31')).toBe(Date.UTC(2026, 0, 31));
  expect(queryTime.parse('2026-01-31T12:00:00')).toBe(Date.UTC(2026, 0, 31, 12));
  expect(queryTime.parse('2026-01-31T12:00:00+05:30')).toBe(Date.UTC(2026, 0, 31, 6, 30));
});

// A plus that was not encoded arrives as a space.
test.each(['1', '03/11/2026', '2026-02-30', '2026-13-01', '1769860800000', '', '2026-01-31T12:00:00 05:30'])(
  'what is no time is refused: %j',
  (text) => {
    expect(queryTime.safeParse(text).error?.issues[0]?.message).toContain('expected a time as in');
  },
);
