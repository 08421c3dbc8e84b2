/** Cron lines are read whole, or not at all; times and reasons are written by hand from crontab(5) and a calendar. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cron, NEVER, parseCron, readCron } from './cron.ts';

function cronOf(line: string): Cron {
  const outcome = readCron(line);
  if (outcome.kind === 'unknown') throw new Error(outcome.message);
  return outcome.cron;
}

/** The first times of a line from the beginning of 2026 on, as a wall clock shows them. */
function timesOf(line: string, count: number): readonly string[] {
  const { after } = cronOf(line);
  const times: string[] = [];
  for (let at = after(Date.UTC(2026, 0, 1) - 1); at !== undefined && times.length < count; at = after(at))
    times.push(new Date(at).toISOString().slice(0, 16).replace('T', ' '));
  return times;
}

test('lists, ranges, steps and names are read', () => {
  expect(timesOf('*/20 8-9 1,15 jan-mar *', 7)).toEqual([
    '2026-01-01 08:00',
    '2026-01-01 08:20',
    '2026-01-01 08:40',
    '2026-01-01 09:00',
    '2026-01-01 09:20',
    '2026-01-01 09:40',
    '2026-01-15 08:00',
  ]);
  expect(timesOf('7 0 1 * *', 3)).toEqual(['2026-01-01 00:07', '2026-02-01 00:07', '2026-03-01 00:07']);
  expect(timesOf('40/15 12 * DEC *', 3)).toEqual(['2026-12-01 12:40', '2026-12-01 12:55', '2026-12-02 12:40']);
  expect(timesOf('10-30/15 5 * * *', 3)).toEqual(['2026-01-01 05:10', '2026-01-01 05:25', '2026-01-02 05:10']);
  expect(timesOf('0 0 29 2 *', 2), 'in years that have it').toEqual(['2028-02-29 00:00', '2032-02-29 00:00']);
});

test.each([
  ['0 0 * * 7', ['2026-01-04', '2026-01-11']],
  ['0 0 * * 0', ['2026-01-04', '2026-01-11']],
  ['0 0 * * Sat-Sun', ['2026-01-03', '2026-01-04']],
  ['0 0 * * fri-sat', ['2026-01-02', '2026-01-03']],
  ['0 0 * * 5/2', ['2026-01-02', '2026-01-04', '2026-01-09']],
  ['0 0 * * */3', ['2026-01-03', '2026-01-04', '2026-01-07']],
])('days of the week of %s', (line, days) => {
  expect(timesOf(line, days.length)).toEqual(days.map((day) => `${day} 00:00`));
});

test.each([
  ['both restricted: either may match', '0 0 3 * mon', ['2026-01-03', '2026-01-05', '2026-01-12']],
  ['one free: the other decides', '0 0 3 * *', ['2026-01-03', '2026-02-03']],
  ['a step restricts no day by itself: both must match', '0 0 */2 * mon', ['2026-01-05', '2026-01-19']],
  ['so for the other', '0 0 5,6 * */2', ['2026-01-06', '2026-02-05']],
])('days of month and week, %s', (_, line, days) => {
  expect(timesOf(line, days.length)).toEqual(days.map((day) => `${day} 00:00`));
});

test('before is the other way round', () => {
  const { before } = cronOf('30 8 * * mon-fri');
  const at = (text: string) => Date.parse(`2026-01-${text}Z`);
  expect(before(at('12T08:30:00'))).toBe(at('09T08:30:00'));
  expect(before(at('12T08:30:01'))).toBe(at('12T08:30:00'));
});

test.each([
  ['* 5 * * *', true],
  ['*/7 5 * * *', true],
  ['5 * * * *', true],
  ['5 */3 * * *', true],
  ['0-59 5 * * *', true],
  ['5 0-11,12-23 * * *', true],
  ['0-58 5 * * *', false],
  ['5 1-23 * * *', false],
  ['0,15,30,45 8 * * *', false],
])('%s repeats with each turn of the clock: %j (C3)', (line, repeats) => {
  expect(cronOf(line).repeats).toBe(repeats);
});

