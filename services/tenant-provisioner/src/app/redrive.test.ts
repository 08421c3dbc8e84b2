/** A dead letter handed in again: E3, each time under a key of its own, and what is on record of it. */

import { type Bus, createCodec } from '@leasehold/bus';
import {
  createDeadLetters,
  type DeadLetter,
  type DeadLetters,
  keptMessageOf,
  type RedriveParts,
  readJournal,
  redrive,
  stateOf,
} from '@leasehold/controller';
import { silentLog } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import type { TenantTypes } from '../domain/types.ts';
import { TENANT_EVENTS } from './events.ts';
import { NAMES } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

const CREATED = 'persistent://platformq/system/tenant-created-events';
const OTHER = { event_id: 'e1', tenant_id: 'acme', tenant_name: 'Other', tier: 'free' };
const who = { subject: 'ops', requestId: 'req-1', reason: 'the cause is mended' };
const signal = new AbortController().signal;

let world: TestLedger;
let letters: DeadLetters;
let tenants: Tenants;
let notes: { readonly disposition: string; readonly after?: unknown }[];
let parts: RedriveParts<TenantTypes>;
beforeEach(async () => {
  world = await openTestLedger();
  const { ledger, clock } = world;
  letters = createDeadLetters({ ledger, clock, names: NAMES });
  tenants = createTenants({ ledger, clock, context: () => ({ ...contextOf(openScene()), nowMs: world.nowMs }) });
  notes = [];
  const bus = { writerSchema: async () => ({ type: 'none' }) } as unknown as Bus;
  const relay = { drained: async () => undefined };
  parts = {
    deadLetters: letters,
    control: { note: async (note) => void notes.push(note as (typeof notes)[number]) },
    intake: {
      names: NAMES,
      events: TENANT_EVENTS,
      codec: createCodec({ bus, log: silentLog }),
      ledger,
      deadLetters: letters,
      relay,
      decide: (tenantId, command, source, within) => tenants.command(tenantId, command, source, 'open', within),
      send: async () => undefined,
      clock,
      log: silentLog,
    },
    clock,
    log: silentLog,
  };
});
afterEach(() => world.close());

/** Puts a letter on record, as it died. */
async function died(body: object | string, read?: Parameters<typeof keptMessageOf>[1]): Promise<string> {
  const payload = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const letter = keptMessageOf({ topic: CREATED, id: 'm1', publishedAtMs: world.nowMs, properties: {}, payload }, read);
  const outgoing = {
    kind: 'dead-letter',
    serial: 0,
    letter,
    code: 'tenant-conflict',
    message: 'no',
    attempts: 1,
  } as const;
  await letters.file(outgoing, undefined);
  const [record] = (await letters.list({ limit: 1 })).items;
  return (record as DeadLetter).id;
}
const onRecord = async (id: string) => (await letters.get(id)) as DeadLetter;
const again = async (id: string) => redrive(parts, await onRecord(id), who, signal);
const ask = (command: Parameters<Tenants['command']>[1]) =>
  tenants.command('acme', command, { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');

test.each([
  ['a minute after another', 60_000],
  ['in one moment', 0],
  ['by a clock that steps back', -5_000],
])('E3: redrives that come %s are each decided anew', async (_, stepMs) => {
  await ask(create());
  const id = await died(OTHER);
  const outcomes: string[] = [];
  for (let times = 0; times < 4; times++) {
    outcomes.push((await again(id)).outcome);
    world.nowMs += stepMs;
  }
  expect(outcomes).toEqual(Array(4).fill('tenant-conflict'));
  await ask(remove({ graceMs: 0 }));
  expect(await again(id)).toEqual({
    outcome: 'dropped',
    state: 'solved',
    detail: 'the creation was said before the tenant was deleted',
  });
  const { redrives } = await onRecord(id);
  expect(redrives.map(({ outcome }) => outcome)).toEqual([...outcomes, 'dropped']);
});

test('E3: one that is asked twice at once is decided once', async () => {
  const id = await died(OTHER);
  const record = await onRecord(id);
  const both = [redrive(parts, record, who, signal), redrive(parts, record, who, signal)];
  expect((await Promise.all(both)).map(({ outcome }) => outcome).sort()).toEqual(['applied', 'applied']);
  expect((await tenants.read('acme')).state.generation).toBe(1);
});

test('E3: one that was decided when its process died, and not noted, is told as it was: what was refused stays open', async () => {
  const { noteRedrive } = letters;
  const dies = async (id: string) => {
    Object.assign(letters, { noteRedrive: () => Promise.reject(new Error('the process dies')) });
    await expect(again(id)).rejects.toThrow('the process dies');
    Object.assign(letters, { noteRedrive });
  };
  await ask(create());
  const id = await died(OTHER);
  await dies(id);
  expect(await again(id)).toMatchObject({ outcome: 'refused', state: 'open' });
  expect(await again(id)).toMatchObject({ outcome: 'tenant-conflict', state: 'open' });
  await ask(remove({ graceMs: 0 }));
  await dies(id);
  expect(await again(id)).toEqual({ outcome: 'dropped', state: 'solved' });
});

test('what comes of a redrive is on record: of the letter, of the platform, and with who asked in the tenant’s audit', async () => {
  const id = await died(OTHER);
  expect(await again(id)).toEqual({ outcome: 'applied', state: 'solved' });
  const record = await onRecord(id);
  expect(stateOf(record)).toBe('solved');
  expect(record.redrives).toEqual([
    { atMs: world.nowMs, by: 'ops', reason: 'the cause is mended', outcome: 'applied' },
  ]);
  expect(notes).toEqual([
    {
      command: { kind: 'redrive', reason: 'the cause is mended' },
      actor: { subject: 'ops', request_id: 'req-1' },
      disposition: 'applied',
      reasons: [{ code: 'Redriven', message: 'the cause is mended' }],
      after: { dead_letter: id, tenant_id: 'acme' },
    },
  ]);
  const { items } = await readJournal({ ledger: world.ledger, names: NAMES }, 'acme', { limit: 5 }, signal);
  expect(items).toMatchObject([{ command: 'create', actor: 'ops', request_id: 'req-1', event_id: `redrive|${id}|0` }]);
});

test('what cannot be read again fails again with the words that say why, and stays open', async () => {
  const id = await died({ ...OTHER, tier: 'gold' });
  const result = await again(id);
  expect(result).toMatchObject({ outcome: 'invalid', state: 'open', detail: expect.stringContaining('/tier') });
  expect(stateOf(await onRecord(id))).toBe('open');
  expect(notes.map(({ disposition, after }) => [disposition, after])).toEqual([
    ['invalid', { dead_letter: id, tenant_id: 'acme' }],
  ]);
});

test('what is refused again tells the refusal', async () => {
  await ask(create());
  const result = await again(await died(OTHER));
  expect(result).toMatchObject({ outcome: 'tenant-conflict', detail: expect.stringContaining('its name is "Acme"') });
});

test('Avro that was read once is read from its record, whatever the registry has become', async () => {
  const id = await died('no JSON at all', { value: OTHER, encoding: 'avro' });
  expect(await again(id)).toMatchObject({ outcome: 'applied' });
  expect((await tenants.read('acme')).state.name).toBe('Other');
});

test('a letter whose content was not kept is refused, and nothing is noted', async () => {
  const id = await died('x'.repeat(900_000));
  await expect(again(id)).rejects.toThrow('too large to be kept');
  expect([notes, (await onRecord(id)).redrives]).toEqual([[], []]);
});
