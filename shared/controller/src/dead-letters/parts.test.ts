/** Parts of a day (P1 to P3): no partition holds more letters than its bound, and what reads or changes letters finds them in all. */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import { serviceNames } from '../rows/names.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { PART_BOUNDS } from './parts.ts';
import type { DeadLetter } from './record.ts';

const DAY_MS = 24 * 3_600_000;
const NAMES = serviceNames({ service: 'tenant-provisioner', ownerType: 'tenant' });
const DAY = 'tenant-provisioner/letters/20260615';
const HEX = [...'0123456789abcdef'];
const BOUNDS = { letters: 3, bytes: 1_000_000 };
let world: TestLedger;
let letters: DeadLetters;
beforeEach(async () => {
  world = await openTestLedger();
  letters = createDeadLetters({ ledger: world.ledger, clock: world.clock, names: NAMES, bounds: BOUNDS });
});
afterEach(() => world.close());

const outgoing = (messageId: string, publishedAtMs = world.nowMs): DeadLetterOutgoing => ({
  kind: 'dead-letter',
  serial: 1,
  letter: { topic: 'persistent://p/system/t', messageId, publishedAtMs, payload: '', properties: {} },
  code: 'invalid',
  message: 'no',
  attempts: 1,
});
async function fileMany(count: number, stepMs = 1_000, prefix = 'm'): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, serial) => `${prefix}${serial}`);
  for (const name of names) {
    await letters.file(outgoing(name), undefined);
    world.nowMs += stepMs;
  }
  return names.toReversed();
}
async function idsIn(partition: string): Promise<readonly string[]> {
  const page = await world.ledger.store.scan(partition, { prefix: 'letter/', limit: 1_000 });
  return page.items.map(({ key }) => key.slice('letter/'.length));
}
/** What lies in each part down to the second digit; the day itself has the empty name. */
async function parts(day = DAY): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const part of ['', ...HEX, ...HEX.flatMap((first) => HEX.map((second) => first + second))])
    found.set(part, await idsIn(part === '' ? day : `${day}/${part}`));
  return found;
}
async function listed(limit = 200): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await letters.list({ limit, ...(cursor ? { cursor } : {}) });
    found.push(...page.items);
    if (page.next === undefined) return found;
    expect(page.items).toHaveLength(limit);
    cursor = page.next;
  }
}
const named = (records: readonly DeadLetter[]): readonly string[] => records.map(({ letter }) => letter.messageId);

test('P3: a part holds as many letters as its bound allows; what comes then lies below it by the digits of its id', async () => {
  const order = await fileMany(40);
  const found = await parts();
  const first = (await listed()).toReversed().map(({ id }) => id);
  expect(found.get('')).toEqual(first.slice(0, 3).toSorted());
  for (const [part, ids] of found) {
    expect(ids.length, part).toBeLessThanOrEqual(3);
    for (const id of ids) expect(id, part).toMatch(new RegExp(`^dl-20260615-${part}`));
    // Nothing lies below a part that has room.
    if (ids.length < 3) for (const below of HEX) expect(found.get(part + below) ?? [], part + below).toEqual([]);
  }
  expect([...found.values()].flat().toSorted()).toEqual(first.toSorted());
  for (const limit of [200, 7, 1]) expect(named(await listed(limit)), `pages of ${limit}`).toEqual(order);
  expect([PART_BOUNDS.letters, PART_BOUNDS.bytes]).toEqual([4_096, 33_554_432]);
});

test('P3: large letters fill a part before it has as many as it may', async () => {
  letters = createDeadLetters({
    ...{ ledger: world.ledger, clock: world.clock, names: NAMES },
    bounds: { letters: 100, bytes: 20_000 },
  });
  for (const name of ['a', 'b', 'c', 'd']) {
    const { letter, ...rest } = outgoing(name);
    await letters.file({ ...rest, letter: { ...letter, payload: 'x'.repeat(12_000) } }, undefined);
    world.nowMs += 1;
  }
  expect((await idsIn(DAY)).length).toBe(2);
  expect(named(await listed())).toEqual(['d', 'c', 'b', 'a']);
});

test('P1: the same message is the same letter in whichever part it lies, also when it dies again', async () => {
  const order = await fileMany(30);
  const before = await parts();
  for (const name of order) await letters.file(outgoing(name, world.nowMs - 60_000), undefined);
  expect(await parts()).toEqual(before);
  for (const { id } of await listed()) {
    expect((await letters.get(id))?.id).toBe(id);
    await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'applied' });
  }
  expect(named((await letters.list({ limit: 200, state: 'solved' })).items)).toEqual(order);
  for (const name of order.toReversed()) {
    world.nowMs += 1_000;
    await letters.file(outgoing(name, world.nowMs - 120_000), undefined);
  }
  expect(await parts()).toEqual(before);
  const again = await listed(4);
  expect(named(again)).toEqual(order);
  expect(again.map(({ redrives, state }) => [redrives.length, state])).toEqual(order.map(() => [1, 'open']));
});

