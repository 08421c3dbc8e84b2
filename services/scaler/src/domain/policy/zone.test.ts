/** Offsets of zones at moments that an almanac tells, to the minute, and which names are zones. */
import { expect, test } from 'vitest';
import { isZone, offsetMs } from './zone.ts';

const hours = (zone: string, at: string): number => offsetMs(zone, Date.parse(at)) / 3_600_000;

test.each([
  ['UTC', '2026-01-12T08:00:00Z', 0],
  ['Europe/Vienna', '2026-01-12T08:00:00Z', 1],
  ['Europe/Vienna', '2026-07-12T08:00:00Z', 2],
  ['America/New_York', '2026-01-12T00:30:00Z', -5],
  ['Asia/Kathmandu', '2026-12-31T23:59:59Z', 5.75],
  ['Pacific/Apia', '2011-12-30T09:59:00Z', -10],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', 14],
])('%s at %s is %d hours ahead', (zone, at, ahead) => {
  expect(hours(zone, at)).toBe(ahead);
});

test('the minute counts at which a clock is moved, also where it lies within a quarter of an hour (Z1)', () => {
  expect([hours('Europe/Vienna', '2026-03-29T00:59:59Z'), hours('Europe/Vienna', '2026-03-29T01:00:00Z')]).toEqual([
    1, 2,
  ]);
  // St. John's moved its clock at a minute past midnight.
  const moved = ['02:29:59', '02:30:59', '02:31:00', '02:44:00', '02:45:00'];
  expect(moved.map((time) => hours('America/St_Johns', `2009-11-01T${time}Z`))).toEqual([-2.5, -2.5, -3.5, -3.5, -3.5]);
});

test('names are zones, offsets and places that nobody knows are not', () => {
  expect(['UTC', 'Europe/Vienna', 'Asia/Kolkata'].map(isZone)).toEqual([true, true, true]);
  expect(['+02:00', '-03:00', 'Mars/Base', 'Europe/', ' '].map(isZone)).toEqual([false, false, false, false, false]);
});
