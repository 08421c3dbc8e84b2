/** Where an event's effect is looked up: in every month in which it can have been written. */
import { expect, test } from 'vitest';
import { INBOX_TTL_MS, inboxKey, inboxKeys } from './lives.ts';

const DAY_MS = 24 * 3_600_000;

test('an inbox row that still lives is looked up, whatever the lengths of the months between', () => {
  const missed: string[] = [];
  let tried = 0;
  for (let now = Date.UTC(2027, 0, 1); now < Date.UTC(2029, 0, 1); now += DAY_MS / 2)
    for (let written = now - INBOX_TTL_MS; written <= now; written += DAY_MS / 2) {
      tried += 1;
      if (!inboxKeys('e', now).includes(inboxKey('e', written)))
        missed.push(`written ${new Date(written).toISOString()}, looked for ${new Date(now).toISOString()}`);
    }
  expect(missed).toEqual([]);
  expect(tried).toBeGreaterThan(2 * 2 * 365 * 30);
});

test('two months are looked up, three where February lies between', () => {
  const months = (text: string) => inboxKeys('e', Date.parse(text)).map((key) => key.slice(6, 13));
  expect(months('2027-06-20T00:00:00Z')).toEqual(['2027-06', '2027-05']);
  expect(months('2027-03-03T00:00:00Z')).toEqual(['2027-03', '2027-02', '2027-01']);
  expect(months('2027-01-02T00:00:00Z')).toEqual(['2027-01', '2026-12', '2026-11']);
});

test('a row written by a replica whose clock is a little ahead is found too', () => {
  expect(inboxKeys('e', Date.parse('2027-06-30T23:59:30Z'))).toContain(
    inboxKey('e', Date.parse('2027-07-01T00:00:00Z')),
  );
});
