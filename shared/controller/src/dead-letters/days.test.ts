/** DeadLetters over many days, months and pages: L2 and E4 where a day or a look holds more than one page, and what leads to each. */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import { serviceNames } from '../rows/names.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import type { DeadLetter } from './record.ts';

const DAY_MS = 24 * 3_600_000;
const NAMES = serviceNames({ service: 'tenant-provisioner', ownerType: 'tenant' });
let world: TestLedger;
let letters: DeadLetters;
beforeEach(async () => {
  world = await openTestLedger();
  letters = createDeadLetters({ ledger: world.ledger, clock: world.clock, names: NAMES });
});
afterEach(() => world.close());

const outgoing = (messageId: string, publishedAtMs: number): DeadLetterOutgoing => ({
  kind: 'dead-letter',
  serial: 1,
  letter: { topic: 'persistent://p/system/t', messageId, publishedAtMs, payload: '', properties: {} },
  code: 'invalid',
  message: 'no',
  attempts: 1,
});
const partitionOf = (day: string): string => `tenant-provisioner/letters/${day}`;

/** As a release filed it that kept no timeline. */
function fileOld(day: string, serial: number, deadAtMs: number, atMs = deadAtMs): Promise<unknown> {
  const id = `dl-${day}-${String(serial).padStart(16, '0')}`;
  const record = { id, code: 'invalid', message: 'no', attempts: 1, deadAtMs, redrives: [] };
  const { letter } = outgoing(`${day}/${serial}`, deadAtMs);
  return world.ledger.update(partitionOf(day), () => ({
    put: [{ key: `letter/${id}`, value: JSON.stringify({ ...record, letter }), ttlMs: 90 * DAY_MS }],
    entries: [{ directory: 'tenant-provisioner/letter-days', name: day, summary: JSON.stringify({ at: atMs }) }],
    result: undefined,
  }));
}

async function listed(limit: number): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await letters.list({ limit, ...(cursor ? { cursor } : {}) });
    found.push(...page.items.map(({ letter }) => letter.messageId));
    if (page.next === undefined) return found;
    expect(page.items).toHaveLength(limit);
    cursor = page.next;
  }
}

test('L2: days of an earlier release that hold more than one page each are brought whole, each from its beginning', async () => {
  const days = ['20260601', '20260602', '20260603'];
  const wanted: string[] = [];
  for (const [at, day] of days.entries())
    for (let serial = 0; serial < 60; serial++) {
      await fileOld(day, serial, world.nowMs - (60 * at + serial) * 1_000);
      wanted.push(`${day}/${serial}`);
    }
  expect(await listed(200)).toEqual(wanted);
  // Once brought, a day is not searched again: what is there without its entry stays unseen until a day says otherwise.
  const loads: string[] = [];
  const { scan } = world.ledger.store;
  Object.assign(world.ledger.store, {
    scan: (...asked: Parameters<typeof scan>) => {
      loads.push(asked[0]);
      return scan(...asked);
    },
  });
  expect(await listed(7)).toEqual(wanted);
  expect(loads).toEqual([]);
});

test('L2: days whose letters are all over by now are left alone', async () => {
  await fileOld('20260601', 1, world.nowMs, world.nowMs);
  await fileOld('20260301', 1, world.nowMs, world.nowMs - 90 * DAY_MS);
  expect(await listed(10)).toEqual(['20260601/1']);
});

test('L2: a letter that was brought keeps its redrives and its time, and lives on from then', async () => {
  await fileOld('20260601', 1, world.nowMs - 5_000);
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  expect(await letters.get(id)).toMatchObject({ deadAtMs: world.nowMs - 5_000, redrives: [], timed: true });
  world.nowMs += 90 * DAY_MS - 1;
  expect(await listed(5)).toEqual(['20260601/1']);
  world.nowMs += 1;
  expect(await listed(5)).toEqual([]);
});

test('L1: a place goes on in its own month, and older months from their beginning', async () => {
  const wanted: string[] = [];
  world.nowMs = Date.UTC(2026, 0, 20);
  for (let serial = 0; serial < 12; serial++) {
    await letters.file(outgoing(`m${serial}`, world.nowMs), undefined);
    wanted.unshift(`m${serial}`);
    world.nowMs += 7 * DAY_MS;
  }
  for (const limit of [1, 5, 11, 12]) expect(await listed(limit), `pages of ${limit}`).toEqual(wanted);
});

test('L1: letters that died in one moment are each listed once, whatever the pages', async () => {
  for (let serial = 0; serial < 230; serial++) await letters.file(outgoing(`m${serial}`, world.nowMs), undefined);
  const wanted = Array.from({ length: 230 }, (_, serial) => `m${serial}`).sort();
  for (const limit of [200, 115, 13]) expect((await listed(limit)).sort(), `pages of ${limit}`).toEqual(wanted);
});

test('a letter that nobody filed is no letter: not to be read, and nothing is noted of it', async () => {
  await letters.file(outgoing('m', world.nowMs), undefined);
  for (const id of ['dl-20260615-0000000000000000', 'dl-20260615-xyz', 'no letter', ''])
    expect(await letters.get(id), id).toBeUndefined();
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  expect(await letters.get(`x${id}`)).toBeUndefined();
  expect(await letters.get(`${id}0`)).toBeUndefined();
  await letters.noteRedrive('dl-20260615-0000000000000000', { atMs: world.nowMs, by: 'ops', outcome: 'applied' });
  expect(await listed(5)).toEqual(['m']);
});

test('of a letter as many redrives are kept as the bound allows, the last ones', async () => {
  await letters.file(outgoing('m', world.nowMs), undefined);
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  for (let times = 1; times <= 22; times++)
    await letters.noteRedrive(id, { atMs: times, by: `ops-${times}`, outcome: 'invalid' });
  const { redrives } = (await letters.get(id)) as DeadLetter;
  expect([redrives.length, redrives[0]?.by, redrives.at(-1)?.by]).toEqual([20, 'ops-3', 'ops-22']);
});

test('E2: what no tenant can take and comes again is sent once, and again once it was settled and dies again', async () => {
  const { letter } = outgoing('m', world.nowMs);
  const send = () => letters.fileAndSend(letter, 'undecodable', 'no', 1);
  const waits = async ({ partition, key }: { readonly partition: string; readonly key: string }) =>
    (await world.ledger.load(partition)).rows.has(key);
  const place = await send();
  expect(await waits(place)).toBe(true);
  await world.ledger.update(place.partition, () => ({ remove: [place.key], result: undefined }));
  expect([await send(), await waits(place)]).toEqual([place, false]);
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'applied' });
  world.nowMs += 1_000;
  expect([await send(), await waits(place)]).toEqual([place, true]);
  expect((await letters.list({ limit: 5, state: 'open' })).items.map(({ redrives }) => redrives.length)).toEqual([1]);
});
