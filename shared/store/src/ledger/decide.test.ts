/** Deciding a batch (1 to 3 of decide.ts): each update on what those before it left, one that fails leaves no trace, and bounds end it. */
import { expect, test } from 'vitest';
import type { Update } from '../ledger.port.ts';
import type { Snapshot } from '../port.ts';
import { LEDGER_BOUNDS } from './bounds.ts';
import { type Decide, decideBatch } from './decide.ts';

const base = (rows: Readonly<Record<string, string>> = {}, version = 7): Snapshot => ({
  version,
  rows: new Map(Object.entries(rows)),
});
const put =
  (key: string, value: string): Decide =>
  () => ({ put: [{ key, value }], result: `put ${key}` });
const remove =
  (...keys: string[]): Decide =>
  () => ({ remove: keys, result: 'removed' });
const decide = (rows: Readonly<Record<string, string>>, batch: readonly Decide[], bounds = {}) => {
  const { verdicts, put, remove, entries, after } = decideBatch(base(rows), batch, { ...LEDGER_BOUNDS, ...bounds });
  return {
    verdicts: verdicts.map((verdict) => (verdict.kind === 'result' ? verdict.result : verdict.error)),
    put: [...put.values()].map(({ key, value }) => `${key}=${value}`),
    remove: [...remove],
    entries,
    after: Object.fromEntries(after),
  };
};
const codes = (verdicts: readonly unknown[]) => verdicts.map((one) => (one as { code?: string } | null)?.code ?? one);

test('L1 each update sees the rows that those before it left, at the version that was read', () => {
  const seen: string[] = [];
  const look: Decide = ({ version, rows }) => {
    seen.push(`${version} ${[...rows].map((row) => row.join('=')).join(' ')}`);
    return { result: undefined };
  };
  decide({ state: 'a' }, [look, put('state', 'b'), look, remove('state'), put('outbox/1', 'x'), look]);
  expect(seen).toEqual(['7 state=a', '7 state=b', '7 outbox/1=x']);
});

test('1: rows that an update was shown never change under it', () => {
  const shown: ReadonlyMap<string, string>[] = [];
  const keep: Decide = ({ rows }) => {
    shown.push(rows);
    return { put: [{ key: 'state', value: `${shown.length}` }], result: undefined };
  };
  const from = base({ state: '0' });
  decideBatch(from, [keep, keep, keep], LEDGER_BOUNDS);
  expect(shown.map((rows) => rows.get('state'))).toEqual(['0', '1', '2']);
  expect(from.rows.get('state')).toBe('0');
});

test('of several writings of one key the last holds, and its place is that of the last', () => {
  expect(decide({}, [put('a', '1'), put('b', '1'), put('a', '2')])).toMatchObject({
    put: ['b=1', 'a=2'],
    after: { a: '2', b: '1' },
  });
});

test('a key that is put after its removal is put, and one that is removed after it was put is removed', () => {
  expect(decide({ 'quota/1': 'old' }, [remove('quota/1'), put('quota/1', 'new')])).toMatchObject({
    put: ['quota/1=new'],
    remove: [],
    after: { 'quota/1': 'new' },
  });
  expect(decide({ state: 'old' }, [put('state', 'new'), remove('state')])).toMatchObject({
    put: [],
    remove: ['state'],
    after: {},
  });
});

test('a hot row that is not there needs no removal, another that nobody looked at does', () => {
  expect(decide({}, [remove('outbox/1', 'state', 'op/1')]).remove).toEqual(['op/1']);
  expect(decide({}, [put('outbox/1', 'x'), remove('outbox/1')])).toMatchObject({ put: [], remove: [], after: {} });
  expect(decide({ 'outbox/1': 'x' }, [remove('outbox/1')]).remove).toEqual(['outbox/1']);
});

