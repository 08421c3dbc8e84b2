import { expect, test } from 'vitest';
import { formatDuration, parseDuration, shortInstant } from './duration.ts';

test('durations are read as people write them', () => {
  expect(['90s', '5m', '1h30m', '500ms', '1.5s', '5', '0.5'].map((text) => parseDuration(text, '--timeout'))).toEqual([
    90_000, 300_000, 5_400_000, 500, 1_500, 5_000, 500,
  ]);
});

test.each(['', 'm', '0', '-5', '1h30', '1e3', '5 s', '٥', '5 m', '-5m', '0s', '31d', '5mm'])(
  '%j is refused with what was given',
  (text) => {
    expect(() => parseDuration(text, '--timeout')).toThrow(`got ${JSON.stringify(text)}`);
  },
);

test('durations are written with the unit that fits', () => {
  expect([74, 4_800, 59_960, 125_000, 3_600_000, 90_000_000, 172_800_000].map(formatDuration)).toEqual([
    '74 ms',
    '4.8 s',
    '1 min 0 s',
    '2 min 5 s',
    '1 h 0 min',
    '25 h 0 min',
    '2 days',
  ]);
});

test('an instant is shortened, anything else left alone', () => {
  expect(shortInstant('2026-01-31T12:00:05.123Z')).toBe('2026-01-31 12:00:05Z');
  expect(shortInstant('soon')).toBe('soon');
});

test('an instant with another zone is shown in UTC; what is none is shown as it is', () => {
  expect(shortInstant('2026-01-31T12:00:05+05:30')).toBe('2026-01-31 06:30:05Z');
  expect(shortInstant('2026-02-30T12:00:05Z')).toBe('2026-02-30T12:00:05Z');
});
