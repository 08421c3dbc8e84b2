import { bound, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
import { startRole } from './role.ts';
import { scriptedLeases } from './scripted-leases.ts';

const TTL = bound('lease', 12_000);

function setUp() {
  const clock = manualClock();
  const leases = scriptedLeases(clock, 'sweep');
  const told: string[] = [];
  const replica = (holder: string, lead?: (fence: number, signal: AbortSignal) => Promise<void>) =>
    startRole({
      leases: leases.table,
      name: 'sweep',
      holder,
      clock,
      rng: seededRng(holder.length),
      log: silentLog,
      ttlMs: TTL,
      lead:
        lead ??
        (async (fence, signal) => {
          told.push(`${holder} leads under ${fence}`);
          await clock.sleep(1e9, signal).catch(() => undefined);
          told.push(`${holder} ends`);
        }),
    });
  return { clock, leases, told, replica };
}

test('1: one leads, and when it goes another does, under a greater fence', async () => {
  const { clock, told, replica } = setUp();
  const a = replica('a');
  const b = replica('b');
  await clock.advance(60_000);
  expect([told, a.leads(), b.leads()]).toEqual([['a leads under 1'], true, false]);
  const closed = a.close();
  await clock.settle();
  await closed;
  await clock.advance(12_000);
  expect(told).toEqual(['a leads under 1', 'a ends', 'b leads under 2']);
  const ended = b.close();
  await clock.settle();
  await ended;
});

test('2: who cannot renew the lease is told in time, and does not lead on beside another', async () => {
  const { clock, leases, told, replica } = setUp();
  const a = replica('a');
  await clock.advance(1);
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  await clock.advance(12_000);
  expect([told, a.leads()]).toEqual([['a leads under 1', 'a ends'], false]);
  leases.faults.fault = undefined;
  await clock.advance(30_000);
  expect(told.at(-1)).toBe('a leads under 1');
  const closed = a.close();
  await clock.settle();
  await closed;
});

test('3: work that fails is begun again, and the role can be closed while it waits', async () => {
  const { clock, replica } = setUp();
  let begun = 0;
  const a = replica('a', async () => {
    begun += 1;
    throw unavailable('the store is away', { code: 'StoreUnavailable', away: true });
  });
  await clock.advance(40_000);
  expect(begun).toBeGreaterThan(2);
  const closed = a.close();
  await clock.settle();
  await closed;
  const before = begun;
  await clock.advance(100_000);
  expect(begun).toBe(before);
});
