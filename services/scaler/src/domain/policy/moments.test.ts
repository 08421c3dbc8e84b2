/** Windows of cron lines: wall-clock time in a zone, over every change of its clock. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cron, NEVER, readCron } from './cron.ts';
import { isOpen, momentsOf } from './moments.ts';
import { offsetMs } from './zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function cronOf(line: string): Cron {
  const outcome = readCron(line);
  if (outcome.kind === 'unknown') throw new Error(outcome.message);
  return outcome.cron;
}

const active = (line: string, zone: string, at: string, hours: number): boolean =>
  isOpen(cronOf(line), zone, Date.parse(at), hours * HOUR_MS);

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

test('a time that the clock leaps over happens later by the leap, one that comes twice is known twice (W1)', () => {
  const iso = (wall: string, zone = 'Europe/Vienna') =>
    momentsOf(zone, Date.parse(wall)).map((at) => new Date(at).toISOString());
  expect(iso('2026-03-29T02:30:00Z')).toEqual(['2026-03-29T01:30:00.000Z']);
  expect(iso('2026-03-29T10:00:00Z')).toEqual(['2026-03-29T08:00:00.000Z']);
  expect(iso('2026-10-25T02:30:00Z')).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']);
  expect(iso('2026-10-25T10:00:00Z')).toEqual(['2026-10-25T09:00:00.000Z']);
  expect(iso('2026-10-04T02:15:00Z', 'Australia/Lord_Howe')).toEqual(['2026-10-03T15:45:00.000Z']);
  expect(iso('2026-04-05T01:45:00Z', 'Australia/Lord_Howe')).toEqual([
    '2026-04-04T14:45:00.000Z',
    '2026-04-04T15:15:00.000Z',
  ]);
});

/** Whether a window is open, every so many minutes from `from` on, for so many hours. */
function looks(
  line: string,
  zone: string,
  minutes: number,
  from: string,
  hours: number,
  every = 1,
): readonly boolean[] {
  const cron = cronOf(line);
  return Array.from({ length: Math.ceil((hours * 60) / every) }, (_, i) =>
    isOpen(cron, zone, Date.parse(from) + i * every * MINUTE_MS, minutes * MINUTE_MS),
  );
}

test.each([
  ['0 * * * *', 'America/New_York', 60, '2025-11-02T00:00:00Z', 12],
  ['0 0 * * *', 'America/New_York', 1_440, '2025-11-01T12:00:00Z'],
  ['30 1 * * *', 'America/New_York', 1_440, '2025-11-01T12:00:00Z'],
  ['30 2 * * *', 'Europe/Vienna', 1_440, '2026-03-28T12:00:00Z'],
  ['30 2 * * *', 'Europe/Vienna', 1_440, '2026-10-24T12:00:00Z'],
  ['0 */6 * * *', 'Europe/Berlin', 360, '2026-10-24T12:00:00Z'],
  ['0 0,12 * * *', 'Australia/Sydney', 720, '2026-04-04T00:00:00Z'],
  ['*/15 * * * *', 'Australia/Lord_Howe', 15, '2026-04-04T10:00:00Z', 10],
  ['0 0 * * *', 'Australia/Lord_Howe', 1_440, '2026-04-04T00:00:00Z'],
  ['0 0 * * *', 'America/Santiago', 1_440, '2026-09-05T00:00:00Z'],
  ['0 0 * * *', 'America/Sao_Paulo', 1_440, '2018-11-03T00:00:00Z'],
  ['0 0 * * *', 'Pacific/Apia', 1_440, '2011-12-28T12:00:00Z'],
  ['1 0 * * *', 'America/St_Johns', 1_440, '2009-10-31T12:00:00Z'],
  ['0 0 * * mon', 'Europe/London', 10_080, '2026-10-22T00:00:00Z'],
  ['0 0 * * *', 'Africa/Casablanca', 1_440, '2026-02-14T00:00:00Z'],
  ['0 1,2,3,4 * * *', 'America/New_York', 60, '2025-11-02T05:00:00Z', 5],
])(
  '%s in %s with windows of %i minutes that meet leaves nothing open (W2)',
  (line, zone, minutes, from, hours = 60) => {
    // Seven shares no divisor with an hour: in time every minute of it is looked at.
    expect(looks(line, zone, minutes, from, hours, 7)).not.toContain(false);
  },
);

