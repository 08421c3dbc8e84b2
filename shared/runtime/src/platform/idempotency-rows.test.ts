/** The first answer to a key, kept in the store for whoever is asked again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, seededRng, systemClock } from '@leasehold/kernel';
import { createLedger, createSqliteStore, type Store } from '@leasehold/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIdempotencyRows } from './idempotency-rows.ts';

const KEY = '00112233445566778899aabbccddeeff';
const ANSWER = { status: 202, headers: {}, body: '{}', secret: false };
let folder: string;
let store: Store;
let nowMs: number;
const clock: Clock = { ...systemClock, now: () => nowMs };

beforeEach(async () => {
  nowMs = Date.parse('2026-03-01T00:00:00Z');
  folder = mkdtempSync(join(tmpdir(), 'leasehold-idempotency-'));
  store = await createSqliteStore({ path: join(folder, 'store.sqlite'), clock });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const process = (holder: string, over: Store = store) =>
  createIdempotencyRows(
    { ledger: createLedger({ store: over, clock, rng: seededRng(1), writer: holder }), clock, holder },
    'mine',
  );

test('what a dead process began is begun anew at once where the store is locked to one process', async () => {
  expect(await process('first').begin(KEY, 'in')).toEqual({ kind: 'new' });
  const second = process('second');
  expect(await second.begin(KEY, 'in')).toEqual({ kind: 'new' });
  expect(await second.begin(KEY, 'in')).toEqual({ kind: 'running' });
});

test('what another process began is waited for where both may live, until its bound', async () => {
  const shared: Store = { ...store, exclusive: false };
  expect(await process('first', shared).begin(KEY, 'in')).toEqual({ kind: 'new' });
  expect(await process('second', shared).begin(KEY, 'in')).toEqual({ kind: 'running' });
  nowMs += 120_000;
  expect(await process('third', shared).begin(KEY, 'in')).toEqual({ kind: 'new' });
});

test('an answer outlives the process that gave it, and another input is told from it', async () => {
  const first = process('first');
  await first.begin(KEY, 'in');
  await first.finish(KEY, 'in', ANSWER);
  expect(await process('second').begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
  expect(await process('second').begin(KEY, 'out')).toEqual({ kind: 'other-input' });
});

test('what is under way here is renewed, and then is nobody else’s for as long again; an answer is never taken back by it', async () => {
  const shared: Store = { ...store, exclusive: false };
  const first = process('first', shared);
  await first.begin(KEY, 'in');
  nowMs += 100_000;
  await first.renew(KEY, 'in');
  await process('second', shared).renew(KEY, 'in');
  nowMs += 100_000;
  expect(await process('second', shared).begin(KEY, 'in')).toEqual({ kind: 'running' });
  await first.finish(KEY, 'in', ANSWER);
  await first.renew(KEY, 'in');
  expect(await process('second', shared).begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('2: what another process has begun since, or answered, is not given up by who began it before', async () => {
  const shared: Store = { ...store, exclusive: false };
  const [first, second] = [process('first', shared), process('second', shared)];
  await first.begin(KEY, 'in');
  nowMs += 120_000;
  expect(await second.begin(KEY, 'in')).toEqual({ kind: 'new' });
  await first.abandon(KEY);
  await first.finish(KEY, 'in', { ...ANSWER, secret: true });
  expect(await process('third', shared).begin(KEY, 'in')).toEqual({ kind: 'running' });
  await second.finish(KEY, 'in', ANSWER);
  for (const each of [first, second]) await each.abandon(KEY);
  expect(await process('third', shared).begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('2: what was begun here and given up is new for everybody, and nothing is written for what nobody began', async () => {
  const shared: Store = { ...store, exclusive: false };
  await process('first', shared).abandon(KEY);
  expect((await store.load(`mine/idempotency/${KEY.slice(0, 2)}`, [])).version).toBe(0);
  const first = process('first', shared);
  await first.begin(KEY, 'in');
  await first.abandon(KEY);
  expect(await process('second', shared).begin(KEY, 'in')).toEqual({ kind: 'new' });
});
