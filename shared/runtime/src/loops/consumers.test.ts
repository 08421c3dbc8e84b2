/** From messages to runs and acks (C1 to C7): order, retries, and how it all ends. */
import { conflict, invalid, unavailable } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { expect, test } from 'vitest';
import { busAway } from '../../test/scripted-bus.ts';
import { consumersBench, TOPIC } from '../../test/scripted-consumers.ts';

const OTHER = 'persistent://platformq/system/tenant-deleted-events';
const storeAway = () => unavailable('the store is away', { code: 'StoreUnavailable', away: true });

test('C1, C2: a lane keeps its order, lanes run side by side', async () => {
  const { consumers, send, hold, end, started, prepared } = consumersBench();
  await consumers.add(TOPIC);
  hold();
  await send('a:1', 'a:2', 'b:1');
  expect(prepared).toEqual(['a:1', 'a:2', 'b:1']);
  expect(started).toEqual(['a:1', 'b:1']);
  await end('b:1');
  await end('a:1');
  expect(started).toEqual(['a:1', 'b:1', 'a:2']);
});

test('C2: no more messages are held than the window', async () => {
  const { consumers, send, hold, end, prepared, state } = consumersBench();
  await consumers.add(TOPIC);
  hold();
  await send('a:1', 'b:1', 'c:1', 'd:1', 'e:1');
  expect(prepared).toHaveLength(4);
  expect(state()?.held).toBe(4);
  await end('c:1');
  expect(prepared).toHaveLength(5);
});

test('C3: a message is acked after its run, and a failed ack loses nothing but the ack', async () => {
  const { consumers, scripted, send, hold, end, state } = consumersBench();
  await consumers.add(TOPIC);
  hold();
  await send('a:1', 'b:1');
  expect(scripted.acked).toEqual([]);
  await end('a:1');
  expect(scripted.acked).toEqual(['a:1']);
  scripted.fault = busAway();
  await end('b:1');
  expect(scripted.acked).toEqual(['a:1']);
  expect(state()).toMatchObject({ status: 'pulling', held: 0 });
});

test('C4: what is away stops the pulling of its topic alone, and the same message is tried for ever', async () => {
  const { clock, consumers, scripted, send, started, state, setFailRun, cannot } = consumersBench();
  await consumers.add(TOPIC);
  await consumers.add(OTHER);
  setFailRun((id) => (id === 'a:1' ? storeAway() : undefined));
  await send('a:1', 'b:1', 'c:1');
  scripted.send(OTHER, 'x:1');
  await clock.advance(3_600_000);
  expect(started.filter((id) => id === 'a:1').length).toBeGreaterThan(100);
  expect(state()).toMatchObject({ status: 'waiting', reason: { code: 'StoreUnavailable' } });
  expect(scripted.acked).toContain('x:1');
  expect(started).not.toContain('c:1');
  setFailRun(undefined);
  await clock.advance(60_000);
  expect(scripted.acked.sort()).toEqual(['a:1', 'b:1', 'c:1', 'x:1']);
  expect(state()?.status).toBe('pulling');
  expect(cannot).toEqual([]);
});

test('C4: a message that cannot be prepared for now is waited for, and none overtakes it', async () => {
  const { clock, consumers, scripted, send, prepared, setFailPrepare, state } = consumersBench();
  await consumers.add(TOPIC);
  setFailPrepare((id) => (id === 'a:1' ? storeAway() : undefined));
  await send('a:1', 'b:1');
  await clock.advance(60_000);
  expect(prepared).toEqual([]);
  expect(state()?.status).toBe('waiting');
  setFailPrepare(undefined);
  await clock.advance(60_000);
  expect(prepared).toEqual(['a:1', 'b:1']);
  expect(scripted.acked).toEqual(['a:1', 'b:1']);
});

test('C5: a conflict is tried a bounded number of times, invalid input once; both are disposed of and acked', async () => {
  const { clock, consumers, scripted, send, started, setFailRun, setFailPrepare, cannot } = consumersBench();
  await consumers.add(TOPIC);
  setFailRun((id) => (id === 'a:1' ? conflict('lost', { code: 'Conflict' }) : undefined));
  setFailPrepare((id) => (id === 'b:1' ? invalid('not JSON', { code: 'undecodable' }) : undefined));
  await send('a:1', 'b:1', 'c:1');
  await clock.advance(60_000);
  expect(started.filter((id) => id === 'a:1')).toHaveLength(3);
  expect(cannot).toEqual([
    { id: 'b:1', code: 'undecodable', attempts: 1 },
    { id: 'a:1', code: 'Conflict', attempts: 3 },
  ]);
  expect(scripted.acked.sort()).toEqual(['a:1', 'b:1', 'c:1']);
});

test('C5: a disposal that fails is tried until it holds, and the message is not acked before', async () => {
  let failures = 3;
  const { clock, consumers, scripted, send, setFailPrepare, state } = consumersBench({
    onCannot: async () => {
      if (failures-- > 0) throw storeAway();
      return { outcome: 'dead_letter' };
    },
  });
  await consumers.add(TOPIC);
  setFailPrepare(() => invalid('not JSON', { code: 'undecodable' }));
  await send('a:1');
  expect(state()?.status).toBe('waiting');
  expect(scripted.acked).toEqual([]);
  await clock.advance(60_000);
  expect(scripted.acked).toEqual(['a:1']);
});

