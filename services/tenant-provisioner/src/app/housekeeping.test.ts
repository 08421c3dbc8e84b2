/** What is done now and then: those whom the brake held go on at once when an operator opens it. */
import { bound, type Clock, silentLog } from '@leasehold/kernel';
import type { Tick, WorkQueue } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../domain/draft.ts';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { PROVISIONER_BOUNDS } from './bounds.ts';
import { createControl } from './control.ts';
import { type Housekeeping, type HousekeepingParts, startHousekeeping } from './housekeeping.ts';
import type { TenantTopics } from './tenant-topics.ts';
import { createTenants } from './tenants.ts';

let world: TestLedger;
let house: Housekeeping | undefined;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(async () => {
  await house?.close();
  await world.close();
});

/** Nothing repeats by itself: a sleep ends with its signal. */
const still = (): Clock => ({
  now: world.clock.now,
  sleep: (_ms, signal) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
});

function start() {
  const control = createControl({
    ledger: world.ledger,
    clock: world.clock,
    bounds: { windowMs: bound('w', 3_600_000), leastDeletions: bound('l', 1), share: bound('s', 0) },
  });
  const scene = openScene();
  const context = (brake: Context['brake'] = 'open'): Context => ({
    ...contextOf(scene),
    nowMs: world.nowMs,
    brake,
    brakeOpenings: control.now().brake.openings,
  });
  const tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
  const parts = {
    control,
    tenants,
    census: { total: () => 0, note: () => undefined, count: async () => undefined },
    queue: { add: () => undefined } as unknown as WorkQueue,
    tick: {} as Tick,
    topics: {} as TenantTopics,
    deps: {
      ledger: world.ledger,
      clock: still(),
      log: silentLog,
      guards: new Map(),
      tenantTopicsOnBus: false,
      bounds: PROVISIONER_BOUNDS,
    },
  } as unknown as HousekeepingParts;
  house = startHousekeeping(parts);
  return { control, tenants };
}

test('opening the brake releases what it held at once, not at the next look', async () => {
  const { control, tenants } = start();
  const ids = ['a', 'b', 'c'];
  const letter = { topic: 't', messageId: 'm', publishedAtMs: world.nowMs, payload: '', properties: {} };
  const source = (eventKey: string) => ({ type: 'event', eventKey, publishedAtMs: world.nowMs, letter }) as const;
  for (const id of ids) {
    await tenants.command(id, create(), source(`c-${id}`), 'open');
    world.nowMs += 1;
    const brake = await control.admitDeletion(`d-${id}`, 0);
    await tenants.command(id, remove(), source(`d-${id}`), brake);
  }
  const phases = () => Promise.all(ids.map(async (id) => (await tenants.read(id)).state.phase));
  expect(await phases()).toEqual(['leaving', 'active', 'active']);
  await control.write({ deletions: 'running' });
  await expect.poll(phases).toEqual(['leaving', 'leaving', 'leaving']);
});
