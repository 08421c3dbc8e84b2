/** One lane of a name for all services of a process (L1), and what closing means to one of them (L2). */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { laneBench } from '../../test/scripted-lanes.ts';

test('L1: two services of a process that ask for one lane have one job at a time, under one hold of the lease', async () => {
  const { clock, lanes, job, log, most, leases } = laneBench();
  const all = lanes('a');
  const [one, other] = [all.of('ddl'), all.of('ddl')];
  const done = Promise.all([one.run(job('1', 500)), other.run(job('2', 500)), one.run(job('3', 500))]);
  await clock.advance(5_000);
  await done;
  expect([log, most()]).toEqual([['1#1', '2#1', '3#1'], 1]);
  expect(leases.asked).toEqual(['acquire a', 'release a#1']);
});

test('L1: lanes of other names do not wait for each other', async () => {
  const { clock, lanes, job, most } = laneBench();
  const all = lanes('a');
  const done = Promise.all([all.of('ddl').run(job('1', 500)), all.of('indices').run(job('2', 500))]);
  await clock.advance(500);
  await done;
  expect(most()).toBe(2);
});

test('L2: who closes its share has its waiting jobs refused and its running one waited for; the others go on', async () => {
  const { clock, lanes, job, log } = laneBench();
  const all = lanes('a');
  const [one, other] = [all.of('ddl'), all.of('ddl')];
  const running = one.run(job('1', 1_000));
  const theirs = other.run(job('2', 1_000));
  const waiting = expect(one.run(job('3', 1_000))).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'LaneClosed',
    retryAfterMs: 1_000,
  });
  await clock.settle();
  let closed = false;
  const closing = one.close().then(() => {
    closed = true;
  });
  await waiting;
  await expect(one.run(job('4', 1))).rejects.toMatchObject({ code: 'LaneClosed' });
  await clock.advance(999);
  expect(closed).toBe(false);
  await clock.advance(1_001);
  await closing;
  expect([await running, await theirs, log]).toEqual(['1', '2', ['1#1', '2#1']]);
});

test('L2: a share that was asked for later is open, and closing twice waits as well', async () => {
  const { clock, lanes, job } = laneBench();
  const all = lanes('a');
  const one = all.of('ddl');
  const running = one.run(job('1', 1_000));
  await clock.settle();
  const closing = Promise.all([one.close(), one.close()]);
  const next = all.of('ddl').run(job('2', 100));
  await clock.advance(2_000);
  await closing;
  expect([await running, await next]).toEqual(['1', '2']);
});

test('a job of a share is told of its caller’s signal while it waits and while it runs, and listens to nobody afterwards', async () => {
  const { clock, lanes, job, log } = laneBench();
  const one = lanes('a').of('ddl');
  const [first, second] = [new AbortController(), new AbortController()];
  const running = expect(one.run(job('1', 60_000), first.signal)).rejects.toThrow('given up');
  const waiting = expect(one.run(job('2', 1), second.signal)).rejects.toThrow('no longer');
  await clock.settle();
  second.abort(new Error('no longer'));
  await waiting;
  first.abort(new Error('given up'));
  await running;
  const third = new AbortController();
  const done = one.run(job('3', 10), third.signal);
  await clock.advance(1_000);
  expect([await done, log]).toEqual(['3', ['1#1', '3#1']]);
  expect(getEventListeners(third.signal, 'abort')).toHaveLength(0);
  await expect(one.run(job('4', 1), AbortSignal.abort(new Error('given up before')))).rejects.toThrow(
    'given up before',
  );
});

test('closing all lanes waits for the jobs under way and leaves no lease behind', async () => {
  const { clock, lanes, job, leases } = laneBench();
  const all = lanes('a');
  const running = all.of('ddl').run(job('1', 1_000));
  await clock.settle();
  const closing = all.close();
  await clock.advance(1_000);
  await closing;
  expect(await running).toBe('1');
  expect((await leases.table.read('ddl'))?.expiresAtMs).toBe(0);
  expect(clock.sleepers()).toBe(0);
});
