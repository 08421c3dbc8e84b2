/** Which deletions are counted against the brake, how many it lets pass, and when it forgets (O2, O3, O5). */
import { readJournal } from '@leasehold/controller';
import { bound } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { askBrake } from './brake.ts';
import { type Control, controlView, createControl } from './control.ts';
import { NAMES } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

const WINDOW_MS = 3_600_000;
const signal = new AbortController().signal;
let world: TestLedger;
let control: Control;
let tenants: Tenants;
beforeEach(async () => {
  world = await openTestLedger();
  control = openControl(2, 0.5);
  const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

function openControl(least: number, share: number): Control {
  const bounds = {
    windowMs: bound('window', WINDOW_MS),
    leastDeletions: bound('least', least),
    share: bound('share', share),
  };
  return createControl({ ledger: world.ledger, clock: world.clock, bounds });
}
const ask = (tenantId: string, eventKey: string, total = 1) =>
  askBrake({ tenants, control, inventory: { total: () => total }, exclusive: true }, tenantId, eventKey, signal);
const rest = () => ({ type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }) as const;
const counted = () => control.now().recent.map(({ key }) => key);

test('only a deletion that would have an effect is counted', async () => {
  expect(await ask('nobody', 'e1')).toBe('unasked');
  await tenants.command('acme', create({ tier: 'professional' }), rest(), 'open');
  expect(await ask('acme', 'e2')).toBe('unasked');
  await tenants.command('acme', { kind: 'protect', protected: false }, rest(), 'open');
  const letter = { topic: 't', messageId: 'm', publishedAtMs: world.nowMs, payload: '', properties: {} };
  await tenants.command(
    'acme',
    create(),
    { type: 'event', eventKey: 'known', publishedAtMs: world.nowMs, letter },
    'open',
  );
  expect(await ask('acme', 'known')).toBe('unasked');
  expect(counted()).toEqual([]);
  expect(await ask('acme', 'e3')).toBe('open');
  await tenants.command('acme', { kind: 'suspend' }, rest(), 'open');
  expect(await ask('acme', 'e4')).toBe('open');
  expect(counted()).toEqual(['e3', 'e4']);
  await tenants.command('acme', remove(), rest(), 'open');
  expect(await ask('acme', 'e5')).toBe('unasked');
});

test('as many pass as the least or the share of all tenants allows, whichever is more, and not one more', async () => {
  const passed = async (least: number, share: number, tenantCount: number) => {
    const one = openControl(least, share);
    await one.write({ deletions: 'running' });
    for (let n = 0; n < 20; n++) {
      const answer = await one.admitDeletion(`${least}/${share}/${tenantCount}/${n}`, tenantCount);
      if (answer !== 'open') return n;
    }
    return 20;
  };
  expect(await passed(2, 0.5, 3)).toBe(2);
  expect(await passed(2, 0.5, 9)).toBe(4);
  expect(await passed(0, 0.5, 1)).toBe(0);
});

test('what passed is forgotten with the window, to the millisecond', async () => {
  await control.admitDeletion('a', 0);
  world.nowMs += 1;
  await control.admitDeletion('b', 0);
  world.nowMs += WINDOW_MS - 1;
  // The first has just gone out of the window: there is room for one.
  expect(await control.admitDeletion('c', 0)).toBe('open');
  expect(counted()).toEqual(['b', 'c']);
  expect(await control.admitDeletion('d', 0)).toEqual({ openings: 0 });
});

test('O3: what was let pass passes again, also through a brake that has shut since', async () => {
  for (const key of ['a', 'b', 'c']) await control.admitDeletion(key, 0);
  expect(control.now().brake).toEqual({ shut: true, openings: 0 });
  expect([await control.admitDeletion('a', 0), await control.admitDeletion('c', 0)]).toEqual(['open', { openings: 0 }]);
});

test('O5: each opening is counted, and forgets what passed before it', async () => {
  for (const key of ['a', 'b', 'c']) await control.admitDeletion(key, 0);
  for (let openings = 1; openings <= 3; openings++) {
    await control.write({ deletions: 'running' });
    expect(control.now()).toMatchObject({ brake: { shut: false, openings }, recent: [] });
  }
  for (const key of ['a', 'b', 'c']) await control.admitDeletion(key, 0);
  expect(await control.admitDeletion('d', 0)).toEqual({ openings: 3 });
});

test('O1: switches are told when they are others than before, whoever set them, and to nobody who has stopped to listen', async () => {
  let heard = 0;
  const stop = control.onSwitched(() => {
    heard += 1;
  });
  await control.refresh();
  expect(heard).toBe(1);
  await control.write({ reconcile: 'running' });
  await control.admitDeletion('a', 0);
  expect(heard).toBe(1);
  const other = createControl({ ledger: world.replica(), clock: world.clock });
  await other.write({ backends: { minio: 'paused' } });
  expect(heard).toBe(1);
  await control.refresh();
  expect(heard).toBe(2);
  await control.write({ deletions: 'paused' });
  expect(heard).toBe(3);
  stop();
  await control.write({ deletions: 'running' });
  expect(heard).toBe(3);
});

test('before the first read all work is paused, and after it a store without a word has all running', async () => {
  expect(control.now()).toMatchObject({ reconcile: 'paused', deletions: 'paused' });
  expect(await control.refresh()).toMatchObject({ reconcile: 'running', deletions: 'running', backends: {} });
  expect(controlView(control.now(), ['minio'])).toEqual({
    reconcile: 'running',
    deletions: 'running',
    brake: 'open',
    backends: { minio: 'running' },
    updated_at: null,
  });
  await control.write({ backends: { minio: 'paused' } });
  await control.write({ backends: { cassandra: 'paused' }, reconcile: 'paused' });
  expect(controlView(control.now(), ['minio', 'cassandra', 'ignite'])).toEqual({
    reconcile: 'paused',
    deletions: 'running',
    brake: 'open',
    backends: { minio: 'paused', cassandra: 'paused', ignite: 'running' },
    updated_at: new Date(world.nowMs).toISOString(),
  });
});

test('switches that only a newer release understands are left to it', async () => {
  await world.ledger.update('tenant-provisioner/control', () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2, reconcile: 'sometimes' }) }],
    result: undefined,
  }));
  await expect(control.refresh()).rejects.toMatchObject({ class: 'Unavailable', code: 'NewerRelease' });
  await expect(control.write({ reconcile: 'running' })).rejects.toMatchObject({ code: 'NewerRelease' });
  expect(control.now().reconcile).toBe('paused');
});

test('O6: what changes nothing writes nothing; each word of an operator is a row of its own, in order', async () => {
  const version = async () => (await world.ledger.load('tenant-provisioner/control', { fresh: true })).version;
  await control.admitDeletion('a', 0);
  const before = await version();
  await control.admitDeletion('a', 0);
  expect(await version()).toBe(before);
  for (const kind of ['one', 'two', 'three'])
    await control.note({ command: { kind }, reasons: [], disposition: 'applied' });
  await control.write({ reconcile: 'paused' }, { subject: 'eve' });
  const { items } = await readJournal({ ledger: world.ledger, names: NAMES }, null, { limit: 10 }, signal);
  expect(items.map(({ command, actor }) => [command, actor])).toEqual([
    ['control', 'eve'],
    ['three', null],
    ['two', null],
    ['one', null],
  ]);
  expect(items[0]).toMatchObject({ before: { reconcile: 'running' }, after: { reconcile: 'paused' } });
  expect(control.now().journal).toBe(4);
});
