/** Dead letters on record: filed once (E2), found again in the order in which they died, whatever clock their producer had (E4). */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeadLetterOutgoing } from '../model/decision.ts';
import { serviceNames } from '../rows/names.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { type DeadLetter, stateOf, tenantOfMessage } from './record.ts';

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.UTC(2026, 5, 15, 12);
const NAMES = serviceNames({ service: 'tenant-provisioner', ownerType: 'tenant' });
let world: TestLedger;
let letters: DeadLetters;
beforeEach(async () => {
  world = await openTestLedger();
  letters = createDeadLetters({ ledger: world.ledger, clock: world.clock, names: NAMES });
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

test('L1, E4: newest first by when they died, whatever the producer’s clock said, page by page', async () => {
  const times = { future: DAY_MS * 400, today: 0, yesterday: -DAY_MS, old: -DAY_MS * 45, ancient: -DAY_MS * 4000 };
  for (const [name, offset] of Object.entries(times)) {
    await letters.file(outgoing(name, world.nowMs + offset), 'acme');
    world.nowMs += 15 * DAY_MS;
  }
  const order = ['ancient', 'old', 'yesterday', 'today', 'future'];
  for (const limit of [200, 1, 2, 5]) expect(await listed(limit), `pages of ${limit}`).toEqual(order);
});

test('L1: a place in the list stays one while letters come and are redriven', async () => {
  for (const name of ['a', 'b', 'c', 'd']) {
    await letters.file(outgoing(name, START_MS), 'acme');
    world.nowMs += 1_000;
  }
  const first = await letters.list({ limit: 2 });
  await letters.file(outgoing('e', START_MS), 'acme');
  for (const { id } of first.items) await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'applied' });
  const second = await letters.list({ limit: 2, cursor: first.next as string });
  expect([...first.items, ...second.items].map(({ letter }) => letter.messageId)).toEqual(['d', 'c', 'b', 'a']);
  expect(second.next).toBeUndefined();
});

test('filters: topic by name or whole, code, tenant, state and since, in full pages', async () => {
  for (let i = 0; i < 30; i++) {
    const base = outgoing(`m${i}`, START_MS);
    const topic = `persistent://p/system/${i % 2 === 0 ? 'tenant-created-events' : 'tenant-deleted-events'}`;
    const code = i % 3 === 0 ? 'stale' : 'invalid';
    await letters.file({ ...base, code, letter: { ...base.letter, topic } }, i % 5 === 0 ? 'five' : 'acme');
    world.nowMs += 1_000;
  }
  const names = async (filter: object, limit = 200) => {
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await letters.list({ limit, ...filter, ...(cursor ? { cursor } : {}) });
      found.push(...page.items.map(({ letter }) => letter.messageId));
      if (page.next === undefined) return found;
      expect(page.items).toHaveLength(limit);
      cursor = page.next;
    }
  };
  const every = (step: number) =>
    Array.from({ length: 30 }, (_, i) => 29 - i)
      .filter((i) => i % step === 0)
      .map((i) => `m${i}`);
  expect(await names({ topic: 'tenant-created-events' })).toEqual(every(2));
  expect(await names({ topic: 'persistent://p/system/tenant-created-events' }, 4)).toEqual(every(2));
  expect(await names({ topic: 'created-events' })).toEqual([]);
  expect(await names({ code: 'stale' }, 3)).toEqual(every(3));
  expect(await names({ tenantId: 'five' }, 1)).toEqual(every(5));
  expect(await names({ tenantId: 'five', code: 'stale' })).toEqual(['m15', 'm0']);
  expect(await names({ sinceMs: START_MS + 27_000 }, 2)).toEqual(['m29', 'm28', 'm27']);
  for (const { id } of (await letters.list({ limit: 200, tenantId: 'five' })).items)
    await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'applied' });
  expect(await names({ state: 'solved' }, 2)).toEqual(every(5));
  expect(await names({ state: 'open' })).toHaveLength(24);
});

test.each([
  ['applied', 'solved'],
  ['repeat', 'solved'],
  ['dropped', 'solved'],
  ['waiting', 'waiting'],
  ['held', 'waiting'],
  ['invalid', 'open'],
  ['tenant-conflict', 'open'],
])('R1: a redrive that comes to %s leaves the letter %s', async (outcome, state) => {
  await letters.file(outgoing('m', START_MS), 'acme');
  const [{ id }] = (await letters.list({ limit: 1, state: 'open' })).items as [DeadLetter];
  await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome });
  expect(stateOf((await letters.get(id)) as DeadLetter)).toBe(state);
});

