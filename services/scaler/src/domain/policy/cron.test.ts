/** Cron lines mean wall-clock time in their zone, over changes of the clock too. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cron, happenedWithin, instantOf, parseCron } from './cron.ts';

const HOUR_MS = 3_600_000;

function cronOf(line: string): Cron {
  const outcome = parseCron(line);
  if (outcome.kind === 'unknown') throw new Error(outcome.message);
  return outcome.cron;
}

const active = (line: string, zone: string, at: string, hours: number): boolean =>
  happenedWithin(cronOf(line), zone, Date.parse(at), hours * HOUR_MS);

test('lists, ranges, steps and names are read; what is out of range is unknown', () => {
  expect(cronOf('*/20 8-10 1,15 jan-mar mon-fri')).toMatchObject({
    minutes: [0, 20, 40],
    hours: [8, 9, 10],
    months: new Set([1, 2, 3]),
    weekdays: new Set([1, 2, 3, 4, 5]),
    eitherDay: true,
  });
  expect(cronOf('0 0 * * 7').weekdays).toEqual(new Set([0]));
  for (const line of [
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '5-1 * * * *',
    '*/0 * * * *',
    'a * * * *',
    '0 0 30 2 *',
    '@daily',
  ])
    expect(parseCron(line).kind).toBe('unknown');
});

test('a schedule is active from its time, for its duration, in its zone', () => {
  const line = '0 8 * * mon-fri';
  expect(active(line, 'Europe/Vienna', '2026-01-12T07:00:00Z', 2)).toBe(true);
  expect(active(line, 'Europe/Vienna', '2026-01-12T06:59:59Z', 2)).toBe(false);
  expect(active(line, 'Europe/Vienna', '2026-01-12T08:59:59Z', 2)).toBe(true);
  expect(active(line, 'Europe/Vienna', '2026-01-12T09:00:00Z', 2)).toBe(false);
  expect(active(line, 'Europe/Vienna', '2026-07-13T06:00:00Z', 2)).toBe(true);
  expect(active(line, 'Asia/Kolkata', '2026-01-12T02:30:00Z', 2)).toBe(true);
  expect(active(line, 'Europe/Vienna', '2026-01-11T07:30:00Z', 2)).toBe(false);
});

test('a schedule that began yesterday, or days ago, is still active while it lasts', () => {
  expect(active('0 22 * * *', 'America/New_York', '2026-01-13T06:00:00Z', 8)).toBe(true);
  expect(active('0 0 1 * *', 'UTC', '2026-01-06T23:00:00Z', 144)).toBe(true);
  expect(active('0 0 1 * *', 'UTC', '2026-01-07T00:00:00Z', 144)).toBe(false);
});

test('a time that the clock leaps over happens later by the leap, one that comes twice the first time (C1)', () => {
  const iso = (wall: string) => new Date(instantOf('Europe/Vienna', Date.parse(wall))).toISOString();
  expect(iso('2026-03-29T02:30:00Z')).toBe('2026-03-29T01:30:00.000Z');
  expect(iso('2026-03-29T10:00:00Z')).toBe('2026-03-29T08:00:00.000Z');
  expect(iso('2026-10-25T02:30:00Z')).toBe('2026-10-25T00:30:00.000Z');
  expect(iso('2026-10-25T10:00:00Z')).toBe('2026-10-25T09:00:00.000Z');
});

test('no text makes the reader throw', () => {
  fc.assert(fc.property(fc.string(), (line) => ['cron', 'unknown'].includes(parseCron(line).kind)));
});