test('C6: a bus that is away at the start is waited for, visibly', async () => {
  const { clock, consumers, scripted, send, state } = consumersBench();
  scripted.fault = busAway();
  await consumers.add(TOPIC);
  expect(state()).toMatchObject({ status: 'waiting', reason: { code: 'BusUnavailable', attempts: 1 } });
  await clock.advance(60_000);
  scripted.fault = undefined;
  await clock.advance(60_000);
  expect(state()?.status).toBe('pulling');
  await send('a:1');
  expect(scripted.acked).toEqual(['a:1']);
});

test('C6: a consumer that closes by itself is closed and replaced', async () => {
  const { clock, consumers, scripted, send } = consumersBench();
  await consumers.add(TOPIC);
  await clock.settle();
  scripted.drop(TOPIC);
  await clock.advance(10_000);
  expect([scripted.subscriptions.length, scripted.closed]).toEqual([2, [TOPIC]]);
  await send('a:1');
  expect(scripted.acked).toEqual(['a:1']);
});

test('a topic is consumed once, and can be removed and added again', async () => {
  const { consumers, scripted } = consumersBench();
  await Promise.all([consumers.add(TOPIC), consumers.add(TOPIC)]);
  expect(scripted.subscriptions).toHaveLength(1);
  const removed = consumers.remove(TOPIC);
  expect(consumers.topics()).toEqual([]);
  await consumers.add(TOPIC);
  await removed;
  expect([scripted.closed, scripted.subscriptions.length, consumers.topics()]).toEqual([[TOPIC], 2, [TOPIC]]);
});

test('closing waits for runs under way, starts no other, acks what ended and closes the consumers', async () => {
  const { clock, consumers, scripted, send, hold, end, started } = consumersBench();
  await consumers.add(TOPIC);
  hold();
  await send('a:1', 'a:2', 'b:1');
  const closed = consumers.close();
  await clock.settle();
  expect(scripted.closed).toEqual([]);
  await end('a:1');
  await end('b:1');
  await closed;
  expect(started).toEqual(['a:1', 'b:1']);
  expect(scripted.acked.sort()).toEqual(['a:1', 'b:1']);
  expect(scripted.closed).toEqual([TOPIC]);
  expect(clock.sleepers()).toBe(0);
});

test('closing aborts runs after their time and leaves their messages unacked', async () => {
  const { clock, consumers, scripted, send, hold, cannot } = consumersBench();
  await consumers.add(TOPIC);
  hold();
  await send('a:1');
  const closed = consumers.close();
  await clock.advance(5_000);
  await closed;
  expect([scripted.acked, cannot, scripted.closed]).toEqual([[], [], [TOPIC]]);
});

test('closing does not wait for what is away', async () => {
  const { clock, consumers, scripted, send, setFailRun } = consumersBench();
  await consumers.add(TOPIC);
  setFailRun(storeAway);
  await send('a:1');
  await consumers.close();
  expect(scripted.acked).toEqual([]);
  expect(clock.sleepers()).toBe(0);
});

test('events are counted by the last part of their topic and by outcome', async () => {
  const rows: unknown[] = [];
  const metrics = {
    ...silentMetrics,
    events: { inc: (labels: unknown) => rows.push(labels) },
    eventLag: { observe: (labels: unknown, seconds: number) => rows.push([labels, seconds]) },
  };
  const { consumers, send } = consumersBench({ metrics });
  await consumers.add(TOPIC);
  await send('a:1');
  const topic = 'tenant-created-events';
  expect(rows).toEqual([{ topic, outcome: 'done' }, [{ topic }, 1_000]]);
});

const newer = () => unavailable('a newer release wrote it', { code: 'NewerRelease', retryAfterMs: 5_000 });

test('C7: what only another release can read stops its lane alone: the others go on, in sight, and nothing is lost', async () => {
  const { setFailRun, send, state, scripted, started, clock, cannot, consumers } = consumersBench();
  await consumers.add(TOPIC);
  let upgraded = false;
  setFailRun((id) => (id.startsWith('newer') && !upgraded ? newer() : undefined));
  await send('newer:1', 'newer:2', 'a:1', 'b:1', 'a:2', 'c:1', 'd:1', 'e:1');
  expect(scripted.acked).toEqual(['a:1', 'b:1', 'a:2', 'c:1', 'd:1', 'e:1']);
  expect(state()).toMatchObject({ status: 'pulling', held: 2, alone: 1, reason: { code: 'NewerRelease' } });
  for (let i = 0; i < 40; i++) await clock.advance(5_000);
  await send('a:3');
  expect(scripted.acked).toContain('a:3');
  expect([cannot, started.filter((id) => id === 'newer:2')]).toEqual([[], []]);
  upgraded = true;
  for (let i = 0; i < 4; i++) await clock.advance(5_000);
  expect(scripted.acked.slice(-2)).toEqual(['newer:1', 'newer:2']);
  expect(state()).not.toHaveProperty('alone');
});

test('C7: as many of them as the window holds stop the topic, and it says so', async () => {
  const { setFailRun, send, state, consumers } = consumersBench();
  await consumers.add(TOPIC);
  setFailRun((id) => (id.startsWith('newer') ? newer() : undefined));
  await send('newer-a:1', 'newer-b:1', 'newer-c:1', 'newer-d:1', 'a:1');
  expect(state()).toMatchObject({ status: 'waiting', held: 4, alone: 4, reason: { code: 'NewerRelease' } });
});
