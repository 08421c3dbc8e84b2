/** What a commit may hold, at each bound and one beyond it, and which text is plain (1, 2). */
import { expect, test } from 'vitest';
import { checkCommit, checkEntry, checkPartition, checkRow, pageLimit, rowWeight, ttlSeconds } from './bounds.ts';
import type { CommitRequest } from './port.ts';

const MIB = 1024 * 1024;
const YEARS_MS = 10 * 365 * 24 * 3_600_000;

const commit = (rest: Partial<CommitRequest> = {}): CommitRequest => ({
  partition: 'p',
  expectedVersion: 0,
  commitId: 'c',
  put: [],
  remove: [],
  hints: [],
  entries: [],
  ...rest,
});
const refusal = (work: () => void): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    const { class: kind, code } = error as { class: string; code: string };
    return `${kind} ${code}`;
  }
};

test.each([
  ['', 'Invalid InvalidKey'],
  ['a', undefined],
  ['a\ud800', 'Invalid InvalidKey'],
  ['a\u0000', 'Invalid InvalidKey'],
  ['a\u0001é😀', undefined],
  ['k'.repeat(512), undefined],
  ['k'.repeat(513), 'Invalid ValueTooBig'],
  ['é'.repeat(256), undefined],
  [`${'é'.repeat(256)}k`, 'Invalid ValueTooBig'],
])('the text %j as a partition, a key, a name or a kind: %j', (text, expected) => {
  const hint = { kind: text, dueAtMs: 0, partition: 'p', version: 1 };
  const entry = { directory: 'd', name: 'n', summary: '' };
  for (const work of [
    () => checkPartition(text),
    () => checkRow({ key: text, value: '' }),
    () => checkEntry({ ...entry, directory: text }),
    () => checkEntry({ ...entry, name: text }),
    () => checkCommit(commit({ partition: text })),
    () => checkCommit(commit({ put: [{ key: text, value: '' }] })),
    () => checkCommit(commit({ remove: [text] })),
    () => checkCommit(commit({ hints: [hint] })),
  ])
    expect(refusal(work)).toBe(expected);
});

test.each([
  ['x'.repeat(MIB), undefined],
  ['x'.repeat(MIB + 1), 'Invalid ValueTooBig'],
  [`${'é'.repeat(MIB / 2)}x`, 'Invalid ValueTooBig'],
  ['', undefined],
  ['zero\u0000', undefined],
  ['\udc00', 'Invalid InvalidValue'],
])('a value of %j is %j', (value, expected) => {
  expect(refusal(() => checkRow({ key: 'k', value }))).toBe(expected);
});

test.each([
  [undefined, undefined],
  [1, undefined],
  [0, 'Invalid InvalidTtl'],
  [-1, 'Invalid InvalidTtl'],
  [Number.NaN, 'Invalid InvalidTtl'],
  [YEARS_MS, undefined],
  [YEARS_MS + 1, 'Invalid InvalidTtl'],
])('a time to live of %j ms is %j', (ttlMs, expected) => {
  const own = ttlMs === undefined ? {} : { ttlMs };
  expect(refusal(() => checkRow({ key: 'k', value: '', ...own }))).toBe(expected);
  expect(refusal(() => checkEntry({ directory: 'd', name: 'n', summary: '', ...own }))).toBe(expected);
});

test.each([
  [undefined, 0],
  [1, 1],
  [1_000, 1],
  [1_001, 2],
])('a time to live of %j ms is %i whole seconds, rounded up', (ttlMs, seconds) => {
  expect(ttlSeconds(ttlMs === undefined ? {} : { ttlMs })).toBe(seconds);
});

test.each([
  ['x'.repeat(16 * 1024), undefined],
  ['x'.repeat(16 * 1024 + 1), 'Invalid ValueTooBig'],
  [`${'é'.repeat(8 * 1024)}x`, 'Invalid ValueTooBig'],
])('a summary of many bytes is taken up to its bound, in a commit too', (summary, expected) => {
  const entry = { directory: 'd', name: 'n', summary };
  expect(refusal(() => checkEntry(entry))).toBe(expected);
  expect(refusal(() => checkCommit(commit({ entries: [{ ...entry, version: 1 }] })))).toBe(expected);
});

const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({ key: `${1_000 + from + at}`, value: '' }));

test('a commit may change two thousand rows, put and removed together', () => {
  const remove = (count: number) => rows(count, 5_000).map(({ key }) => key);
  expect(refusal(() => checkCommit(commit({ put: rows(2_000) })))).toBeUndefined();
  expect(refusal(() => checkCommit(commit({ put: rows(1_000), remove: remove(1_000) })))).toBeUndefined();
  expect(refusal(() => checkCommit(commit({ put: rows(1_001), remove: remove(1_000) })))).toBe('Invalid ValueTooBig');
  expect(refusal(() => checkCommit(commit({ put: rows(2_001) })))).toBe('Invalid ValueTooBig');
});

test('a commit may hold eight mebibytes of keys and values', () => {
  const put = (spare: number) =>
    Array.from({ length: 9 }, (_, at) => ({ key: `k${at}`, value: 'x'.repeat(at < 8 ? MIB - 2 : spare) }));
  expect(refusal(() => checkCommit(commit({ put: put(0).slice(0, 8) })))).toBeUndefined();
  expect(refusal(() => checkCommit(commit({ put: put(0) })))).toBe('Invalid ValueTooBig');
  const wide = put(0).map((row, at) => (at === 0 ? { ...row, value: `é${row.value.slice(3)}` } : row));
  expect(refusal(() => checkCommit(commit({ put: wide })))).toBe('Invalid ValueTooBig');
});

test('2: a commit that puts a key twice, or puts and removes it, contradicts itself', () => {
  const row = { key: 'k', value: '' };
  expect(refusal(() => checkCommit(commit({ put: [row, row] })))).toBe('Bug Bug');
  expect(refusal(() => checkCommit(commit({ put: [row], remove: ['k'] })))).toBe('Bug Bug');
  expect(refusal(() => checkCommit(commit({ put: [row], remove: ['other', 'other'] })))).toBeUndefined();
});

test.each([1, 500, 1_000])('a page of %i items is possible', (limit) => {
  expect(pageLimit(limit)).toBe(limit);
});

test.each([0, -1, 1_001, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a page of %d items is not', (limit) => {
  expect(refusal(() => void pageLimit(limit))).toBe('Invalid InvalidPage');
});

test('a row weighs three bytes for each of its UTF-16 units, keys included', () => {
  expect([rowWeight({ key: '', value: '' }), rowWeight({ key: 'ab', value: 'é😀' })]).toEqual([0, 15]);
});
