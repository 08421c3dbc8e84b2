/** Dead letters on record: filed once (E2), found again whatever clock their producer had (E4). */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeadLetterOutgoing } from './letter.ts';
import { createLetters, type Letters } from './letters.ts';

const DAY_MS = 24 * 3_600_000;
let world: TestLedger;
let letters: Letters;
beforeEach(async () => {
  world = await openTestLedger();
  letters = createLetters({ ledger: world.ledger, clock: world.clock });
});
afterEach(() => world.close());

const outgoing = (messageId: string, publishedAtMs: number, attempts = 1): DeadLetterOutgoing => ({
  kind: 'dead-letter',
  serial: 1,
  letter: { topic: 'persistent://p/system/t', messageId, publishedAtMs, payload: '', properties: {} },
  code: 'invalid',
  message: 'no',
  attempts,
});
async function listed(limit = 200): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await letters.list({ limit, ...(cursor ? { cursor } : {}) });
    found.push(...page.items.map(({ letter }) => letter.messageId));
    if (page.next === undefined) return found;
    cursor = page.next;
  }
}

test('E4: old and future-dated letters are listed with those of today, newest day first, page by page', async () => {
  const times = { future: DAY_MS * 400, today: 0, yesterday: -DAY_MS, old: -DAY_MS * 45, ancient: -DAY_MS * 4000 };
  for (const [name, offset] of Object.entries(times).reverse())
    await letters.file(outgoing(name, world.nowMs + offset), 'acme');
  await letters.file(outgoing('today', world.nowMs), 'acme');
  const order = ['future', 'today', 'yesterday', 'old', 'ancient'];
  expect(await listed()).toEqual(order);
  expect(await listed(1)).toEqual(order);
  expect(await listed(2)).toEqual(order);
});

test('E2: the same message refused for the same reason is one letter, however many tries it took', async () => {
  await letters.file(outgoing('m', world.nowMs, 5), 'acme');
  await letters.file(outgoing('m', world.nowMs, 9), 'acme');
  const { items } = await letters.list({ limit: 10 });
  expect(items.map(({ attempts }) => attempts)).toEqual([5]);
});

test('a letter that was redriven lives on from then, and is listed as long', async () => {
  await letters.file(outgoing('m', world.nowMs), 'acme');
  const { id } = (await letters.list({ limit: 1 })).items[0] ?? { id: '' };
  world.nowMs += 80 * DAY_MS;
  await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'invalid' });
  world.nowMs += 80 * DAY_MS;
  expect(await listed()).toEqual(['m']);
  world.nowMs += 20 * DAY_MS;
  expect(await listed()).toEqual([]);
});

test('a reason of any length fits into its row', async () => {
  const { letter } = outgoing('m', world.nowMs);
  await letters.fileAndSend(letter, 'internal', 'x'.repeat(2_000_000), 1);
  expect((await letters.list({ limit: 1 })).items[0]?.message.length).toBe(2000);
});
