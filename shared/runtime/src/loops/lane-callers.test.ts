/** What a lane's callers are told: of a store that is away, a full queue, their own signals, and the closing. */
import { getEventListeners } from 'node:events';
import { bound, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { laneBench } from '../../test/scripted-lanes.ts';

test('a store that is away fails the job at the head, so that its caller decides', async () => {
  const { clock, lane, job, leases } = laneBench();
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  const one = lane('a');
  await expect(one.run(job('1', 100))).rejects.toMatchObject({ code: 'StoreUnavailable' });
  await clock.settle();
  expect(clock.sleepers()).toBe(0);
  leases.faults.fault = undefined;
  const next = one.run(job('2', 100));
  await clock.advance(5_000);
  expect(await next).toBe('2');
});

test('a waiting job leaves with its signal, and a full queue refuses', async () => {
  const { clock, lane, job, log } = laneBench({ queue: bound('queue', 1) });
  const one = lane('a');
  const first = one.run(job('1', 1_000));
  await clock.settle();
  const caller = new AbortController();
  const second = one.run(job('2', 1_000), caller.signal);
  await expect(one.run(job('3', 1_000))).rejects.toMatchObject({
    code: 'LaneBusy',
    message: '1 jobs wait for the lane ddl already',
    retryAfterMs: 1_000,
  });
  caller.abort(new Error('no longer'));
  await expect(second).rejects.toThrow('no longer');
  await clock.advance(5_000);
  await first;
  expect(log).toEqual(['1#1']);
});

test('a running job is told of its caller’s signal', async () => {
  const { clock, lane, job } = laneBench();
  const caller = new AbortController();
  const one = lane('a').run(job('1', 60_000), caller.signal);
  await clock.settle();
  caller.abort(new Error('given up'));
  await expect(one).rejects.toThrow('given up');
});

test('closing refuses what waits, lets the job under way end and gives up the lease', async () => {
  const { clock, lane, job, log, leases } = laneBench();
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

test('a lane that is closing takes no more jobs, also while its last one runs under a good lease', async () => {
  const { clock, lane, job, log } = laneBench();
  const one = lane('a');
  const first = one.run(job('1', 1_000));
  await clock.settle();
  const closed = one.close();
  const late = expect(one.run(job('2', 1))).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'LaneClosed',
    message: 'the lane ddl is closing',
  });
  await clock.advance(2_000);
  await late;
  await closed;
  expect([await first, log]).toEqual(['1', ['1#1']]);
});

test('a job that fails fails alone: its error is its caller’s, and the next one runs', async () => {
  const { clock, lane, job } = laneBench();
  const one = lane('a');
  const bad = expect(one.run(() => Promise.reject(new Error('no such table')))).rejects.toThrow('no such table');
  const next = one.run(job('2', 100));
  await clock.advance(1_000);
  await bad;
  expect(await next).toBe('2');
});

test('N3: a job that fails by itself while the lease is lost tells its own error', async () => {
  const { clock, lane, leases } = laneBench();
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
  const { clock, lane, job, leases } = laneBench();
  const caller = new AbortController();
  const lost = expect(lane('a').run(job('1', 60_000), caller.signal)).rejects.toMatchObject({ code: 'LeaseLost' });
  await clock.settle();
  leases.steal();
  await clock.advance(5_000);
  await lost;
});

test('a caller that has given up already is refused with its reason, and is not queued', async () => {
  const { lane, job, log, leases } = laneBench();
  const gone = AbortSignal.abort(new Error('given up before'));
  await expect(lane('a').run(job('1', 1), gone)).rejects.toThrow('given up before');
  expect([log, leases.asked]).toEqual([[], []]);
});

test('a signal that is aborted after its job ended changes nothing', async () => {
  const { clock, lane, job, log } = laneBench();
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
  const { clock, lane, job, leases } = laneBench({ backoffBaseMs: bound('base', 400) });
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
  const { clock, lane, job, leases } = laneBench();
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

test('a lane that another holds is asked for in pauses that grow to their bound', async () => {
  const { clock, lane, job, leases } = laneBench();
  leases.steal();
  const one = lane('a');
  const refused = expect(one.run(job('1', 1))).rejects.toMatchObject({ code: 'LaneClosed' });
  await clock.settle();
  expect(leases.asked).toHaveLength(1);
  await clock.advance(1_000);
  const soon = leases.asked.length;
  await clock.advance(9_000);
  expect(soon).toBeGreaterThan(3);
  // Half a second at most between two looks, a quarter at least on the whole.
  expect(leases.asked.length).toBeGreaterThan(18);
  expect(leases.asked.length - soon).toBeLessThan(37);
  await one.close();
  await refused;
});

test('a store that fails when nobody waits any more fails nobody, and the next job runs', async () => {
  const { clock, lane, job, leases } = laneBench();
  const one = lane('a');
  Object.assign(leases.faults, { slowMs: 100, fault: unavailable('away', { code: 'StoreUnavailable', away: true }) });
  const caller = new AbortController();
  const left = expect(one.run(job('1', 1), caller.signal)).rejects.toThrow('no longer');
  await clock.advance(50);
  caller.abort(new Error('no longer'));
  await left;
  await clock.advance(50);
  leases.faults.fault = undefined;
  const next = one.run(job('2', 1));
  await clock.advance(5_000);
  expect(await next).toBe('2');
});

test('N3: a job that ends by its signal in words of its own is told as a lost lease all the same', async () => {
  const { clock, lane, leases } = laneBench();
  const lost = lane('a').run(async (_, signal) => {
    await clock.sleep(60_000, signal).catch(() => undefined);
    throw new DOMException('The operation was aborted', 'AbortError');
  });
  const told = expect(lost).rejects.toMatchObject({ code: 'LeaseLost', unknownOutcome: true });
  await clock.settle();
  leases.steal();
  await clock.advance(5_000);
  await told;
});

test('a job that has ended, was refused or left listens to nobody any more', async () => {
  const { clock, lane, job, leases } = laneBench();
  const one = lane('a');
  const caller = new AbortController();
  const listeners = () => getEventListeners(caller.signal, 'abort').length;
  const done = one.run(job('1', 10), caller.signal);
  expect(listeners()).toBe(1);
  await clock.advance(5);
  expect(listeners()).toBe(1);
  await clock.advance(5);
  await done;
  expect(listeners()).toBe(0);
  await clock.advance(1_000);
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  await expect(one.run(job('2', 10), caller.signal)).rejects.toMatchObject({ code: 'StoreUnavailable' });
  expect(listeners()).toBe(0);
  leases.faults.fault = undefined;
  const under = one.run(job('3', 1_000));
  await clock.settle();
  const left = expect(one.run(job('4', 10), caller.signal)).rejects.toThrow('no longer');
  expect(listeners()).toBe(1);
  caller.abort(new Error('no longer'));
  await left;
  expect(listeners()).toBe(0);
  await clock.advance(5_000);
  await under;
});

test('of many jobs under one lease none leaves a listener behind on it', async () => {
  const { clock, lane, job } = laneBench();
  const one = lane('a');
  const caller = new AbortController();
  const listeners: number[] = [];
  const look = (signal: AbortSignal) => listeners.push(getEventListeners(signal, 'abort').length);
  let lost: AbortSignal | undefined;
  const first = one.run(async (_, signal) => {
    lost = signal;
    look(lost);
  });
  const others = ['2', '3', '4'].map((name) => one.run(job(name, 10), caller.signal));
  const last = one.run(async () => void (lost && look(lost)));
  await clock.advance(1_000);
  await Promise.all([first, ...others, last]);
  expect(listeners).toEqual([0, 0]);
});
