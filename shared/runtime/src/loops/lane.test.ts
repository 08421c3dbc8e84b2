import { bound, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
import type { LaneBounds } from './lane.port.ts';
import { createLane } from './lane.ts';
import { scriptedLeases } from './scripted-leases.ts';

const TTL = bound('lease', 12_000);

/** @param missedMs what the machine slept through: the clock went on, and no timer has fired. */
function setUp(bounds: Partial<LaneBounds> = {}, missedMs = () => 0) {
  const clock = manualClock();
  const leases = scriptedLeases(clock, 'ddl');
  const running: string[] = [];
  const log: string[] = [];
  let most = 0;
  const lane = (holder: string) =>
    createLane({
      leases: leases.table,
      name: 'ddl',
      holder,
      clock: { now: () => clock.now() + missedMs(), sleep: clock.sleep },
      rng: seededRng(holder.length),
      log: silentLog,
      bounds: { ttlMs: TTL, ...bounds },
    });
  const job = (name: string, ms: number) => async (fence: number, signal: AbortSignal) => {
    running.push(name);
    most = Math.max(most, running.length);
    log.push(`${name}#${fence}`);
    try {
      await clock.sleep(ms, signal);
    } finally {
      running.splice(running.indexOf(name), 1);
    }
    return name;
  };
  return { clock, lane, job, log, leases, most: () => most };
}

test('N1, N2: jobs of one process run one at a time, in order, under one fence', async () => {
  const { clock, lane, job, log, most } = setUp();
  const one = lane('a');
  const all = Promise.all(['1', '2', '3'].map((name) => one.run(job(name, 100))));
  await clock.advance(1_000);
  expect(await all).toEqual(['1', '2', '3']);
  expect([log, most()]).toEqual([['1#1', '2#1', '3#1'], 1]);
  expect(clock.sleepers()).toBe(0);
});

test('N1: over two processes one job runs at a time, and each holder has a fence of its own', async () => {
  const { clock, lane, job, log, most } = setUp();
  const [a, bb] = [lane('a'), lane('bb')];
  const all = Promise.all([a.run(job('a1', 500)), bb.run(job('b1', 500)), a.run(job('a2', 500))]);
  await clock.advance(10_000);
  await all;
  expect([log, most()]).toEqual([['a1#1', 'a2#1', 'b1#2'], 1]);
});

test('N3: a job longer than the lease keeps it by renewals', async () => {
  const { clock, lane, job, log, most } = setUp();
  const [a, bb] = [lane('a'), lane('bb')];
  const long = a.run(job('long', 60_000));
  await clock.settle();
  const other = bb.run(job('b', 100));
  await clock.advance(70_000);
  expect(await long).toBe('long');
  await other;
  expect([log, most()]).toEqual([['long#1', 'b#2'], 1]);
});

test('N3: a stolen lease aborts the job, and its caller is told that the outcome is unknown', async () => {
  const { clock, lane, job, leases } = setUp();
  const lost = expect(lane('a').run(job('long', 60_000))).rejects.toMatchObject({
    code: 'LeaseLost',
    class: 'Unavailable',
    unknownOutcome: true,
  });
  await clock.settle();
  leases.steal();
  await clock.advance(5_000);
  await lost;
});

test.each([
  ['refuses', { fault: unavailable('away', { code: 'StoreUnavailable', away: true }) }],
  ['is mute', { mute: true }],
])('N3: a store that %s has the job aborted before another could take the lease', async (_, fault) => {
  const { clock, lane, job, leases } = setUp();
  const lost = expect(lane('a').run(job('long', 60_000))).rejects.toMatchObject({ code: 'LeaseLost' });
  await clock.settle();
  Object.assign(leases.faults, fault);
  await clock.advance(11_999);
  await lost;
});

test('N3: a renewal that fails once is tried again in time', async () => {
  const { clock, lane, job, leases } = setUp();
  const done = lane('a').run(job('long', 30_000));
  await clock.advance(3_900);
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  await clock.advance(2_000);
  leases.faults.fault = undefined;
  await clock.advance(30_000);
  expect(await done).toBe('long');
});

test('N4: a busy process lets others have their turn', async () => {
  const { clock, lane, job, log } = setUp({ turns: bound('turns', 2), backoffBaseMs: bound('base', 500) });
  const [a, bb] = [lane('a'), lane('bb')];
  const all = [...Array(8)].map((_, i) => a.run(job(`a${i}`, 1_000)));
  await clock.settle();
  all.push(bb.run(job('b', 1_000)));
  await clock.advance(60_000);
  await Promise.all(all);
  expect(log.findIndex((entry) => entry.startsWith('b'))).toBeLessThan(8);
});

test('a store that is away fails the job at the head, so that its caller decides', async () => {
  const { clock, lane, job, leases } = setUp();
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  const one = lane('a');
  await expect(one.run(job('1', 100))).rejects.toMatchObject({ code: 'StoreUnavailable' });
  leases.faults.fault = undefined;
  const next = one.run(job('2', 100));
  await clock.advance(5_000);
  expect(await next).toBe('2');
});

test('a waiting job leaves with its signal, and a full queue refuses', async () => {
  const { clock, lane, job, log } = setUp({ queue: bound('queue', 1) });
  const one = lane('a');
  const first = one.run(job('1', 1_000));
  await clock.settle();
  const caller = new AbortController();
  const second = one.run(job('2', 1_000), caller.signal);
  await expect(one.run(job('3', 1_000))).rejects.toMatchObject({ code: 'LaneBusy' });
  caller.abort(new Error('no longer'));
  await expect(second).rejects.toThrow('no longer');
  await clock.advance(5_000);
  await first;
  expect(log).toEqual(['1#1']);
});

test('a running job is told of its caller’s signal', async () => {
  const { clock, lane, job } = setUp();
  const caller = new AbortController();
  const one = lane('a').run(job('1', 60_000), caller.signal);
  await clock.settle();
  caller.abort(new Error('given up'));
  await expect(one).rejects.toThrow('given up');
});

test('closing refuses what waits, lets the job under way end and gives up the lease', async () => {
  const { clock, lane, job, log, leases } = setUp();
  const one = lane('a');
  const first = one.run(job('1', 1_000));
  await clock.settle();
  const second = expect(one.run(job('2', 1_000))).rejects.toMatchObject({ code: 'LaneClosed' });
  const closed = one.close();
  await second;
  await clock.advance(1_000);
  await closed;
  expect([await first, log]).toEqual(['1', ['1#1']]);
  expect((await leases.table.read('ddl'))?.expiresAtMs).toBe(0);
  await expect(one.run(job('3', 1))).rejects.toMatchObject({ code: 'LaneClosed' });
  expect(clock.sleepers()).toBe(0);
});

test('N3, N1: when the lease is lost, what waited goes on under a lease of its own only, beside nobody', async () => {
  const { clock, lane, job, log, leases } = setUp();
  const one = lane('a');
  const first = expect(one.run(job('1', 60_000))).rejects.toMatchObject({ code: 'LeaseLost' });
  const second = one.run(job('2', 100));
  await clock.settle();
  leases.steal();
  await clock.advance(60_000);
  await first;
  expect(log).toEqual(['1#1']);
  const theirs = await leases.table.read('ddl');
  if (theirs) await leases.table.release(theirs);
  await clock.advance(2_000);
  expect([await second, log]).toEqual(['2', ['1#1', '2#3']]);
});

test('N1: a process that slept through its lease begins nothing under it, though nothing has told it so yet', async () => {
  let missedMs = 0;
  const { clock, lane, leases, log } = setUp({}, () => missedMs);
  const answer = Promise.withResolvers<void>();
  const one = lane('a');
  const first = one.run((fence) => {
    log.push(`1#${fence}`);
    return answer.promise;
  });
  const second = one.run(async (fence) => void log.push(`2#${fence}`));
  await clock.settle();
  missedMs = 12_000;
  leases.steal();
  answer.resolve();
  await clock.settle();
  await first;
  expect(log).toEqual(['1#1']);
  const theirs = await leases.table.read('ddl');
  if (theirs) await leases.table.release(theirs);
  await clock.advance(2_000);
  await second;
  expect(log).toEqual(['1#1', '2#3']);
});

test('N4: the lease goes after as many jobs as a turn has, and comes back for the rest', async () => {
  const { clock, lane, job, log, leases } = setUp({ turns: bound('turns', 2) });
  const one = lane('a');
  const all = Promise.all(['1', '2', '3', '4', '5'].map((name) => one.run(job(name, 1))));
  await clock.advance(10_000);
  await all;
  expect(log).toEqual(['1#1', '2#1', '3#1', '4#1', '5#1']);
  expect(leases.asked).toEqual(Array(3).fill(['acquire a', 'release a#1']).flat());
});

test('N4: between two turns the process waits, so that whoever looks meanwhile gets the lease', async () => {
  const { clock, lane, job, leases } = setUp({ turns: bound('turns', 1), backoffBaseMs: bound('base', 400) });
  const one = lane('a');
  const both = Promise.all([one.run(job('1', 0)), one.run(job('2', 0))]);
  await clock.settle();
  await clock.advance(0);
  expect(leases.asked).toEqual(['acquire a', 'release a#1']);
  await clock.advance(400);
  await both;
  expect(leases.asked).toHaveLength(4);
});

test('a job that fails fails alone: its error is its caller’s, and the next one runs', async () => {
  const { clock, lane, job } = setUp();
  const one = lane('a');
  const bad = expect(one.run(() => Promise.reject(new Error('no such table')))).rejects.toThrow('no such table');
  const next = one.run(job('2', 100));
  await clock.advance(1_000);
  await bad;
  expect(await next).toBe('2');
});

test('N3: a job that fails by itself while the lease is lost tells its own error', async () => {
  const { clock, lane, leases } = setUp();
  const failed = lane('a').run(async (_, signal) => {
    await clock.sleep(30_000, signal).catch(() => undefined);
    throw new Error('refused by the server');
  });
  const told = expect(failed).rejects.toThrow('refused by the server');
  await clock.settle();
  leases.steal();
  await clock.advance(30_000);
  await told;
});

test('N3: a job with a signal of its own is told of the lost lease too', async () => {
  const { clock, lane, job, leases } = setUp();
  const caller = new AbortController();
  const lost = expect(lane('a').run(job('1', 60_000), caller.signal)).rejects.toMatchObject({ code: 'LeaseLost' });
  await clock.settle();
  leases.steal();
  await clock.advance(5_000);
  await lost;
});

test('a caller that has given up already is refused with its reason, and is not queued', async () => {
  const { lane, job, log, leases } = setUp();
  const gone = AbortSignal.abort(new Error('given up before'));
  await expect(lane('a').run(job('1', 1), gone)).rejects.toThrow('given up before');
  expect([log, leases.asked]).toEqual([[], []]);
});

test('a signal that is aborted after its job ended changes nothing', async () => {
  const { clock, lane, job, log } = setUp();
  const caller = new AbortController();
  const one = lane('a');
  const done = one.run(job('1', 10), caller.signal);
  await clock.advance(1_000);
  expect(await done).toBe('1');
  caller.abort(new Error('too late'));
  const next = one.run(job('2', 10));
  await clock.advance(1_000);
  expect([await next, log]).toEqual(['2', ['1#1', '2#1']]);
});

test('a store that is away fails one waiting job at each look, and a job that leaves ends the looking', async () => {
  const { clock, lane, job, leases } = setUp({ backoffBaseMs: bound('base', 400) });
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  const one = lane('a');
  const told: string[] = [];
  for (const name of ['1', '2']) one.run(job(name, 1)).catch(() => told.push(name));
  const caller = new AbortController();
  one.run(job('3', 1), caller.signal).catch(() => told.push('3'));
  await clock.settle();
  expect(told).toEqual(['1']);
  await clock.advance(400);
  expect(told).toEqual(['1', '2']);
  caller.abort(new Error('no longer'));
  await clock.advance(10_000);
  expect([told, clock.sleepers()]).toEqual([['1', '2', '3'], 0]);
  expect(leases.asked.length).toBeLessThan(4);
});

test('closing ends the wait for a lease that another holds, and refuses who waited for it', async () => {
  const { clock, lane, job, leases } = setUp();
  leases.steal();
  const one = lane('a');
  const refused = expect(one.run(job('1', 1))).rejects.toMatchObject({ class: 'Unavailable', code: 'LaneClosed' });
  await clock.advance(3_000);
  const closed = one.close();
  await clock.settle();
  await refused;
  await closed;
  expect(clock.sleepers()).toBe(0);
});
