/** One hold of a lease: it ends before the lease does, is kept by renewals, and once lost never comes back. */
import { unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { scriptedLeases } from '../../test/scripted-leases.ts';
import { scriptedLog } from '../../test/scripted-log.ts';
import { type LeaseHold, takeLease } from './lease-hold.ts';

const TTL_MS = 12_000;
const away = () => unavailable('away', { code: 'StoreUnavailable', away: true });

function setUp() {
  const clock = manualClock();
  // What a machine that slept has missed: its clock went on, and no timer has fired yet.
  let missedMs = 0;
  const leases = scriptedLeases(clock, 'ddl');
  const { log, lines } = scriptedLog();
  const own = { now: () => clock.now() + missedMs, sleep: clock.sleep };
  const request = { leases: leases.table, name: 'ddl', holder: 'a', ttlMs: TTL_MS, clock: own, log };
  const take = async (): Promise<LeaseHold> => {
    const hold = await takeLease(request, new AbortController().signal);
    if (hold === undefined) throw new Error('the lease was free');
    return hold;
  };
  const sleepThrough = (ms: number) => {
    missedMs += ms;
  };
  return { clock, leases, request, take, sleepThrough, lines };
}

test('1: the hold ends a tenth before the lease does, and a machine that slept through it knows', async () => {
  const { take, sleepThrough } = setUp();
  const hold = await take();
  sleepThrough(10_799);
  expect(hold.isValid()).toBe(true);
  sleepThrough(1);
  expect(hold.isValid()).toBe(false);
});

test('1: the hold counts from before the call that took it', async () => {
  const { clock, leases, take, sleepThrough } = setUp();
  leases.faults.slowMs = 5_000;
  const taken = take();
  await clock.advance(5_000);
  const hold = await taken;
  sleepThrough(5_799);
  expect(hold.isValid()).toBe(true);
  sleepThrough(1);
  expect(hold.isValid()).toBe(false);
});

test('1: the hold counts from before the call that renewed it', async () => {
  const { clock, leases, take, sleepThrough } = setUp();
  const hold = await take();
  leases.faults.slowMs = 3_000;
  // Renewed from 4 s on, answered at 7 s: good until 14.8 s.
  await clock.advance(7_000);
  sleepThrough(7_799);
  expect(hold.isValid()).toBe(true);
  sleepThrough(1);
  expect(hold.isValid()).toBe(false);
});

test('it is renewed three times in its life, and no more once it is given up', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  await clock.advance(3_999);
  expect(leases.asked).toEqual(['acquire a']);
  await clock.advance(8_001);
  expect(leases.asked).toEqual(Array(4).fill('acquire a'));
  await hold.release();
  expect([hold.isValid(), leases.asked.at(-1), clock.sleepers()]).toEqual([false, 'release a#1', 0]);
  await clock.advance(60_000);
  expect(leases.asked).toHaveLength(5);
  expect(hold.lost.aborted).toBe(false);
});

test('2: a renewal that fails is tried again every twelfth of the life, until the hold ends and not after it', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  leases.faults.fault = away();
  await clock.advance(10_799);
  expect([hold.lost.aborted, leases.asked.length]).toEqual([false, 8]);
  await clock.advance(1);
  expect(hold.lost.reason).toMatchObject({ class: 'Unavailable', code: 'LeaseLost', unknownOutcome: true });
  const before = leases.asked.length;
  leases.faults.fault = undefined;
  await clock.advance(60_000);
  expect([hold.isValid(), leases.asked.length]).toEqual([false, before]);
});

test('2: a renewal that hangs does not outlast the hold', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  leases.faults.mute = true;
  await clock.advance(10_799);
  expect(hold.lost.aborted).toBe(false);
  await clock.advance(1);
  expect([hold.lost.aborted, clock.sleepers()]).toEqual([true, 0]);
});

test('2: a lease that somebody else had meanwhile is another one, also when it is ours again', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  leases.steal();
  const theirs = await leases.table.read('ddl');
  if (theirs) await leases.table.release(theirs);
  await clock.advance(4_000);
  expect([hold.lost.aborted, hold.isValid()]).toEqual([true, false]);
  expect(await leases.table.read('ddl')).toMatchObject({ holder: 'a', generation: 3 });
});

