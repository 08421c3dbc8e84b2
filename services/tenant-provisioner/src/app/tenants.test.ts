/** Each change of a tenant as one commit: what an event key is good for (A1), what is written, and what leaves no trace. */
import { changedRows, readOperation, timerOf } from '@leasehold/controller';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove, upgrade } from '../domain/scene.ts';
import type { TenantTypes } from '../domain/types.ts';
import { tenantOfPartition, tenantPartition } from './partition.ts';
import { createTenants, TENANT, type Tenants } from './tenants.ts';

const DAY_MS = 24 * 3_600_000;
let world: TestLedger;
let tenants: Tenants;
let decided: string[];
beforeEach(async () => {
  world = await openTestLedger();
  decided = [];
  tenants = createTenants({
    ledger: world.ledger,
    clock: world.clock,
    context: (brake) => ({ ...contextOf(openScene()), nowMs: world.nowMs, ...(brake ? { brake } : {}) }),
    onDecision: ({ state }, before) => decided.push(`${before.phase} ${state.phase}`),
  });
});
afterEach(() => world.close());

type Asked = Parameters<Tenants['command']>[1];
const ask = (command: Asked, tenantId = 'acme') =>
  tenants.command(tenantId, command, { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');
const letter = { topic: 't', messageId: 'm', publishedAtMs: 0, payload: '', properties: {} };
const tell = (command: Asked, eventKey: string, brake: Parameters<Tenants['command']>[3] = 'open') =>
  tenants.command('acme', command, { type: 'event', eventKey, publishedAtMs: world.nowMs, letter }, brake);
const keys = async (tenantId = 'acme') => {
  const { items } = await world.ledger.store.scan(tenantPartition(tenantId), { prefix: '', limit: 100 });
  return items.map(({ key }) => key.replace(/[0-9]{4}-[0-9]{2}/, 'MONTH'));
};
const entries = async () => (await world.ledger.store.list('tenant-provisioner/tenants', { limit: 100 })).items;

test('A1: an event key has one effect, whatever it is asked again, and its inbox row says what it came to', async () => {
  expect((await tell(create(), 'e1')).duplicate).toBe(false);
  const before = (await tenants.read('acme')).state;
  const again = await tell(remove(), 'e1');
  expect([again.duplicate, again.decision.disposition.kind, again.decision.outgoing]).toEqual([true, 'repeat', []]);
  expect(again.cameTo).toBe('applied');
  expect((await tenants.read('acme')).state).toEqual(before);
  expect([await tenants.known('acme', 'e1'), await tenants.known('acme', 'e2')]).toEqual([true, false]);
  expect(await tenants.known('other', 'e1')).toBe(false);
  expect(await keys()).toContain('inbox/MONTH/e1');
  // Who was told of a decision is told of none that was not made.
  expect(decided).toEqual(['none active']);
});

test('A1: a key is known as long as its message may come again, and then no more', async () => {
  await tell(create(), 'e1');
  world.nowMs += 35 * DAY_MS - 1;
  expect((await tell(create(), 'e1')).duplicate).toBe(true);
  world.nowMs += 1;
  expect((await tell(create(), 'e1')).duplicate).toBe(false);
});

test('what REST is refused leaves no trace; what an event is refused leaves its key, its letter and its reason', async () => {
  expect((await ask({ kind: 'suspend' })).decision.disposition.kind).toBe('refused');
  expect([await keys(), await entries()]).toEqual([[], []]);
  await tell(create({ tier: 'custom' }), 'e1');
  expect(await keys()).toEqual(['inbox/MONTH/e1', 'outbox/000000000000001', 'state']);
});

test('a commit writes the state, what is to be published, its timers and its record, and takes away what is over', async () => {
  await ask(create());
  expect(await keys()).toEqual(['journal/MONTH/000000000000001', 'state', 'timer/work']);
  await tell(upgrade('free', 'starter'), 'e1');
  expect(await keys()).toEqual(expect.arrayContaining(['waiting/000000000000001', 'timer/wake']));
  world.nowMs += DAY_MS;
  await tenants.wake('acme');
  const after = await keys();
  expect(after).toContain('outbox/000000000000001');
  for (const gone of ['waiting/000000000000001', 'timer/wake']) expect(after).not.toContain(gone);
  await ask({ kind: 'suspend' });
  expect(await keys()).toContain('op/000000000000001');
});

test('the brake is asked for with the command and for no other decision', async () => {
  await tell(create(), 'e1');
  expect((await tell(remove(), 'e2', { openings: 1 })).decision.disposition.kind).toBe('held');
  expect((await tell(remove(), 'e3')).decision.disposition.kind).toBe('applied');
});

test('a tenant is in the directory from its first word on, anew with each summary, and not with what changes none', async () => {
  await ask(create());
  const [first] = await entries();
  expect([first?.name, JSON.parse(first?.summary ?? '')]).toEqual([
    'acme',
    expect.objectContaining({ tier: 'free', status: 'pending' }),
  ]);
  const writes: string[] = [];
  const { update } = world.ledger;
  Object.assign(world.ledger, {
    update: (...given: Parameters<typeof update>) =>
      update(
        given[0],
        (now) => {
          const made = given[1](now);
          writes.push(...(made.entries ?? []).map(({ directory }) => directory.replace(/[0-9-]+$/, 'MONTH')));
          return made;
        },
        given[2],
      ),
  });
  await ask({ kind: 'protect', protected: true });
  expect(writes).toEqual(['tenant-provisioner/audit/MONTH']);
  writes.length = 0;
  await ask(remove({ force: true }));
  expect(writes).toContain('tenant-provisioner/tenants');
});

test('an id of which a message waits is listed, and is again once it is a tenant', async () => {
  await tell(upgrade('free', 'starter'), 'e1');
  expect((await entries()).map(({ summary }) => JSON.parse(summary))).toEqual([
    { tier: 'free', status: 'deleted', objects: {} },
  ]);
  await ask(create());
  expect((await entries()).map(({ summary }) => JSON.parse(summary).status)).toEqual(['pending']);
});

test('a tenant that only a newer release can read is found as nothing, and read as waiting for that release', async () => {
  await world.ledger.update(tenantPartition('acme'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));
  expect(await tenants.find('acme')).toBeUndefined();
  await expect(tenants.read('acme')).rejects.toMatchObject({ class: 'Unavailable', code: 'NewerRelease' });
  await expect(ask(create())).rejects.toMatchObject({ code: 'NewerRelease', retryAfterMs: 5_000 });
  expect(await tenants.find('nobody')).toMatchObject({ version: 0, workTimerMs: undefined, waiting: [] });
});

test('the operation that is told is found with its steps, and so is one that has ended, and no other', async () => {
  await ask(create());
  await ask({ kind: 'suspend' });
  const find = (serial: number, tenantId = 'acme') =>
    readOperation<TenantTypes>({ ledger: world.ledger, codec: TENANT }, tenantId, serial, new AbortController().signal);
  expect(await find(1)).toMatchObject({ operation: { kind: 'provision', outcome: 'superseded' }, records: [{}, {}] });
  expect((await find(1))?.operation).not.toHaveProperty('records');
  expect(await find(2)).toMatchObject({ operation: { kind: 'suspend', serial: 2 }, records: [{}, {}] });
  expect([await find(3), await find(1, 'nobody')]).toEqual([undefined, undefined]);
});

test('a partition is a tenant’s by its name alone', () => {
  expect(tenantOfPartition(tenantPartition('acme'))).toBe('acme');
  for (const other of ['tenant-provisioner/control', 'other/tenant/acme', ''])
    expect(tenantOfPartition(other)).toBeUndefined();
});

test('a timer that is due keeps its time, one that is not is moved, and none is removed twice', () => {
  const nowMs = 1_000_000;
  const scene = openScene();
  const decision = scene.wake();
  const rows = (present: number | undefined, workAtMs: number | undefined) => {
    const texts = present === undefined ? [] : [['timer/work', JSON.stringify({ dueAtMs: present })] as const];
    const now = { version: 1, rows: new Map(texts) };
    const { put, remove: gone } = changedRows(
      now,
      { state: scene.state, waiting: [] },
      { ...decision, workAtMs },
      nowMs,
    );
    const timer = put.find(({ key }) => key === 'timer/work');
    if (timer) return timerOf({ version: 1, rows: new Map([[timer.key, timer.value]]) }, 'timer/work');
    return gone.includes('timer/work') ? 'removed' : 'as it is';
  };
  expect(rows(undefined, undefined)).toBe('as it is');
  expect(rows(5, undefined)).toBe('removed');
  expect(rows(undefined, 0)).toBe(nowMs);
  expect(rows(undefined, -5)).toBe(nowMs);
  expect(rows(undefined, nowMs)).toBe(nowMs);
  expect(rows(undefined, nowMs + 1)).toBe(nowMs + 1);
  expect(rows(nowMs - 5, 0)).toBe('as it is');
  expect(rows(nowMs, 3)).toBe('as it is');
  expect(rows(nowMs + 5, 0)).toBe(nowMs);
  expect(rows(nowMs - 5, nowMs + 5)).toBe(nowMs + 5);
  expect(rows(nowMs + 5, nowMs + 5)).toBe('as it is');
});
