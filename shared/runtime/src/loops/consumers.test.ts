import type { IncomingMessage } from '@leasehold/bus';
import { bound, conflict, type Fault, invalid, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
import type { ConsumersOptions, PreparedMessage } from './consumers.port.ts';
import { startConsumers } from './consumers.ts';
import { busAway, scriptedBus } from './scripted-bus.ts';

const TOPIC = 'persistent://platformq/system/tenant-created-events';
const OTHER = 'persistent://platformq/system/tenant-deleted-events';
const storeAway = () => unavailable('the store is away', { code: 'StoreUnavailable', away: true });

/** Message ids are `<lane>:<serial>`. */
function setUp(options: Partial<ConsumersOptions> = {}) {
  const clock = manualClock();
  const scripted = scriptedBus();
  const started: string[] = [];
  const prepared: string[] = [];
  const cannot: { id: string; code: string; attempts: number }[] = [];
  const gates = new Map<string, PromiseWithResolvers<{ outcome: string }>>();
  let held = false;
  let failPrepare: ((id: string) => Fault | undefined) | undefined;
  let failRun: ((id: string) => Fault | undefined) | undefined;
  const prepare = async (message: IncomingMessage): Promise<PreparedMessage> => {
    const fault = failPrepare?.(message.id);
    if (fault) throw fault;
    prepared.push(message.id);
    return {
      lane: message.id.split(':')[0] ?? '',
      run: async (signal) => {
        started.push(message.id);
        const broken = failRun?.(message.id);
        if (broken) throw broken;
        if (!held) return { outcome: 'done' };
        const gate = Promise.withResolvers<{ outcome: string }>();
        gates.set(message.id, gate);
        signal.addEventListener('abort', () => gate.reject(signal.reason));
        return gate.promise;
      },
    };
  };
  const consumers = startConsumers({
    bus: scripted.bus,
    subscription: 'tenant-provisioner',
    window: bound('window', 4),
    clock,
    rng: seededRng(1),
    log: silentLog,
    bounds: { attempts: bound('tries', 3), drainMs: bound('drain', 5_000) },
    prepare,
    onCannot: async (message, fault, attempts) => {
      cannot.push({ id: message.id, code: fault.code, attempts });
      return { outcome: 'dead_letter' };
    },
    ...options,
  });
  const send = async (...ids: string[]) => {
    for (const id of ids) scripted.send(TOPIC, id);
    await clock.settle();
  };
  return {
    ...{ clock, scripted, consumers, send, started, prepared, cannot },
    state: () => consumers.states()[0],
    hold: () => {
      held = true;
    },
    end: async (id: string) => {
      gates.get(id)?.resolve({ outcome: 'done' });
      await clock.settle();
    },
    setFailPrepare: (fail: typeof failPrepare) => {
      failPrepare = fail;
    },
    setFailRun: (fail: typeof failRun) => {
      failRun = fail;
    },
  };
}

test('C1, C2: a lane keeps its order, lanes run side by side', async () => {
  const { consumers, send, hold, end, started, prepared } = setUp();
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
  const { consumers, send, hold, end, prepared, state } = setUp();
  await consumers.add(TOPIC);
  hold();
  await send('a:1', 'b:1', 'c:1', 'd:1', 'e:1');
  expect(prepared).toHaveLength(4);
  expect(state()?.held).toBe(4);
  await end('c:1');
  expect(prepared).toHaveLength(5);
});

test('C3: a message is acked after its run, and a failed ack loses nothing but the ack', async () => {
  const { consumers, scripted, send, hold, end, state } = setUp();
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
  const { clock, consumers, scripted, send, started, state, setFailRun, cannot } = setUp();
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
  const { clock, consumers, scripted, send, prepared, setFailPrepare, state } = setUp();
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
  const { clock, consumers, scripted, send, started, setFailRun, setFailPrepare, cannot } = setUp();
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
  const { clock, consumers, scripted, send, setFailPrepare, state } = setUp({
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
  const { clock, consumers, scripted, send, state } = setUp();
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
  const { clock, consumers, scripted, send } = setUp();
  await consumers.add(TOPIC);
  await clock.settle();
  scripted.drop(TOPIC);
  await clock.advance(10_000);
  expect([scripted.subscriptions.length, scripted.closed]).toEqual([2, [TOPIC]]);
  await send('a:1');
  expect(scripted.acked).toEqual(['a:1']);
});

test('a topic is consumed once, and can be removed and added again', async () => {
  const { consumers, scripted } = setUp();
  await Promise.all([consumers.add(TOPIC), consumers.add(TOPIC)]);
  expect(scripted.subscriptions).toHaveLength(1);
  const removed = consumers.remove(TOPIC);
  expect(consumers.topics()).toEqual([]);
  await consumers.add(TOPIC);
  await removed;
  expect([scripted.closed, scripted.subscriptions.length, consumers.topics()]).toEqual([[TOPIC], 2, [TOPIC]]);
});

test('closing waits for runs under way, starts no other, acks what ended and closes the consumers', async () => {
  const { clock, consumers, scripted, send, hold, end, started } = setUp();
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
  const { clock, consumers, scripted, send, hold, cannot } = setUp();
  await consumers.add(TOPIC);
  hold();
  await send('a:1');
  const closed = consumers.close();
  await clock.advance(5_000);
  await closed;
  expect([scripted.acked, cannot, scripted.closed]).toEqual([[], [], [TOPIC]]);
});

test('closing does not wait for what is away', async () => {
  const { clock, consumers, scripted, send, setFailRun } = setUp();
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
  const { consumers, send } = setUp({ metrics });
  await consumers.add(TOPIC);
  await send('a:1');
  const topic = 'tenant-created-events';
  expect(rows).toEqual([{ topic, outcome: 'done' }, [{ topic }, 1_000]]);
});

const newer = () => unavailable('a newer release wrote it', { code: 'NewerRelease', retryAfterMs: 5_000 });

test('C7: what only another release can read stops its lane alone: the others go on, in sight, and nothing is lost', async () => {
  const { setFailRun, send, state, scripted, started, clock, cannot, consumers } = setUp();
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
  const { setFailRun, send, state, consumers } = setUp();
  await consumers.add(TOPIC);
  setFailRun((id) => (id.startsWith('newer') ? newer() : undefined));
  await send('newer-a:1', 'newer-b:1', 'newer-c:1', 'newer-d:1', 'a:1');
  expect(state()).toMatchObject({ status: 'waiting', held: 4, alone: 4, reason: { code: 'NewerRelease' } });
});