test.each([
  ['30 1 * * *', 'America/New_York', 30, '2025-11-02T04:00:00Z', 30],
  ['0 1 * * *', 'America/New_York', 60, '2025-11-02T04:00:00Z', 60],
  ['30 2 * * *', 'Europe/Vienna', 45, '2026-03-29T00:00:00Z', 45],
  ['0 * * * *', 'America/New_York', 20, '2025-11-02T04:00:00Z', 12 * 20],
  ['*/30 * * * *', 'America/New_York', 10, '2025-11-02T04:00:00Z', 12 * 20],
  ['0 2 * * *', 'Australia/Lord_Howe', 60, '2026-10-03T12:00:00Z', 60],
  ['0 23 * * *', 'America/New_York', 240, '2025-11-02T02:00:00Z', 240],
])('%s in %s lasts %i minutes of time that passes, each time (W1, W2)', (line, zone, minutes, from, open) => {
  expect(looks(line, zone, minutes, from, 12).filter(Boolean)).toHaveLength(open);
});

const zones = fc.constantFrom(
  'America/New_York',
  'Europe/Vienna',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'UTC',
);

test('an answer that is kept is the one that a look of its own gives, in whatever order the minutes are asked for', () => {
  const line = fc.constantFrom(
    '0 8 * * mon-fri',
    '30 1 * * *',
    '*/30 * * * *',
    '0 0 1 * *',
    '0 23 * * sun',
    '15 2 29 3 *',
  );
  const moment = fc.integer({ min: Date.UTC(2026, 2, 20), max: Date.UTC(2026, 3, 10) });
  fc.assert(
    fc.property(line, zones, fc.integer({ min: 1, max: 3_000 }), moment, (text, zone, lasts, at) => {
      const kept = cronOf(text);
      for (const minutes of [0, 1, 7, 30, 61, 500, 499, 1_441, 2, 5_000, 0]) {
        const each = at + minutes * MINUTE_MS;
        // Another object of the same line has kept nothing.
        const fresh = { ...kept };
        expect(isOpen(kept, zone, each, lasts * MINUTE_MS)).toBe(isOpen(fresh, zone, each, lasts * MINUTE_MS));
      }
    }),
    { numRuns: 60 },
  );
});

test('a line is open exactly for its duration after each minute whose wall clock it names, where the clock stands still', () => {
  const line = fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }));
  fc.assert(
    fc.property(line, zones, fc.integer({ min: 1, max: 1_439 }), fc.nat(364), ([minute, hour], zone, lasts, day) => {
      const at = Date.UTC(2026, 0, 1) + day * DAY_MS;
      fc.pre(offsetMs(zone, at - 2 * DAY_MS) === offsetMs(zone, at + 2 * DAY_MS));
      const cron = cronOf(`${minute} ${hour} * * *`);
      for (let each = at; each < at + DAY_MS; each += 7 * MINUTE_MS) {
        const wall = (each + offsetMs(zone, each)) / MINUTE_MS;
        const since = (((wall - hour * 60 - minute) % 1_440) + 1_440) % 1_440;
        expect(isOpen(cron, zone, each, lasts * MINUTE_MS)).toBe(since < lasts);
      }
    }),
    { numRuns: 40 },
  );
});

