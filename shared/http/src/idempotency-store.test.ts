import { bound } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createMemoryIdempotencyStore, idempotencyKey, type StoredAnswer, WAITS_MS } from './idempotency.ts';

const ANSWER: StoredAnswer = { status: 202, headers: { location: '/x' }, body: '{}', secret: false };
const RUNNING_MS = 120_000;

test('1: a key is of one subject, one route and one name, however they are put together', () => {
  const keys = [
    idempotencyKey('ada', 'POST /x', 'k'),
    idempotencyKey('bob', 'POST /x', 'k'),
    idempotencyKey('ada', 'POST /y', 'k'),
    idempotencyKey('ada', 'POST /x', 'l'),
    idempotencyKey('adaP', 'OST /x', 'k'),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});

test('1: with another input it is a conflict, under way and answered; with the same one it is the first answer', async () => {
  const store = createMemoryIdempotencyStore(manualClock());
  await store.begin('k', 'i');
  expect(await store.begin('k', 'other')).toEqual({ kind: 'other-input' });
  await store.finish('k', 'i', ANSWER);
  expect(await store.begin('k', 'other')).toEqual({ kind: 'other-input' });
  expect(await store.begin('k', 'i')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('2: a renewal keeps what is under way as long again from now; it changes nothing else', async () => {
  const clock = manualClock();
  const store = createMemoryIdempotencyStore(clock);
  await store.begin('k', 'i');
  await clock.advance(RUNNING_MS - 1);
  await store.renew('k', 'i');
  await clock.advance(RUNNING_MS - 1);
  expect(await store.begin('k', 'i')).toEqual({ kind: 'running' });
  await clock.advance(1);
  expect(await store.begin('k', 'i')).toEqual({ kind: 'new' });
  await store.finish('k', 'i', ANSWER);
  await store.renew('k', 'i');
  expect((await store.begin('k', 'i')).kind).toBe('answered');
  await store.renew('never begun', 'i');
  expect(await store.begin('never begun', 'i')).toEqual({ kind: 'new' });
});

test('what is given up is free at once', async () => {
  const store = createMemoryIdempotencyStore(manualClock());
  await store.begin('k', 'i');
  await store.abandon('k');
  expect(await store.begin('k', 'other')).toEqual({ kind: 'new' });
});

test('beyond the bound the key that was written to longest ago is forgotten', async () => {
  const store = createMemoryIdempotencyStore(manualClock(), bound('test keys', 2));
  await store.begin('a', 'i');
  await store.begin('b', 'i');
  await store.finish('a', 'i', ANSWER);
  await store.begin('c', 'i');
  expect([(await store.begin('a', 'i')).kind, (await store.begin('c', 'i')).kind]).toEqual(['answered', 'running']);
  expect((await store.begin('b', 'i')).kind).toBe('new');
});

test('what is written to again takes nobody’s place', async () => {
  const store = createMemoryIdempotencyStore(manualClock(), bound('test keys', 2));
  await store.begin('a', 'i');
  await store.begin('b', 'i');
  await store.finish('b', 'i', ANSWER);
  expect((await store.begin('a', 'i')).kind).toBe('running');
});

test('a second request looks soon, then less often, and waits 1.6 s at most', () => {
  const waits = WAITS_MS.map(({ value }) => value);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect([waits[0], waits.reduce((sum, each) => sum + each, 0)]).toEqual([25, 1_575]);
});
