/** Who waits for an operator's word goes on when it is given (H1, H2), whatever stands beside it. */
import { silentLog, unavailable } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { summaryOf, type TenantSummary } from '../domain/summary.ts';
import { createHeldDeletions } from './held-deletions.ts';
import { tenantPartition } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
let world: TestLedger;
let tenants: Tenants;
let openings: number;
let paused: boolean;
beforeEach(async () => {
  world = await openTestLedger();
  [openings, paused] = [0, false];
  const context: Parameters<typeof createTenants>[0]['context'] = (brake = 'open') => ({
    ...contextOf(openScene()),
    nowMs: world.nowMs,
    brake,
    brakeOpenings: openings,
    deletionsPaused: paused,
  });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

const rest = () => ({ type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }) as const;
const letter = { topic: 't', messageId: 'm', publishedAtMs: 0, payload: '', properties: {} };

/** Tenants whose deletion the brake holds, as an inventory knows them. */
async function heldTenants(...ids: readonly string[]): Promise<Map<string, TenantSummary>> {
  const known = new Map<string, TenantSummary>();
  for (const id of ids) {
    await tenants.command(id, create(), rest(), 'open');
    world.nowMs += 1;
    const word = { type: 'event', eventKey: 'd', publishedAtMs: world.nowMs, letter } as const;
    const { decision } = await tenants.command(id, remove(), word, { openings });
    known.set(id, summaryOf(decision.state));
  }
  return known;
}

const deletionsOf = (known: ReadonlyMap<string, TenantSummary>, over: Partial<Tenants> = {}) =>
  createHeldDeletions({
    deps: { clock: world.clock, ledger: world.ledger, log: silentLog },
    control: { now: () => ({ deletions: paused ? 'paused' : 'running', brake: { shut: false, openings } }) },
    inventory: { entries: () => known },
    tenants: { ...tenants, ...over },
  });
const phaseOf = async (id: string) => (await tenants.read(id)).state.phase;
const versionOf = async (id: string) => (await tenants.read(id)).version;

test('who is held goes on after an opening that came later than the holding, and not before', async () => {
  const held = deletionsOf(await heldTenants('a'));
  await held.wake(signal);
  expect(await phaseOf('a')).toBe('active');
  openings = 1;
  await held.wake(signal);
  expect(await phaseOf('a')).toBe('leaving');
});

test('whose grace ended while deletions were paused is taken down once they run, and is not touched before', async () => {
  const known = new Map<string, TenantSummary>();
  await tenants.command('a', create(), rest(), 'open');
  const { decision } = await tenants.command('a', remove({ graceMs: 1_000 }), rest(), 'open');
  known.set('a', summaryOf(decision.state));
  const held = deletionsOf(known);
  const before = await versionOf('a');
  world.nowMs += 999;
  await held.wake(signal);
  [world.nowMs, paused] = [world.nowMs + 1, true];
  await held.wake(signal);
  expect([await phaseOf('a'), await versionOf('a')]).toEqual(['leaving', before]);
  paused = false;
  await held.wake(signal);
  expect(await phaseOf('a')).toBe('deleting');
});

test('H1: one that only another release can read, and one in an odd form, keep nobody behind them waiting', async () => {
  const known = await heldTenants('newer', 'odd', 'ours');
  const put = (id: string, key: string, value: string) =>
    world.ledger.update(tenantPartition(id), () => ({ put: [{ key, value }], result: undefined }));
  await put('newer', 'state', JSON.stringify({ v: 2 }));
  await put('odd', 'waiting/0001', '<message/>');
  openings = 1;
  await deletionsOf(known).wake(signal);
  expect(await phaseOf('ours')).toBe('leaving');
});

test('H1: who goes on already is not written anew, though it is remembered as held', async () => {
  const held = deletionsOf(await heldTenants('a'));
  openings = 1;
  await tenants.wake('a');
  const before = await versionOf('a');
  world.nowMs += 1;
  await held.wake(signal);
  expect(await versionOf('a')).toBe(before);
});

test('H2: who could not be woken is tried again, though its entry says already what was not committed', async () => {
  const known = await heldTenants('a');
  let isAway = true;
  const wake: Tenants['wake'] = async (id) => {
    if (isAway) throw unavailable('the store is away', { code: 'StoreUnavailable' });
    return tenants.wake(id);
  };
  const held = deletionsOf(known, { wake });
  openings = 1;
  await expect(held.wake(signal)).rejects.toThrow('the store is away');
  known.set('a', { tier: 'free', status: 'suspended', graceUntilMs: world.nowMs + 60_000 });
  isAway = false;
  await held.wake(signal);
  expect(await phaseOf('a')).toBe('leaving');
});
