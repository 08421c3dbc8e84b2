/** Tenants that failed for a backend's sake are told when it can be used again: after its return, and after a start. */
import type { Provider } from '@leasehold/engine';
import { silentLog, unavailable } from '@leasehold/kernel';
import type { Guard, GuardState } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { statusOf } from '../domain/status.ts';
import type { TenantSummary } from '../domain/summary.ts';
import { openInventory } from './inventory.fixture.ts';
import { tenantPartition } from './partition.ts';
import { type RecoveryParts, watchRecoveries } from './recovery.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
let world: TestLedger;
let tenants: Tenants;
beforeEach(async () => {
  world = await openTestLedger();
  const scene = openScene();
  const context = () => ({ ...contextOf(scene), nowMs: world.nowMs });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

function guardOf(first: GuardState['status']): { readonly guard: Guard; tell(state: Partial<GuardState>): void } {
  let heard: (state: GuardState) => void = () => undefined;
  let state: GuardState = { status: first, circuit: 'closed', since: world.nowMs };
  const guard = {
    state: () => state,
    onChange: (listener: (state: GuardState) => void) => {
      heard = listener;
      return () => undefined;
    },
  } as unknown as Guard;
  return {
    guard,
    tell: (next) => {
      state = { ...state, since: world.nowMs, ...next };
      heard(state);
    },
  };
}

const watch = (guard: Guard, inventory: RecoveryParts['inventory'] = openInventory(world.ledger)) =>
  watchRecoveries(
    {
      deps: {
        guards: new Map([['minio', guard]]),
        providers: new Map([['minio-bucket', { kind: 'minio-bucket', backend: 'minio' } as Provider]]),
        ledger: world.ledger,
        clock: world.clock,
        log: silentLog,
      },
      inventory,
      tenants,
    },
    signal,
  );

async function failedTenant(tenantId: string, failure: { class: 'Invalid' | 'Unavailable'; code: string }) {
  const source = { type: 'rest' as const, subject: 'ops', requestId: 'r', atMs: world.nowMs };
  await tenants.command(tenantId, create(), source, 'open');
  const told = { ...failure, message: 'no', away: false, backend: 'minio', atMs: world.nowMs };
  await tenants.decide(tenantId, (rows, context) =>
    decideOutcomes(rows.state, rows.waiting, [{ id: 'minio-bucket', status: 'failed', failure: told }], context),
  );
  world.nowMs += 60_000;
}
/** Resolves with the commit after which none of them is failed. */
function goOn(...tenantIds: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = world.ledger.onCommit(() => {
    void Promise.all(tenantIds.map(status)).then((found) => {
      if (found.includes('failed')) return;
      end();
      resolve();
    });
  });
  return promise;
}

const status = async (tenantId: string) => statusOf((await tenants.read(tenantId)).state);

test('tenants of a backend that was mended go on by themselves, those that asked wrongly stay', async () => {
  await failedTenant('acme', { class: 'Unavailable', code: 'AccessDenied' });
  await failedTenant('first', { class: 'Invalid', code: 'WrongRegion' });
  await failedTenant('bad', { class: 'Invalid', code: 'BadLimits' });
  const { guard, tell } = guardOf('unknown');
  watch(guard);
  tell({ status: 'down', refusal: { class: 'Invalid', code: 'WrongRegion' } });
  expect([await status('acme'), await status('first')]).toEqual(['failed', 'failed']);
  world.nowMs += 60_000;
  const both = goOn('acme', 'first');
  tell({ status: 'up' });
  await both;
  expect(await status('bad')).toBe('failed');
});

test('after a start with the right credentials, also where the backend answered before anybody listened', async () => {
  await failedTenant('acme', { class: 'Unavailable', code: 'AccessDenied' });
  const one = goOn('acme');
  watch(guardOf('up').guard);
  await one;
  expect(await status('acme')).not.toBe('failed');
});

test('one that only a newer release can read keeps those behind it from nothing', async () => {
  await failedTenant('acme', { class: 'Unavailable', code: 'AccessDenied' });
  await failedTenant('behind', { class: 'Unavailable', code: 'AccessDenied' });
  await world.ledger.update(tenantPartition('acme'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));
  const one = goOn('behind');
  watch(guardOf('up').guard);
  await one;
  expect(await status('behind')).not.toBe('failed');
});

test('who failed elsewhere before the return, which the inventory did not know yet, is told once it was read after the return', async () => {
  await failedTenant('acme', { class: 'Unavailable', code: 'AccessDenied' });
  const known = new Map<string, TenantSummary>();
  let looks = 0;
  const entries = () => {
    looks += 1;
    return known;
  };
  const { guard, tell } = guardOf('unknown');
  const recoveries = watch(guard, { entries, whenRead: async () => undefined });
  tell({ status: 'up' });
  await expect.poll(() => looks).toBe(1);
  known.set('acme', { tier: 'free', status: 'failed' });
  // A walk that began before the return may have passed it by.
  await recoveries.tellAgain(world.nowMs - 1, signal);
  expect([looks, await status('acme')]).toEqual([1, 'failed']);
  await recoveries.tellAgain(world.nowMs, signal);
  expect([looks, await status('acme')]).toEqual([2, 'pending']);
  await recoveries.tellAgain(world.nowMs, signal);
  expect(looks).toBe(2);
});

test('a return that could not be told is told again; one that was followed by another absence is not', async () => {
  await failedTenant('acme', { class: 'Unavailable', code: 'AccessDenied' });
  let isAway = true;
  let looks = 0;
  const entries = () => {
    looks += 1;
    if (isAway) throw unavailable('the store is away', { code: 'StoreUnavailable' });
    return new Map<string, TenantSummary>([['acme', { tier: 'free', status: 'failed' }]]);
  };
  const { guard, tell } = guardOf('unknown');
  const recoveries = watch(guard, { entries, whenRead: async () => undefined });
  tell({ status: 'up' });
  await expect(recoveries.tellAgain(world.nowMs, signal)).rejects.toThrow('the store is away');
  isAway = false;
  tell({ status: 'down' });
  const before = looks;
  await recoveries.tellAgain(world.nowMs, signal);
  expect([looks, await status('acme')]).toEqual([before, 'failed']);
  isAway = true;
  tell({ status: 'up' });
  await expect(recoveries.tellAgain(world.nowMs, signal)).rejects.toThrow('the store is away');
  isAway = false;
  await recoveries.tellAgain(world.nowMs, signal);
  expect(await status('acme')).not.toBe('failed');
});
