/** Where an event's effect is looked up, in every month in which it can have been written; what another release wrote. */
import { expect, test } from 'vitest';
import { emptyState } from '../domain/state.ts';
import { INBOX_TTL_MS, inboxKey, inboxKeys, readTenant } from './partition.ts';

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

test('D3: a state that only a newer release understands is not read as something else, and is another replica’s to see to', () => {
  const reading = (more: object) => () =>
    readTenant('acme', { version: 1, rows: new Map([['state', JSON.stringify({ ...emptyState('acme'), ...more })]]) });
  for (const text of ['', 'v2:eyJ2IjoyfQ==', 'null', '[]', '7'])
    expect(() => readTenant('acme', { version: 1, rows: new Map([['state', text]]) })).toThrow(
      expect.objectContaining({ class: 'Unavailable', code: 'NewerRelease' }),
    );
  for (const more of [{ v: 2 }, { phase: 'moving' }, { tier: 'platinum' }])
    expect(reading(more)).toThrow(expect.objectContaining({ class: 'Unavailable', code: 'NewerRelease' }));
  expect(reading({ cells: ['eu-1'] })().state).toMatchObject({ cells: ['eu-1'] });
});