test('what is lost is not given up: it is another’s', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  leases.steal();
  await clock.advance(4_000);
  expect(hold.lost.aborted).toBe(true);
  await clock.advance(60_000);
  await hold.release();
  expect(leases.asked).toEqual(['acquire a', 'acquire a']);
});

test('a hold that is given up while its renewal is under way is given up, and not renewed', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  leases.faults.slowMs = 1_000;
  await clock.advance(4_500);
  const released = hold.release();
  await clock.advance(2_000);
  await released;
  expect([leases.asked, hold.isValid(), hold.lost.aborted]).toEqual([
    ['acquire a', 'acquire a', 'release a#1'],
    false,
    false,
  ]);
  expect((await leases.table.read('ddl'))?.expiresAtMs).toBe(0);
});

test('a hold that was given up is not lost, though its last renewal finds another there', async () => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  leases.faults.slowMs = 1_000;
  await clock.advance(4_500);
  const released = hold.release();
  leases.steal();
  await clock.advance(2_000);
  await released;
  expect(hold.lost.aborted).toBe(false);
  expect(await leases.table.read('ddl')).toMatchObject({ holder: 'thief', expiresAtMs: 1e15 });
  // What is given up is what it had, not what it found.
  expect(leases.asked).toEqual(['acquire a', 'acquire a', 'release a#1']);
});

test.each([
  ['refuses', { fault: away() }, 0],
  ['is mute', { mute: true }, TTL_MS],
])('giving up ends although the store %s: the lease runs out by itself', async (_, fault, waitMs) => {
  const { clock, leases, take } = setUp();
  const hold = await take();
  Object.assign(leases.faults, fault);
  const released = hold.release();
  await clock.advance(waitMs);
  await released;
  expect([hold.isValid(), clock.sleepers()]).toEqual([false, 0]);
});

test('a store that does not answer who asks for a lease is away, and whoever gives up is told so at once', async () => {
  const { clock, leases, request } = setUp();
  leases.faults.mute = true;
  const asked = expect(takeLease(request, new AbortController().signal)).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StoreUnavailable',
    away: true,
  });
  await clock.advance(TTL_MS);
  await asked;
  const stop = new AbortController();
  const other = takeLease(request, stop.signal);
  stop.abort(new Error('closing'));
  await expect(other).rejects.toThrow('closing');
  expect(clock.sleepers()).toBe(0);
});

test('a lease that another holds is not taken', async () => {
  const { leases, request, clock } = setUp();
  leases.steal();
  expect(await takeLease(request, new AbortController().signal)).toBeUndefined();
  expect(clock.sleepers()).toBe(0);
});

test('whoever reads the log learns which lease was lost and why, and what the store said before', async () => {
  const { clock, leases, take, lines } = setUp();
  await take();
  leases.faults.fault = away();
  await clock.advance(10_800);
  expect(lines).toEqual([
    ...Array(7).fill('debug lease was not renewed {"lease":"ddl","err":"StoreUnavailable"}'),
    'warn lease lost {"lease":"ddl","fence":1,"reason":"it could not be renewed in time"}',
  ]);
});

test('whoever reads the log learns that another has the lease', async () => {
  const { clock, leases, take, lines } = setUp();
  await take();
  leases.steal();
  await clock.advance(4_000);
  expect(lines).toEqual(['warn lease lost {"lease":"ddl","fence":1,"reason":"another holder has it"}']);
});

test.each([
  ['refuses', { fault: away() }],
  ['is mute', { mute: true }],
])('whoever reads the log learns that a store that %s did not take a lease back', async (_, fault) => {
  const { clock, leases, take, lines } = setUp();
  const hold = await take();
  Object.assign(leases.faults, fault);
  const released = hold.release();
  await clock.advance(TTL_MS);
  await released;
  expect(lines).toEqual(['debug lease was not released, it runs out {"lease":"ddl","err":"StoreUnavailable"}']);
});
