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
    ['2026-02-01T11:59:00+23:59', NOON_MS],
    ['2026-01-30T12:01:00-23:59', NOON_MS],
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

test.each([
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_777_000],
  ['Mon, 02 Feb 2026 23:59:59 GMT', Date.UTC(2026, 1, 2, 23, 59, 59)],
  ['Tue, 31 Mar 2026 00:00:00 GMT', Date.UTC(2026, 2, 31)],
  ['Wed, 01 Apr 2026 00:00:00 GMT', Date.UTC(2026, 3, 1)],
  ['Fri, 01 May 2026 00:00:00 GMT', Date.UTC(2026, 4, 1)],
  ['Mon, 01 Jun 2026 00:00:00 GMT', Date.UTC(2026, 5, 1)],
  ['Wed, 01 Jul 2026 00:00:00 GMT', Date.UTC(2026, 6, 1)],
  ['Sat, 01 Aug 2026 00:00:00 GMT', Date.UTC(2026, 7, 1)],
  ['Tue, 01 Sep 2026 00:00:00 GMT', Date.UTC(2026, 8, 1)],
  ['Thu, 01 Oct 2026 00:00:00 GMT', Date.UTC(2026, 9, 1)],
  ['Tue, 01 Dec 2026 00:00:00 GMT', Date.UTC(2026, 11, 1)],
  ['Wed, 31 Dec 1969 23:59:59 GMT', undefined],
  ['Fri, 31 Apr 2026 00:00:00 GMT', undefined],
])('3: every month and day of the week: %s', (text, ms) => {
  expect(parseHttpDate(text)).toBe(ms);
});

test('Retry-After is whole seconds, or an HTTP date where the time is known; anything else is as if it were not there', () => {
  expect(retryAfterMs('7')).toBe(7_000);
  expect([retryAfterMs('0'), retryAfterMs(' 120 '), retryAfterMs('999999999')]).toEqual([0, 120_000, 999_999_999_000]);
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
