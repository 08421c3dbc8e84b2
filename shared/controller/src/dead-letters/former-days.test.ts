/** Dead letters beside a former release, which knows days without parts and keeps no timeline: nothing that either filed is lost (P2, K1, F1). */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import { serviceNames } from '../rows/names.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import type { DeadLetter } from './record.ts';

const HOUR_MS = 3_600_000;
const NAMES = serviceNames({ service: 'tenant-provisioner', ownerType: 'tenant' });
const DAYS = 'tenant-provisioner/letter-days';
const DAY = 'tenant-provisioner/letters/20260615';
let world: TestLedger;
let letters: DeadLetters;
beforeEach(async () => {
  world = await openTestLedger();
  const bounds = { letters: 3, bytes: 1_000_000 };
  letters = createDeadLetters({ ledger: world.ledger, clock: world.clock, names: NAMES, bounds });
});
afterEach(() => world.close());

const NOON = Date.UTC(2026, 5, 15, 12);
const outgoing = (messageId: string): DeadLetterOutgoing => ({
  kind: 'dead-letter',
  serial: 1,
  letter: { topic: 'persistent://p/system/t', messageId, publishedAtMs: NOON, payload: '', properties: {} },
  code: 'invalid',
  message: 'no',
  attempts: 1,
});

/** As the former release files it: into the day, whatever else is there, unless it is there already. */
function fileFormer(messageId: string, id = `dl-20260615-${messageId.padStart(16, '0')}`): Promise<unknown> {
  const key = `letter/${id}`;
  const { letter, code, message } = outgoing(messageId);
  const record = { id, code, message, letter, attempts: 1, deadAtMs: world.nowMs, redrives: [] };
  return world.replica().update(
    DAY,
    (now) =>
      now.rows.has(key)
        ? { result: undefined }
        : {
            put: [{ key, value: JSON.stringify(record), ttlMs: 90 * 24 * HOUR_MS }],
            entries: [{ directory: DAYS, name: '20260615', summary: JSON.stringify({ at: world.nowMs }) }],
            result: undefined,
          },
    { need: [key] },
  );
}
/** What the former release lists: the days whose last letter is young enough, and all rows of each. */
async function formerlyListed(): Promise<readonly string[]> {
  const found: string[] = [];
  const days = await world.ledger.store.list(DAYS, { limit: 1_000 });
  for (const { name, summary } of days.items) {
    if (JSON.parse(summary).at + 90 * 24 * HOUR_MS <= world.nowMs) continue;
    const look = { prefix: 'letter/', limit: 1_000 };
    const page = await world.ledger.store.scan(`tenant-provisioner/letters/${name}`, look);
    found.push(...page.items.map(({ value }) => (JSON.parse(value) as DeadLetter).letter.messageId));
  }
  return found.toSorted();
}
async function file(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    world.nowMs += 1_000;
    await letters.file(outgoing(name), undefined);
  }
}
const listed = async (): Promise<readonly string[]> =>
  (await letters.list({ limit: 200 })).items.map(({ letter }) => letter.messageId);

test('P2: what this release files of a day that the former one began lies below it, and all are listed', async () => {
  for (const name of ['1', '2', '3', '4']) await fileFormer(name);
  await file('a', 'b');
  expect(await formerlyListed()).toEqual(['1', '2', '3', '4']);
  expect((await listed()).toSorted()).toEqual(['1', '2', '3', '4', 'a', 'b']);
  // Also once the list has been through the day: how many are there nobody has counted.
  await file('c');
  expect(await formerlyListed()).toEqual(['1', '2', '3', '4']);
  expect((await listed()).slice(0, 3)).toEqual(['c', 'b', 'a']);
});

test('P2: the former release sees what this one files of a day until the day itself is full', async () => {
  await file('a', 'b', 'c', 'd', 'e');
  expect(await formerlyListed()).toEqual(['a', 'b', 'c']);
  world.nowMs += 1_000;
  await fileFormer('1');
  expect(await formerlyListed()).toEqual(['1', 'a', 'b', 'c']);
  expect(await listed()).toEqual(['1', 'e', 'd', 'c', 'b', 'a']);
});

test('K1: what the former release files into a day of this one is brought, although this one files another after it', async () => {
  await file('a');
  await fileFormer('1');
  await file('b');
  expect((await listed()).toSorted()).toEqual(['1', 'a', 'b']);
  world.nowMs += 25 * HOUR_MS;
  await fileFormer('2');
  await file('c');
  expect((await listed()).toSorted()).toEqual(['1', '2', 'a', 'b', 'c']);
});

test('K1: a day is listed by the former release as long as a letter of it lives that this one redrove', async () => {
  await file('a');
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  world.nowMs += 60 * 24 * HOUR_MS;
  await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'invalid' });
  world.nowMs += 60 * 24 * HOUR_MS;
  expect([await formerlyListed(), await listed()]).toEqual([['a'], ['a']]);
});

test('F1: what the former release files while its day is looked through is brought by the next list', async () => {
  for (let serial = 10; serial < 70; serial++) await fileFormer(String(serial));
  const { scan } = world.ledger.store;
  let scans = 0;
  Object.assign(world.ledger.store, {
    scan: async (...asked: Parameters<typeof scan>) => {
      const page = await scan(...asked);
      scans += 1;
      // Before what was looked through already.
      if (scans === 2) await fileFormer('1');
      return page;
    },
  });
  expect((await listed()).length).toBe(60);
  expect(await listed()).toContain('1');
  const before = scans;
  expect((await listed()).length).toBe(61);
  expect(scans).toBe(before);
});

test('P1: a letter that the former release files anew in the day itself is one letter still', async () => {
  await file('a', 'b', 'c', 'd');
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  world.nowMs += 1_000;
  await fileFormer('d', id);
  expect(await listed()).toEqual(['d', 'c', 'b', 'a']);
  await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'applied' });
  expect((await letters.list({ limit: 5, state: 'open' })).items.map(({ letter }) => letter.messageId)).toEqual([
    'c',
    'b',
    'a',
  ]);
  expect((await letters.get(id))?.state).toBe('solved');
});