const NOT_UNDERSTOOD = (field: string) => `must be a cron line; its ${field} is not understood`;
const FIVE = 'must be a cron line of five fields such as "0 8 * * mon-fri"';

test.each([
  ['', FIVE],
  ['* * * *', FIVE],
  ['0 * * * * *', FIVE],
  ['@daily', FIVE],
  ['60 * * * *', NOT_UNDERSTOOD('minute')],
  ['a * * * *', NOT_UNDERSTOOD('minute')],
  ['*/0 * * * *', NOT_UNDERSTOOD('minute')],
  ['*/61 * * * *', NOT_UNDERSTOOD('minute')],
  ['5-1 * * * *', NOT_UNDERSTOOD('minute')],
  ['1,,2 * * * *', NOT_UNDERSTOOD('minute')],
  ['/5 * * * *', NOT_UNDERSTOOD('minute')],
  ['? * * * *', NOT_UNDERSTOOD('minute')],
  ['000 * * * *', NOT_UNDERSTOOD('minute')],
  ['* 24 * * *', NOT_UNDERSTOOD('hour')],
  ['* jan * * *', NOT_UNDERSTOOD('hour')],
  ['* * 0 * *', NOT_UNDERSTOOD('day of month')],
  ['* * 32 * *', NOT_UNDERSTOOD('day of month')],
  ['* * L * *', NOT_UNDERSTOOD('day of month')],
  ['* * 1W * *', NOT_UNDERSTOOD('day of month')],
  ['* * * 13 *', NOT_UNDERSTOOD('month')],
  ['* * * mon *', NOT_UNDERSTOOD('month')],
  ['* * * * 8', NOT_UNDERSTOOD('day of week')],
  ['* * * * mon#2', NOT_UNDERSTOOD('day of week')],
  ['* * * * 5L', NOT_UNDERSTOOD('day of week')],
  ['* * * * +mon', NOT_UNDERSTOOD('day of week')],
  ['* 24 * 13 *', NOT_UNDERSTOOD('hour')],
  ['0 0 30 2 *', 'must be a cron line that can happen; no month has that day'],
  ['0 0 31 4,6 *', 'must be a cron line that can happen; no month has that day'],
])('%j is unknown, and why (C2)', (line, message) => {
  expect(readCron(line)).toEqual({ kind: 'unknown', message });
  expect(parseCron(line)).toEqual({ kind: 'unknown', message });
});

test('the same line is read once, until 4,096 others were', () => {
  const first = parseCron('17 3 * * *');
  expect(first.kind).toBe('cron');
  expect(parseCron('17 3 * * *')).toBe(first);
  for (let i = 0; i < 4_096; i++) parseCron(`other ${i}`);
  const again = parseCron('17 3 * * *');
  expect(again.kind).toBe('cron');
  expect(again).not.toBe(first);
  expect(parseCron('17 3 * * *')).toBe(again);
});

test('words and spaces around and between the fields do not matter', () => {
  expect(timesOf('  5\t4  * * MON ', 2)).toEqual(['2026-01-05 04:05', '2026-01-12 04:05']);
});

test('a line of days that come once in years is found, and before the first there is none', () => {
  const { after, before } = cronOf('0 0 29 2 *');
  expect(after(Date.UTC(2028, 1, 29))).toBe(Date.UTC(2032, 1, 29));
  expect(before(Date.UTC(2028, 1, 29))).toBe(Date.UTC(2024, 1, 29));
});

test('what stands in for a line that was not understood never happens', () => {
  expect([NEVER.before(Date.UTC(2026, 0, 1)), NEVER.after(Date.UTC(2026, 0, 1)), NEVER.repeats]).toEqual([
    undefined,
    undefined,
    false,
  ]);
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(['cron', 'unknown']).toContain(parseCron(line).kind);
    }),
  );
});
