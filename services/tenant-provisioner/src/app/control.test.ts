/** The switches and the brake, over a real store: who may change what, and what an opening is (O2 to O5). */
import { bound } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { askBrake } from './brake.ts';
import { type Control, controlView, createControl } from './control.ts';
import { createTenants } from './tenants.ts';

const bounds = {
  windowMs: bound('window', 3_600_000),
  leastDeletions: bound('least', 2),
  share: bound('share', 0.01),
};
let world: TestLedger;
let control: Control;
beforeEach(async () => {
  world = await openTestLedger();
  control = open();
});
afterEach(() => world.close());

const open = (ledger = world.ledger) => createControl({ ledger, clock: world.clock, bounds });
const ask = (key: string, tenants = 10) => control.admitDeletion(key, tenants);

test('the brake shuts after as many deletions as it allows, and stays shut when the window is over', async () => {
  expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['open', 'open', 'open']);
  expect(await ask('c')).toEqual({ openings: 0 });
  world.nowMs += 2 * 3_600_000;
  expect(await ask('d')).toEqual({ openings: 0 });
  expect(controlView(control.now(), [])).toMatchObject({ deletions: 'braked', brake: 'shut' });
  await control.write({ deletions: 'running' });
  expect(await ask('c')).toBe('open');
});

test('O4: shutting the brake leaves the switch of an operator who paused deletions as it is', async () => {
  await control.write({ deletions: 'paused' });
  for (const key of ['a', 'b', 'c']) await ask(key);
  expect(control.now()).toMatchObject({ deletions: 'paused', brake: { shut: true } });
  expect(controlView(control.now(), [])).toMatchObject({ deletions: 'paused', brake: 'shut' });
});

test('O5: pausing opens nothing, and before the first read no opening is known', async () => {
  for (const key of ['a', 'b', 'c']) await ask(key);
  await control.write({ deletions: 'paused' });
  await control.write({ reconcile: 'paused', backends: { minio: 'paused' } });
  expect(control.now().brake).toEqual({ shut: true, openings: 0 });
  await control.write({ deletions: 'running' });
  expect(control.now().brake).toEqual({ shut: false, openings: 1 });
  const other = open(world.replica());
  expect(other.now().brake.openings).toBe(0);
  expect((await other.refresh()).brake.openings).toBe(1);
});

test('who listens hears of an opening here and, once it is read, in another replica', async () => {
  let heard = 0;
  let elsewhere = 0;
  const other = open(world.replica());
  await control.refresh();
  await other.refresh();
  const stop = control.onSwitched(() => {
    heard += 1;
  });
  other.onSwitched(() => {
    elsewhere += 1;
  });
  await ask('a');
  await control.write({ reconcile: 'running' });
  expect(heard).toBe(0);
  await control.write({ deletions: 'running' });
  expect([heard, elsewhere]).toEqual([1, 0]);
  await other.refresh();
  stop();
  await control.write({ deletions: 'running' });
  expect([heard, elsewhere]).toEqual([1, 1]);
});

test('a record of an earlier release, which kept the brake in the switch, is read as a brake that is shut', async () => {
  const old = { v: 1, reconcile: 'running', deletions: 'braked', backends: {}, recent: [], updatedAtMs: 5 };
  await world.ledger.update('tenant-provisioner/control', () => ({
    put: [{ key: 'state', value: JSON.stringify(old) }],
    result: undefined,
  }));
  expect(await control.refresh()).toMatchObject({ deletions: 'running', brake: { shut: true, openings: 0 } });
  expect(await ask('a')).toEqual({ openings: 0 });
});

test('what this process remembers of a tenant lets no deletion pass uncounted', async () => {
  const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs });
  const tenantsOf = (ledger: Ledger) => createTenants({ ledger, clock: world.clock, context });
  const here = tenantsOf(world.replica());
  expect((await here.read('acme')).state.phase).toBe('none');
  const rest = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  await tenantsOf(world.ledger).command('acme', create(), rest, 'open');
  await askBrake(
    { tenants: here, control, inventory: { total: () => 1 }, exclusive: false },
    'acme',
    'd1',
    new AbortController().signal,
  );
  expect(control.now().recent.map(({ key }) => key)).toEqual(['d1']);
});