test('each turn of the clock has its windows, wherever and whenever it is moved', () => {
  fc.assert(
    fc.property(zones, fc.nat(364), fc.integer({ min: 1, max: 59 }), (zone, day, lasts) => {
      const cron = cronOf('0 * * * *');
      const at = Date.UTC(2026, 0, 1) + day * DAY_MS;
      for (let each = at; each < at + DAY_MS; each += 11 * MINUTE_MS) {
        const minute = ((each + offsetMs(zone, each)) / MINUTE_MS) % 60;
        // Half an hour that comes twice begins no hour the second time: that one began as much longer ago.
        const backMs = offsetMs(zone, each - minute * MINUTE_MS) - offsetMs(zone, each);
        if (minute + Math.max(0, backMs) / MINUTE_MS < lasts)
          expect(isOpen(cron, zone, each, lasts * MINUTE_MS)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test('a line that never happens is never open', () => {
  for (const at of ['2026-10-25T00:30:00Z', '2026-07-01T00:00:00Z'])
    expect(isOpen(NEVER, 'Europe/Vienna', Date.parse(at), HOUR_MS)).toBe(false);
});

/** The minutes from `from` on at which a window opens and closes, within so many hours. */
function turns(line: string, zone: string, minutes: number, from: string, hours: number): readonly string[] {
  const seen = looks(line, zone, minutes, from, hours);
  return seen.flatMap((open, i) =>
    i > 0 && open !== seen[i - 1]
      ? [`${new Date(Date.parse(from) + i * MINUTE_MS).toISOString().slice(5, 16)} ${open ? 'opens' : 'closes'}`]
      : [],
  );
}

test.each([
  // The hour from 01:00 to 02:00 comes twice in New York, at 05:00Z and at 06:00Z.
  ['30 1 * * *', 'America/New_York', 30, '2025-11-02T04:00', 12, ['11-02T05:30 opens', '11-02T06:00 closes']],
  ['30 1 * * *', 'America/New_York', 90, '2025-11-02T04:00', 12, ['11-02T05:30 opens', '11-02T07:00 closes']],
  [
    '30 * * * *',
    'America/New_York',
    20,
    '2025-11-02T05:00',
    3,
    [
      '11-02T05:30 opens',
      '11-02T05:50 closes',
      '11-02T06:30 opens',
      '11-02T06:50 closes',
      '11-02T07:30 opens',
      '11-02T07:50 closes',
    ],
  ],
  // By the wall clock 00:30 and an hour end where 01:30 begins, which comes at 05:30Z; it ends at 06:30Z, or half past one again.
  ['30 0,1 * * *', 'America/New_York', 60, '2025-11-02T04:00', 5, ['11-02T04:30 opens', '11-02T06:30 closes']],
  // Half past one and half past two meet by the wall clock: what is between them is open, an hour longer.
  ['30 1,2 * * *', 'America/New_York', 60, '2025-11-02T04:00', 6, ['11-02T05:30 opens', '11-02T08:30 closes']],
  // A minute is left between them: then each has its own time.
  [
    '30 1,2 * * *',
    'America/New_York',
    59,
    '2025-11-02T04:00',
    6,
    ['11-02T05:30 opens', '11-02T06:29 closes', '11-02T07:30 opens', '11-02T08:29 closes'],
  ],
  // At 15:00Z Lord Howe goes back from 02:00 to 01:30: one o'clock comes once, and two o'clock half an hour later than without that.
  [
    '0 * * * *',
    'Australia/Lord_Howe',
    40,
    '2026-04-04T13:45',
    3,
    ['04-04T14:00 opens', '04-04T14:40 closes', '04-04T15:30 opens', '04-04T16:10 closes', '04-04T16:30 opens'],
  ],
  // The day before and the day after, nothing is moved.
  ['30 1 * * *', 'America/New_York', 30, '2025-11-01T04:00', 12, ['11-01T05:30 opens', '11-01T06:00 closes']],
  ['30 1 * * *', 'America/New_York', 30, '2025-11-03T04:00', 12, ['11-03T06:30 opens', '11-03T07:00 closes']],
  // From 02:00 the clock leaps to 03:00 in Vienna, at 01:00Z: half past two happens at half past three.
  ['30 2 * * *', 'Europe/Vienna', 45, '2026-03-28T23:00', 6, ['03-29T01:30 opens', '03-29T02:15 closes']],
  ['30 3 * * *', 'Europe/Vienna', 45, '2026-03-28T23:00', 6, ['03-29T01:30 opens', '03-29T02:15 closes']],
  ['0 1 * * *', 'Europe/Vienna', 90, '2026-03-28T23:00', 6, ['03-29T00:00 opens', '03-29T01:30 closes']],
  // A line that was late by the leap is over before the next of it.
  [
    '30 1,2,4 * * *',
    'Europe/Vienna',
    20,
    '2026-03-28T23:00',
    6,
    [
      '03-29T00:30 opens',
      '03-29T00:50 closes',
      '03-29T01:30 opens',
      '03-29T01:50 closes',
      '03-29T02:30 opens',
      '03-29T02:50 closes',
    ],
  ],
])(
  '%s in %s for %i minutes from %s: opens and closes to the minute (W1, W2)',
  (line, zone, minutes, from, hours, told) => {
    expect(turns(line, zone, minutes, `${from}:00Z`, hours)).toEqual(told);
  },
);

test('an hour after a week the clock has been set back, a window of a week is closed', () => {
  const week = 7 * DAY_MS;
  const cron = cronOf('0 0 26 10 *');
  const open = (at: string) => isOpen(cron, 'Europe/Vienna', Date.parse(at), week);
  expect([open('2026-10-25T22:59:00Z'), open('2026-10-25T23:00:00Z')]).toEqual([false, true]);
  expect([open('2026-11-01T22:59:00Z'), open('2026-11-01T23:00:00Z')]).toEqual([true, false]);
});

test('a window that began before the clock was set back lasts its time, days on', () => {
  const cron = cronOf('0 12 23 10 *');
  const open = (at: string) => isOpen(cron, 'Europe/Vienna', Date.parse(at), 3 * DAY_MS);
  // From 10:00Z on the 23rd, three days of time that passes.
  expect([open('2026-10-23T09:59:00Z'), open('2026-10-23T10:00:00Z')]).toEqual([false, true]);
  expect([open('2026-10-26T09:59:00Z'), open('2026-10-26T10:00:00Z')]).toEqual([true, false]);
});

test('durations and zones of one line are kept apart', () => {
  const cron = cronOf('0 8 * * *');
  const at = Date.parse('2026-01-12T08:30:00Z');
  expect([
    isOpen(cron, 'UTC', at, HOUR_MS),
    isOpen(cron, 'UTC', at, 30 * MINUTE_MS),
    isOpen(cron, 'Europe/Vienna', at, HOUR_MS),
    isOpen(cron, 'UTC', at, HOUR_MS),
  ]).toEqual([true, false, false, true]);
});

test('what is open is looked up once until it closes, what is closed once until the next time, a day at most', () => {
  const counted = (line: string, minutes: number, lasts: number): number => {
    const cron = cronOf(line);
    let asked = 0;
    const before: Cron['before'] = (wallMs) => {
      asked += 1;
      return cron.before(wallMs);
    };
    const counting: Cron = { ...cron, before };
    const from = Date.parse('2026-01-12T08:00:00Z');
    for (let minute = 0; minute < minutes; minute++)
      isOpen(counting, 'UTC', from + minute * MINUTE_MS, lasts * MINUTE_MS);
    return asked;
  };
  // One look at eight, one at nine when it has closed, and one at eight the next day.
  expect(counted('0 8 * * *', 60, 60)).toBe(1);
  const day = counted('0 8 * * *', 1_441, 60);
  expect(day).toBeLessThanOrEqual(6);
  // A year's line, closed: once a day, with the times that a look goes back to.
  expect(counted('0 8 1 6 *', 1_440, 60)).toBe(1);
});

test('of 1,024 zones and durations of one line the answers are kept, and then begun anew', () => {
  const cron = cronOf('0 8 * * *');
  let asked = 0;
  const counting: Cron = {
    ...cron,
    before: (wallMs) => {
      asked += 1;
      return cron.before(wallMs);
    },
  };
  const at = Date.parse('2026-01-12T08:00:00Z');
  for (let lasts = 1; lasts <= 1_024; lasts++) isOpen(counting, 'UTC', at, lasts * MINUTE_MS);
  const first = asked;
  isOpen(counting, 'UTC', at, MINUTE_MS);
  expect(asked).toBe(first);
  isOpen(counting, 'UTC', at, 1_025 * MINUTE_MS);
  const more = asked;
  isOpen(counting, 'UTC', at, MINUTE_MS);
  expect(asked).toBeGreaterThan(more);
});
