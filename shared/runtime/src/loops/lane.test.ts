/** One job at a time over all replicas, in order, under a lease that is kept, lost or let go (N1 to N4). */
import { bound, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { laneBench } from '../../test/scripted-lanes.ts';

test('N1, N2: jobs of one process run one at a time, in order, under one fence', async () => {
  const { clock, lane, job, log, most } = laneBench();
  const one = lane('a');
  const all = Promise.all(['1', '2', '3'].map((name) => one.run(job(name, 100))));
  await clock.advance(300);
  expect(clock.sleepers()).toBe(0);
  expect(await all).toEqual(['1', '2', '3']);
  expect([log, most()]).toEqual([['1#1', '2#1', '3#1'], 1]);
});

test('N1: over two processes one job runs at a time, and each holder has a fence of its own', async () => {
  const { clock, lane, job, log, most } = laneBench();
  const [a, bb] = [lane('a'), lane('bb')];
  const all = Promise.all([a.run(job('a1', 500)), bb.run(job('b1', 500)), a.run(job('a2', 500))]);
  await clock.advance(10_000);
  await all;
  expect([log, most()]).toEqual([['a1#1', 'a2#1', 'b1#2'], 1]);
});

test('N3: a job longer than the lease keeps it by renewals', async () => {
  const { clock, lane, job, log, most } = laneBench();
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
  const { clock, lane, job, leases } = laneBench();
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
  const { clock, lane, job, leases } = laneBench();
  const lost = expect(lane('a').run(job('long', 60_000))).rejects.toMatchObject({ code: 'LeaseLost' });
  await clock.settle();
  Object.assign(leases.faults, fault);
  await clock.advance(11_999);
  await lost;
});

test('N3: a renewal that fails once is tried again in time', async () => {
  const { clock, lane, job, leases } = laneBench();
  const done = lane('a').run(job('long', 30_000));
  await clock.advance(3_900);
  leases.faults.fault = unavailable('away', { code: 'StoreUnavailable', away: true });
  await clock.advance(2_000);
  leases.faults.fault = undefined;
  await clock.advance(30_000);
  expect(await done).toBe('long');
});

test('N4: a busy process lets others have their turn', async () => {
  const { clock, lane, job, log } = laneBench({ turns: bound('turns', 2), backoffBaseMs: bound('base', 500) });
  const [a, bb] = [lane('a'), lane('bb')];
  const all = [...Array(8)].map((_, i) => a.run(job(`a${i}`, 1_000)));
  await clock.settle();
  all.push(bb.run(job('b', 1_000)));
  await clock.advance(60_000);
  await Promise.all(all);
  expect(log.findIndex((entry) => entry.startsWith('b'))).toBeLessThan(8);
});

test('N3, N1: when the lease is lost, what waited goes on under a lease of its own only, beside nobody', async () => {
  const { clock, lane, job, log, leases } = laneBench();
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
  const { clock, lane, leases, log } = laneBench({}, () => missedMs);
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
  const { clock, lane, job, log, leases } = laneBench({ turns: bound('turns', 2) });
  const one = lane('a');
  const all = Promise.all(['1', '2', '3', '4', '5'].map((name) => one.run(job(name, 1))));
  await clock.advance(10_000);
  await all;
  expect(log).toEqual(['1#1', '2#1', '3#1', '4#1', '5#1']);
  expect(leases.asked).toEqual(Array(3).fill(['acquire a', 'release a#1']).flat());
});

test('N4: between two turns the process waits, so that whoever looks meanwhile gets the lease', async () => {
  const { clock, lane, job, leases } = laneBench({ turns: bound('turns', 1), backoffBaseMs: bound('base', 400) });
  const one = lane('a');
  const both = Promise.all([one.run(job('1', 0)), one.run(job('2', 0))]);
  await clock.settle();
  await clock.advance(0);
  expect(leases.asked).toEqual(['acquire a', 'release a#1']);
  await clock.advance(400);
  await both;
  expect(leases.asked).toHaveLength(4);
});