test('L1: letters of one moment in many parts are each listed once, whatever the pages', async () => {
  const order = await fileMany(35, 0);
  const all = named(await listed());
  expect(all.toSorted()).toEqual(order.toSorted());
  for (const limit of [1, 4, 34, 35]) expect(named(await listed(limit)), `pages of ${limit}`).toEqual(all);
});

test('L1: a place in one day and part goes on in others, while letters come to each of them', async () => {
  world.nowMs = Date.UTC(2026, 5, 15, 23, 59, 50);
  const order = await fileMany(20);
  expect((await idsIn('tenant-provisioner/letters/20260616')).length).toBe(3);
  for (let taken = 1; taken < order.length; taken++) {
    const first = await letters.list({ limit: taken });
    await letters.file(outgoing(`late${taken}`, Date.UTC(2026, 5, taken % 2 === 0 ? 15 : 16)), undefined);
    world.nowMs += 1_000;
    const cursor = first.next as string;
    const rest = await letters.list({ limit: 200, cursor });
    // Those that came meanwhile are before the place; the late ones of earlier rounds are in the first page.
    const seen = [...named(first.items), ...named(rest.items)];
    expect(seen.filter((name) => name.startsWith('m'))).toEqual(order);
    expect(seen).not.toContain(`late${taken}`);
  }
});

test.each([
  '20260615:',
  '20260615:WyJsZXR0ZXIvIl0',
  '["2026-06"]',
  '["2026-06","x"]',
  '["20260615","a","b"]',
  '{}',
  '',
])('a cursor that this list did not make is refused: %j', async (cursor) => {
  await fileMany(2);
  await expect(letters.list({ limit: 1, cursor })).rejects.toMatchObject({ class: 'Invalid', code: 'BadCursor' });
});

test('P3: replicas that file at once fill no part over its bound, and lose none', async () => {
  const others = [0, 1, 2].map(() =>
    createDeadLetters({ ledger: world.replica(), clock: world.clock, names: NAMES, bounds: BOUNDS }),
  );
  const names = Array.from({ length: 30 }, (_, serial) => `m${serial}`);
  // Each message is refused by two of them.
  await Promise.all(
    names.flatMap((name, at) =>
      [at, at + 1].map((by) => (others[by % 3] as DeadLetters).file(outgoing(name), undefined)),
    ),
  );
  expect(named(await listed()).toSorted()).toEqual(names.toSorted());
  const found = await parts();
  expect(found.get('')?.length).toBe(3);
  for (const [part, ids] of found) expect(ids.length, part).toBeLessThanOrEqual(3);
  expect([...found.values()].flat().length).toBe(30);
});

test('P1: a part that was full stays full when its letters have ended, and what is filed then is found', async () => {
  await fileMany(10);
  world.nowMs += 91 * DAY_MS;
  expect(await listed()).toEqual([]);
  await letters.file(outgoing('m0', Date.UTC(2026, 5, 15, 12)), undefined);
  expect(await idsIn(DAY)).toEqual([]);
  const [record] = (await listed()) as [DeadLetter];
  expect([record.letter.messageId, (await letters.get(record.id))?.deadAtMs]).toEqual(['m0', world.nowMs]);
});

test('what no tenant can take waits in the outbox of the part where it lies, also when it comes again', async () => {
  await fileMany(4);
  const { letter } = outgoing('new');
  const place = await letters.fileAndSend(letter, 'undecodable', 'no', 1);
  const [{ id }] = (await letters.list({ limit: 1 })).items as [DeadLetter];
  const digit = id.slice('dl-20260615-'.length)[0];
  expect(place).toEqual({ partition: `${DAY}/${digit}`, key: `outbox/${id}` });
  expect((await world.ledger.load(place.partition)).rows.has(place.key)).toBe(true);
  expect(await letters.fileAndSend(letter, 'undecodable', 'no', 1)).toEqual(place);
});

test('P1: the last part on the way has none below it and takes what comes', async () => {
  await letters.file(outgoing('m'), undefined);
  const [{ id }] = (await listed()) as [DeadLetter];
  world.nowMs += 91 * DAY_MS;
  const digits = id.slice(-16);
  for (let depth = 0; depth <= 16; depth++)
    await world.ledger.update(`${DAY}${depth === 0 ? '' : '/'}${digits.slice(0, depth)}`, () => ({
      put: [{ key: 'state', value: JSON.stringify({ v: 1, timed: true, letters: 3, bytes: 0 }) }],
      result: undefined,
    }));
  expect(await letters.get(id)).toBeUndefined();
  await letters.file(outgoing('m', Date.UTC(2026, 5, 15, 12)), undefined);
  expect(await idsIn(`${DAY}/${digits}`)).toEqual([id]);
  expect([named(await listed()), (await letters.get(id))?.id]).toEqual([['m'], id]);
});
