import { bound, type Fault, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import type { Lease, LeaseTable } from '@leasehold/store';
import { expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../manual-clock.ts';
import type { LaneBounds } from './lane.port.ts';
import { createLane } from './lane.ts';

const TTL = bound('lease', 12_000);

function leaseTable(clock: ManualClock) {
  let lease: Lease | undefined;
  let generation = 0;
  const faults: { fault?: Fault | undefined; mute?: boolean } = {};
  const table: LeaseTable = {
    acquire: async (name, holder, ttlMs) => {
      if (faults.mute) return new Promise(() => undefined);
      if (faults.fault) throw faults.fault;
      const held = lease !== undefined && lease.expiresAtMs > clock.now();
      if (held && lease?.holder !== holder) return undefined;
      if (lease?.holder !== holder) generation += 1;
      lease = { name, holder, generation, expiresAtMs: clock.now() + ttlMs };
      return lease;
    },
    release: async (given) => {
      if (lease?.generation === given.generation) lease = { ...lease, expiresAtMs: 0 };
    },
    read: async () => lease,
  };
  return {
    table,
    faults,
    steal: () => (lease = { name: 'ddl', holder: 'thief', generation: ++generation, expiresAtMs: 1e15 }),
  };
}

function setUp(bounds: Partial<LaneBounds> = {}) {
  const clock = manualClock();
  const leases = leaseTable(clock);
  const running: string[] = [];
  const log: string[] = [];
  let most = 0;
  const lane = (holder: string) =>
    createLane({
      leases: leases.table,
      name: 'ddl',
      holder,
      clock,
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