test('E2: what was settled and dies again is open again, and new in the list, with what was done before', async () => {
  await letters.file(outgoing('again', START_MS), 'acme');
  world.nowMs += 1_000;
  await letters.file(outgoing('other', START_MS), 'acme');
  const { id } = (await letters.list({ limit: 2 })).items[1] as DeadLetter;
  await letters.noteRedrive(id, { atMs: world.nowMs, by: 'ops', outcome: 'waiting' });
  world.nowMs += DAY_MS;
  await letters.file(outgoing('again', START_MS), 'acme');
  const { items } = await letters.list({ limit: 5 });
  expect(items.map((record) => [record.letter.messageId, stateOf(record), record.redrives.length])).toEqual([
    ['again', 'open', 1],
    ['other', 'open', 0],
  ]);
});

test('R2: whose a letter is, is read from its bytes, also where they are undecodable or invalid', async () => {
  const bytes = (text: string) => Buffer.from(text).toString('base64');
  const at = (topic: string, payload: string, more: object = {}) => ({
    ...outgoing('m', START_MS).letter,
    ...{ topic: `persistent://p/${topic}`, payload: bytes(payload), ...more },
  });
  const named = '{"tenant_id":"ACME","tier":"gold"}';
  expect(tenantOfMessage(at('system/tenant-created-events', named))).toBe('acme');
  expect(tenantOfMessage(at('system/tenant-created-events', named, { encoding: 'json' }))).toBe('acme');
  expect(tenantOfMessage(at('system/t', 'avro', { decoded: named }))).toBe('acme');
  expect(tenantOfMessage(at('globex/tenant-upgraded-events', 'Obj'))).toBe('globex');
  expect(tenantOfMessage(at('globex/tenant-upgraded-events', named))).toBe('acme');
  for (const none of [
    '',
    '{',
    'null',
    '[]',
    '7',
    '{"tenant_id":7}',
    '{"tenant_id":"a b"}',
    '{"tenant_id":"system"}',
    '\xff',
  ])
    expect(tenantOfMessage(at('system/t', none)), none).toBeUndefined();
  await letters.fileAndSend(at('system/tenant-created-events', named), 'undecodable', 'no', 1);
  expect((await letters.list({ limit: 5, tenantId: 'acme' })).items.map(({ tenantId }) => tenantId)).toEqual(['acme']);
});

test('L2: letters of a release that kept no timeline are listed among the others, by when they died, with their state', async () => {
  const old = (name: string, deadAtMs: number, redrives: DeadLetter['redrives'] = []) => ({
    ...{ id: `dl-20260101-00000000000000${name}`, code: 'invalid', message: 'no', attempts: 1, deadAtMs, redrives },
    letter: { ...outgoing(name, START_MS).letter, payload: Buffer.from('{"tenant_id":"old"}').toString('base64') },
  });
  const done = [{ atMs: START_MS, by: 'ops', outcome: 'applied' }];
  const records = [old('01', START_MS - 5_000), old('02', START_MS - 3_000, done), old('03', START_MS - 1_000)];
  const partition = 'tenant-provisioner/letters/20260101';
  const fileOld = (record: object & { readonly id: string }) =>
    world.ledger.update(partition, () => ({
      put: [{ key: `letter/${record.id}`, value: JSON.stringify(record), ttlMs: 90 * DAY_MS }],
      entries: [
        { directory: 'tenant-provisioner/letter-days', name: '20260101', summary: JSON.stringify({ at: START_MS }) },
      ],
      result: undefined,
    }));
  for (const record of records) await fileOld(record);
  await letters.file(outgoing('new', Date.UTC(2026, 0, 1)), 'acme');
  expect(await listed(1)).toEqual(['new', '03', '02', '01']);
  expect((await letters.list({ limit: 5, state: 'solved' })).items.map(({ id }) => id.slice(-2))).toEqual(['02']);
  expect((await letters.list({ limit: 5, tenantId: 'old' })).items).toHaveLength(3);
  // A replica of that release files another one beside this one.
  await fileOld(old('04', START_MS - 2_000));
  expect(await listed(2)).toEqual(['new', '03', '04', '02', '01']);
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
