/**
 * What a commit may hold, checked the same way by every store, so that what one accepts all accept.
 *
 * 1. Text is well formed: a lone surrogate would be stored as another text than was given, and two keys could become one.
 * 2. A key is never put and removed by one commit: in one Cassandra batch the removal would win, whatever the order.
 */
import { bound, bug, type Fault, invalid } from '@leasehold/kernel';
import type { CommitRequest, DirectoryEntry, Row } from './port.ts';

export const KEY_BYTES = bound('store.keyBytes', 512);
export const VALUE_BYTES = bound('store.valueBytes', 1024 * 1024);
export const COMMIT_BYTES = bound('store.commitBytes', 8 * 1024 * 1024);
export const COMMIT_CHANGES = bound('store.commitChanges', 2_000);
export const SUMMARY_BYTES = bound('store.summaryBytes', 16 * 1024);
export const TTL_MS = bound('store.ttlMs', 10 * 365 * 24 * 3_600_000);
export const PAGE_ITEMS = bound('store.pageItems', 1_000);
export const LOAD_KEYS = bound('store.loadKeys', 500);

const tooBig = (what: string, is: number, limit: { readonly name: string; readonly value: number }): Fault =>
  invalid(`${what} is ${is}, more than ${limit.name} allows (${limit.value})`, { code: 'ValueTooBig' });

function checkText(what: string, text: string): void {
  if (text === '') throw invalid(`${what} is empty`, { code: 'InvalidKey' });
  const bytes = Buffer.byteLength(text);
  if (bytes > KEY_BYTES.value) throw tooBig(`${what} in bytes`, bytes, KEY_BYTES);
  if (!text.isWellFormed() || text.includes('\u0000')) {
    throw invalid(`${what} ${JSON.stringify(text)} is not plain text`, { code: 'InvalidKey' });
  }
}

export const checkPartition = (partition: string): void => checkText('the partition', partition);
export const checkKey = (key: string): void => checkText('the key', key);

/** @throws `Invalid` (`InvalidKey`, `ValueTooBig`, `InvalidTtl`). */
export function checkRow(row: Row): void {
  checkKey(row.key);
  const bytes = Buffer.byteLength(row.value);
  if (bytes > VALUE_BYTES.value) throw tooBig(`the value of ${row.key} in bytes`, bytes, VALUE_BYTES);
  if (!row.value.isWellFormed()) throw invalid(`the value of ${row.key} is not text`, { code: 'InvalidValue' });
  checkTtl(row.key, row.ttlMs);
}

function checkTtl(what: string, ttlMs: number | undefined): void {
  if (ttlMs === undefined || (ttlMs > 0 && ttlMs <= TTL_MS.value)) return;
  throw invalid(`the time to live of ${what} is ${ttlMs} ms, not above 0 and at most ${TTL_MS.value}`, {
    code: 'InvalidTtl',
  });
}

/** Upper estimate of what a row weighs in a commit, in bytes: UTF-8 takes at most three bytes for a UTF-16 unit. */
export const rowWeight = (row: Row): number => (row.key.length + row.value.length) * 3;

/** @throws `Invalid` as `checkRow`, and for a commit that is too big; `Bug` for one that contradicts itself. */
export function checkCommit(request: CommitRequest): void {
  checkPartition(request.partition);
  const puts = new Set<string>();
  let bytes = 0;
  for (const row of request.put) {
    checkRow(row);
    if (puts.has(row.key)) throw bug(`a commit puts ${row.key} twice`);
    puts.add(row.key);
    bytes += Buffer.byteLength(row.key) + Buffer.byteLength(row.value);
  }
  for (const key of request.remove) {
    checkKey(key);
    if (puts.has(key)) throw bug(`a commit puts and removes ${key}`);
  }
  if (bytes > COMMIT_BYTES.value) throw tooBig('a commit in bytes', bytes, COMMIT_BYTES);
  const changes = request.put.length + request.remove.length;
  if (changes > COMMIT_CHANGES.value) throw tooBig('the number of changes of a commit', changes, COMMIT_CHANGES);
  for (const hint of request.hints) checkText('the kind of a hint', hint.kind);
  for (const entry of request.entries) checkEntry(entry);
}

/** @throws `Invalid` as `checkRow`. */
export function checkEntry(entry: Omit<DirectoryEntry, 'version'>): void {
  checkText('the directory', entry.directory);
  checkText('the name', entry.name);
  const size = Buffer.byteLength(entry.summary);
  if (size > SUMMARY_BYTES.value) throw tooBig(`the summary of ${entry.name} in bytes`, size, SUMMARY_BYTES);
  checkTtl(entry.name, entry.ttlMs);
  if (entry.leaves && entry.ttlMs !== undefined) throw bug(`${entry.name} leaves ${entry.directory} and expires there`);
}

export const pageLimit = (limit: number): number => {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ITEMS.value) {
    throw invalid(`a page of ${limit} items: 1 to ${PAGE_ITEMS.value} are possible`, { code: 'InvalidPage' });
  }
  return limit;
};

export const ttlSeconds = (row: Pick<Row, 'ttlMs'>): number =>
  row.ttlMs === undefined ? 0 : Math.ceil(row.ttlMs / 1_000);
