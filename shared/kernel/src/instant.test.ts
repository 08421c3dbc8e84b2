import { afterEach, describe, expect, test } from 'vitest';
import { parseHttpDate, parseInstant, retryAfterMs } from './instant.ts';

const NOON_MS = Date.UTC(2026, 0, 31, 12);
const home = process.env['TZ'];
afterEach(() => {
  if (home === undefined) delete process.env['TZ'];
  else process.env['TZ'] = home;
});

const ZONES = ['UTC', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Kiritimati', 'America/St_Johns'];

describe.each(ZONES)('on a machine in %s', (zone) => {
  test.each([
    ['2026-01-31T12:00:00Z', NOON_MS],
    ['2026-01-31T12:00:00', NOON_MS],
    ['2026-01-31 12:00', NOON_MS],
    ['2026-01-31t12:00:00z', NOON_MS],
    ['2026-01-31T12:00:00.5', NOON_MS + 500],
    ['2026-01-31T12:00:00,123456789', NOON_MS + 123],
    ['2026-01-31T12:00:00.000001', NOON_MS],
    ['2026-01-31T17:30:00+05:30', NOON_MS],
    ['2026-01-31T04:00:00-0800', NOON_MS],
    ['2026-01-31T13:00+01:00', NOON_MS],
    ['2026-01-31 12:00:00+00', NOON_MS],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00', Date.UTC(2000, 1, 29)],
    // The hour that does not exist there in spring, and the one that is there twice in autumn.
    ['2026-03-08T02:30:00', Date.UTC(2026, 2, 8, 2, 30)],
    ['2026-11-01T01:30:00', Date.UTC(2026, 10, 1, 1, 30)],
    ['1970-01-01T00:00:00', 0],
    ['1969-12-31T20:00:00-05:00', 3_600_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
  ])('1, 2: %s is one instant', (text, ms) => {
    process.env['TZ'] = zone;
    expect(parseInstant(text)).toBe(ms);
  });
});

test.each(
  [
    ['', ' ', '1', '12', '2026', '2026-01', '20260131', '20260131T120000Z', '2026-1-31', '2026-W05-6', '2026-031'],
    ['03/11/2026', '11.03.2026', '31-01-2026', 'Jan 31 2026', '31 January 2026', 'Sat, 31 Jan 2026 12:00:00 GMT'],
    ['2026-13-01', '2026-00-10', '2026-02-30', '2026-02-29', '1900-02-29', '2026-04-31', '2026-01-00', '2026-01-32'],
    ['2026-01-31T24:00:00Z', '2026-01-31T25:00', '2026-01-31T12:60', '2026-01-31T12:00:61Z', '2026-01-31T12:10:60Z'],
    ['2026-01-31T12', '2026-01-31T', '2026-01-31Z', '2026-01-31T12:00:00.Z', '2026-01-31T12:00.5Z', '2026-01-31T1:00'],
    ['2026-01-31T12:00:00+24:00', '2026-01-31T12:00:00+05:60', '2026-01-31T12:00:00+5', '2026-01-31T12:00:00 UTC'],
    ['2026-01-31T12:00:00Z[UTC]', '2026-01-31T12:00:00 +01:00', ' 2026-01-31', '2026-01-31\n', 'now', 'yesterday'],
    ['0000-01-01', '0099-01-01', '1969-12-31T23:59:59Z', '1970-01-01T00:00:00+01:00', '10000-01-01', '+010000-01-01'],
    ['-000001-01-01', '9999-12-31T23:59:59-01:00', '２０２６-01-31', 'NaN', 'Infinity', '1e12'],
  ].flat(),
)('1: %j is no time', (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

test('where a zone is asked for, a time without one and a date alone are none', () => {
  expect(parseInstant('2026-01-31T12:00:00', 'required')).toBeUndefined();
  expect(parseInstant('2026-01-31', 'required')).toBeUndefined();
  expect(parseInstant('2026-01-31T12:00:00+00:00', 'required')).toBe(NOON_MS);
});

test('3: an HTTP date is read in its one form, with the day of the week that it has', () => {
  expect(parseHttpDate('Sat, 31 Jan 2026 12:00:00 GMT')).toBe(NOON_MS);
  for (const bad of [
    '',
    '2026-01-31T12:00:00Z',
    'Sun, 31 Jan 2026 12:00:00 GMT',
    'Sat, 31 Jan 2026 12:00:00 PST',
    'Sat, 31 Jan 2026 12:00:00 +0000',
    'Sat, 31 Jan 2026 12:00:00',
    'Sat 31 Jan 2026 12:00:00 GMT',
    'Mon, 30 Feb 2026 12:00:00 GMT',
    'Saturday, 31-Jan-26 12:00:00 GMT',
  ])
    expect(parseHttpDate(bad), bad).toBeUndefined();
});

test('Retry-After is whole seconds, or an HTTP date where the time is known; anything else is as if it were not there', () => {
  expect(retryAfterMs('7')).toBe(7_000);
  expect(retryAfterMs('0')).toBe(0);
  expect(retryAfterMs('Sat, 31 Jan 2026 12:00:00 GMT', NOON_MS - 4_000)).toBe(4_000);
  expect(retryAfterMs('Sat, 31 Jan 2026 12:00:00 GMT', NOON_MS + 4_000)).toBe(0);
  expect(retryAfterMs('Sat, 31 Jan 2026 12:00:00 GMT')).toBeUndefined();
  for (const bad of [
    null,
    undefined,
    '',
    ' ',
    '-1',
    '1.5',
    '0x10',
    '1e3',
    'soon',
    '2026-01-31T12:00:00Z',
    '9'.repeat(20),
  ])
    expect(retryAfterMs(bad, NOON_MS), String(bad)).toBeUndefined();
});
