import { bound, seededRng, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { scriptedLeases } from '../../test/scripted-leases.ts';
import { scriptedLog } from '../../test/scripted-log.ts';
import { startRole } from './role.ts';

const TTL = bound('lease', 12_000);

/** @param chance what the jitter draws; absent: of a seed. */
function setUp(chance?: number) {
  const clock = manualClock();
  const { log, lines } = scriptedLog();
  const errors = () => lines.filter((line) => line.startsWith('error'));
  const leases = scriptedLeases(clock, 'sweep');
  const told: string[] = [];
  const replica = (holder: string, lead?: (fence: number, signal: AbortSignal) => Promise<void>) =>
    startRole({
      leases: leases.table,
      name: 'sweep',
      holder,
      clock,
      rng: chance === undefined ? seededRng(holder.length) : { ...seededRng(1), next: () => chance },
      log,
      ttlMs: TTL,
      lead:
        lead ??
        (async (fence, signal) => {
          told.push(`${holder} leads under ${fence}`);
          await clock.sleep(1e9, signal).catch(() => undefined);
          told.push(`${holder} ends`);
        }),
    });
  return { clock, leases, told, errors, lines, replica };
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

test.each([
  [0, 1_920],
  [0.999999, 2_880],
])('who stands by looks five times in the length of a lease, a fifth sooner or later (%d)', async (chance, everyMs) => {
  const { clock, leases, errors, replica } = setUp(chance);
  leases.steal();
  const a = replica('a');
  await clock.advance(everyMs * 10 - 100);
  expect([leases.asked.length, a.leads(), errors()]).toEqual([10, false, []]);
  await clock.advance(200);
  expect(leases.asked).toHaveLength(11);
  await a.close();
});

test('3: while the store is away it is asked in pauses that grow to the length of a lease, and then as before', async () => {
  const { clock, leases, errors, replica } = setUp(0.5);
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  const a = replica('a');
  const asked: number[] = [];
  for (let minute = 0; minute < 3; minute++) {
    await clock.advance(60_000);
    asked.push(leases.asked.length);
  }
  const [first = 0, second = 0, third = 0] = asked;
  expect(first).toBeGreaterThan(third - second);
  expect(third - second).toBeGreaterThanOrEqual(5);
  expect(third - second).toBeLessThanOrEqual(10);
  leases.faults.fault = undefined;
  await clock.advance(12_000);
  expect([a.leads(), errors()]).toEqual([true, []]);
  leases.steal();
  await clock.advance(12_000);
  const before = leases.asked.length;
  await clock.advance(24_000);
  // As often as one who never failed: what went well ends the growing.
  expect(leases.asked.length - before).toBeGreaterThanOrEqual(9);
  await a.close();
});

test('3: work that ends by itself gives the lease up, and is begun anew at the next look', async () => {
  const { clock, leases, told, replica } = setUp(0.5);
  const a = replica('a', async (fence) => void told.push(`led under ${fence}`));
  await clock.settle();
  expect([told, leases.asked, a.leads()]).toEqual([['led under 1'], ['acquire a', 'release a#1'], false]);
  await clock.advance(2_400);
  expect(told).toEqual(['led under 1', 'led under 1']);
  await a.close();
});

test('3: a fault of ours is told as an error, one of the store is not', async () => {
  for (const [fault, expected] of [
    [new TypeError('no such field'), ['error a role failed {"role":"sweep","err":"Bug"}']],
    [
      unavailable('away', { code: 'StoreUnavailable', away: true }),
      ['debug a role waits {"role":"sweep","err":"StoreUnavailable"}'],
    ],
  ] as const) {
    const { clock, leases, lines, replica } = setUp();
    const a = replica('a', () => Promise.reject(fault));
    await clock.settle();
    expect([lines, leases.asked]).toEqual([expected, ['acquire a', 'release a#1']]);
    await a.close();
  }
});

test('2: who has lost the lease stands again only when its work has ended', async () => {
  const { clock, leases, told, replica } = setUp();
  const end = Promise.withResolvers<void>();
  const a = replica('a', async (fence) => {
    told.push(`leads under ${fence}`);
    await end.promise;
  });
  await clock.settle();
  leases.steal();
  await clock.advance(5_000);
  const before = leases.asked.length;
  await clock.advance(60_000);
  expect([told, a.leads(), leases.asked.length]).toEqual([['leads under 1'], true, before]);
  end.resolve();
  await clock.advance(12_000);
  expect([a.leads(), leases.asked.length > before]).toEqual([false, true]);
  await a.close();
});

test('closing while the lease is being asked for ends at once, and nobody leads', async () => {
  const { clock, leases, told, replica } = setUp();
  leases.faults.mute = true;
  const a = replica('a');
  await clock.settle();
  await a.close();
  expect([told, a.leads(), clock.sleepers()]).toEqual([[], false, 0]);
});

test('work that ends by its signal is no failure when the role closes', async () => {
  const { clock, leases, lines, replica } = setUp();
  const a = replica('a', (_, signal) => clock.sleep(1e9, signal));
  await clock.settle();
  await a.close();
  expect([lines, leases.asked, clock.sleepers()]).toEqual([[], ['acquire a', 'release a#1'], 0]);
});
