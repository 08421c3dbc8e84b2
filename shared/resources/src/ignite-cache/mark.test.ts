/** Marks and groups of caches as text. */
import { expect, test } from 'vitest';
import { type CacheMark, markText, parseMark } from './mark.ts';
import { groupsFor, isGroupOf } from './spec.ts';

const mark = (more: Partial<CacheMark> = {}): CacheMark => ({
  tenantId: 'acme',
  generation: 2,
  expiry: 'none',
  claimed: false,
  ...more,
});

test('a mark is read to the letter, and what is none is none', () => {
  expect(parseMark(markText(mark({ claimed: true, adopted: true })))).toEqual(mark({ claimed: true, adopted: true }));
  expect(markText(mark())).toBe('{"tenant":"acme","generation":2,"expiry":"none"}');
  for (const none of [
    null,
    undefined,
    '',
    'x',
    '{}',
    '7',
    '{"tenant":"a","generation":"1","expiry":"none"}',
    '{"tenant":7,"generation":1,"expiry":"none"}',
    '{"tenant":"a","generation":1,"expiry":"soon"}',
    '{"tenant":"a","generation":1}',
  ])
    expect(parseMark(none), String(none)).toBeUndefined();
  expect(parseMark('{"tenant":"a","generation":1,"expiry":"none","claimed":"yes","adopted":1}')).toEqual({
    tenantId: 'a',
    generation: 1,
    expiry: 'none',
    claimed: false,
  });
});

test('groups are one for each number of backups, and one for those that the server keeps apart', () => {
  expect(groupsFor({ backups: 2, atomicity: 'transactional' })).toEqual(['tenants-b2', 'tenants-b2-transactional']);
  expect(isGroupOf({ backups: 2, atomicity: 'atomic', group: 'tenants-b2' })).toBe(true);
  expect(isGroupOf({ backups: 2, atomicity: 'atomic', group: 'tenants-b1' })).toBe(false);
  expect(isGroupOf({ backups: 2, atomicity: 'atomic', group: null })).toBe(false);
});