test.each<readonly [string, Update<unknown>, string]>([
  ['a key that no store takes', { put: [{ key: 'k'.repeat(513), value: '' }], result: 0 }, 'ValueTooBig'],
  ['a value that no store takes', { put: [{ key: 'k', value: '\ud800' }], result: 0 }, 'InvalidValue'],
  ['a hot row that expires', { put: [{ key: 'state', value: '', ttlMs: 1_000 }], result: 0 }, 'Bug'],
  ['a timer without a time', { put: [{ key: 'timer/t', value: '{}' }], result: 0 }, 'Bug'],
  ['an empty key to remove', { remove: [''], result: 0 }, 'InvalidKey'],
  ['a key both put and removed', { put: [{ key: 'k', value: '' }], remove: ['k'], result: 0 }, 'Bug'],
  [
    'a summary that is too big',
    { entries: [{ directory: 'd', name: 'n', summary: 'x'.repeat(16 * 1024 + 1) }], result: 0 },
    'ValueTooBig',
  ],
])('2: an update with %s leaves no trace, and those beside it hold', (_, bad, code) => {
  const whole = { ...bad, put: [{ key: 'trace', value: '' }, ...(bad.put ?? [])] };
  const { verdicts, ...rest } = decide({}, [put('a', '1'), () => whole, put('b', '1')]);
  expect(codes(verdicts)).toEqual(['put a', code, 'put b']);
  expect(rest).toEqual({ put: ['a=1', 'b=1'], remove: [], entries: [], after: { a: '1', b: '1' } });
});

test('2: a row that expires beside a hot one is taken', () => {
  expect(decide({}, [() => ({ put: [{ key: 'inbox/1', value: 'x', ttlMs: 1 }], result: 'ok' })]).verdicts).toEqual([
    'ok',
  ]);
});

test('2: a removal of one key beside the putting of another is no contradiction', () => {
  const both: Decide = () => ({ put: [{ key: 'a', value: '' }], remove: ['b'], result: 'ok' });
  expect(decide({}, [both])).toMatchObject({ verdicts: ['ok'], put: ['a='], remove: ['b'] });
});

test('entries carry the version that the commit makes, and of several of one name the last holds', () => {
  const list =
    (name: string, summary: string): Decide =>
    () => ({ entries: [{ directory: 'd', name, summary }], result: 0 });
  expect(decide({}, [list('x', 'first'), list('y', 'other'), list('x', 'last')]).entries).toEqual([
    { directory: 'd', name: 'x', summary: 'last', version: 8 },
    { directory: 'd', name: 'y', summary: 'other', version: 8 },
  ]);
  const apart: Decide = () => ({
    entries: [
      { directory: 'a', name: 'b', summary: '1' },
      { directory: 'ab', name: '', summary: '2' },
    ].slice(0, 1),
    result: 0,
  });
  expect(decide({}, [apart, list('b', '3')]).entries).toHaveLength(2);
});

const wide =
  (count: number, from = 0): Decide =>
  () => ({
    put: Array.from({ length: count }, (_, at) => ({ key: `r/${from + at}`, value: '' })),
    result: count,
  });

test('3: the batch ends before the update that would take it over its changes, removals counted', () => {
  const bounds = { batchChanges: 5 };
  expect(decide({}, [wide(3), wide(2, 3), wide(1, 5)], bounds).verdicts).toEqual([3, 2]);
  expect(decide({}, [wide(3), wide(3, 3), wide(1, 6)], bounds).verdicts).toEqual([3]);
  expect(decide({}, [wide(3), remove('a', 'b', 'c')], bounds)).toMatchObject({ verdicts: [3], remove: [] });
});

test('3: the batch ends before the update that would take it over its bytes, counted three to a character', () => {
  const heavy =
    (key: string): Decide =>
    () => ({ put: [{ key, value: 'x'.repeat(9) }], result: key });
  // Each weighs (1 + 9) * 3.
  expect(decide({}, ['a', 'b', 'c'].map(heavy), { batchBytes: 60 }).verdicts).toEqual(['a', 'b']);
  expect(decide({}, ['a', 'b', 'c'].map(heavy), { batchBytes: 59 }).verdicts).toEqual(['a']);
});

test('3: an update that is over the bounds alone is taken alone, for the store to judge', () => {
  expect(decide({}, [wide(9), wide(1, 9)], { batchChanges: 5 }).verdicts).toEqual([9]);
});

test('3: updates that change nothing share a batch that is full', () => {
  const look: Decide = () => ({ result: 'looked' });
  expect(decide({}, [wide(5), look, look, wide(1, 5), look], { batchChanges: 5 }).verdicts).toEqual([
    5,
    'looked',
    'looked',
  ]);
});

test('nothing to decide changes nothing', () => {
  expect(decide({ state: 's' }, [])).toEqual({ verdicts: [], put: [], remove: [], entries: [], after: { state: 's' } });
});
