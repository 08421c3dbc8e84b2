import { bound, type Fault, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { scriptedLedger } from '../../test/scripted-ledger.ts';
import type { Publish } from './relay.port.ts';
import { createRelay } from './relay.ts';

const away = (what: string): Fault => unavailable(`${what} is away`, { code: 'Away', away: true });

function setUp(scripted = scriptedLedger()) {
  const clock = manualClock();
  const published: string[] = [];
  const told: number[] = [];
  const signals: AbortSignal[] = [];
  let fault: ((key: string) => Fault | undefined) | undefined;
  let gate: Promise<void> | undefined;
  const relay = createRelay({
    ledger: scripted.ledger,
    clock,
    rng: seededRng(1),
    log: silentLog,
    parallelism: bound('partitions', 4),
    metrics: { outboxPending: { set: (_: object, value: number) => void told.push(value) } } as never,
    publisherOf: (partition) => (partition.startsWith('theirs/') ? undefined : publish),
  });
  const publish: Publish = async ({ partition, key, value }, signal) => {
    signals.push(signal);
    await gate;
    const broken = fault?.(key);
    if (broken) throw broken;
    published.push(`${partition} ${key}=${value}`);
  };
  return {
    ...{ clock, scripted, relay, published, told, signals },
    setFault: (next: typeof fault) => {
      fault = next;
    },
    setGate: (next: typeof gate) => {
      gate = next;
    },
  };
}

test('R1, R3: rows of a commit are published in key order and removed, nothing else is touched', async () => {
  const { clock, scripted, relay, published } = setUp();
  scripted.put('tp/acme', { 'outbox/2': 'b', state: '{}', 'outbox/1': 'a' });
  expect(relay.pending()).toBe(2);
  await clock.settle();
  expect(published).toEqual(['tp/acme outbox/1=a', 'tp/acme outbox/2=b']);
  expect(scripted.rows('tp/acme')).toEqual(['state']);
  expect(relay.pending()).toBe(0);
});

test('R1: no row overtakes one that fails, and what is confirmed is removed all the same', async () => {
  const { clock, scripted, published, setFault } = setUp();
  setFault((key) => (key === 'outbox/2' ? away('the bus') : undefined));
  scripted.put('p', { 'outbox/1': 'a', 'outbox/2': 'b', 'outbox/3': 'c' });
  await clock.settle();
  expect(published).toEqual(['p outbox/1=a']);
  expect(scripted.rows('p')).toEqual(['outbox/2', 'outbox/3']);
  setFault(undefined);
  await clock.advance(60_000);
  expect(published).toEqual(['p outbox/1=a', 'p outbox/2=b', 'p outbox/3=c']);
});

test('R2: one partition waits by backoff while others go on, and further commits do not shorten the wait', async () => {
  const { clock, scripted, published, setFault } = setUp();
  let tries = 0;
  setFault((key) => {
    if (key !== 'outbox/bad') return undefined;
    tries += 1;
    return away('the bus');
  });
  scripted.put('p', { 'outbox/bad': 'a' });
  await clock.settle();
  for (let i = 0; i < 20; i++) scripted.put('p', { [`outbox/more${i}`]: 'x' });
  scripted.put('q', { 'outbox/1': 'b' });
  await clock.settle();
  expect([tries, published]).toEqual([1, ['q outbox/1=b']]);
});

test('R2: a row committed while its partition is relayed is published afterwards, once', async () => {
  const { clock, scripted, published, setGate } = setUp();
  const gate = Promise.withResolvers<void>();
  setGate(gate.promise);
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  scripted.put('p', { 'outbox/2': 'b' });
  gate.resolve();
  await clock.settle();
  expect(published).toEqual(['p outbox/1=a', 'p outbox/2=b']);
  expect(scripted.rows('p')).toEqual([]);
});

test('a store that is away does not have the same messages published again and again', async () => {
  const { clock, scripted, published } = setUp();
  scripted.updateFault = away('the store');
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.advance(600_000);
  expect(published).toEqual(['p outbox/1=a']);
  scripted.updateFault = undefined;
  await clock.advance(60_000);
  expect(published).toEqual(['p outbox/1=a']);
  expect(scripted.rows('p')).toEqual([]);
});

test('more rows than one pass takes are all published, in order', async () => {
  const { clock, scripted, published } = setUp();
  const rows = Array.from({ length: 250 }, (_, i) => [`outbox/${String(i).padStart(4, '0')}`, `${i}`] as const);
  scripted.put('p', Object.fromEntries(rows));
  for (let i = 0; i < 30; i++) await clock.settle();
  expect(published).toEqual(rows.map(([key, value]) => `p ${key}=${value}`));
});

test('a wait ends when its row is published and removed, at once where it is not there', async () => {
  const { clock, scripted, relay, setFault } = setUp();
  setFault(() => away('the bus'));
  scripted.put('p', { 'outbox/1': 'a' });
  let ended = false;
  const wait = relay.drained('p', 'outbox/1').then(() => {
    ended = true;
  });
  await relay.drained('p', 'outbox/none');
  await clock.advance(10_000);
  expect(ended).toBe(false);
  setFault(undefined);
  await clock.advance(60_000);
  await wait;
});

test('a wait ends with its signal, and with the relay', async () => {
  const { clock, scripted, relay, setFault } = setUp();
  setFault(() => away('the bus'));
  scripted.put('p', { 'outbox/1': 'a' });
  const caller = new AbortController();
  const aborted = expect(relay.drained('p', 'outbox/1', caller.signal)).rejects.toThrow('enough');
  const closed = expect(relay.drained('p', 'outbox/1')).rejects.toMatchObject({ code: 'RelayClosed' });
  caller.abort(new Error('enough'));
  await aborted;
  await clock.settle();
  await relay.close();
  await closed;
  await expect(relay.drained('p', 'outbox/1')).rejects.toMatchObject({ code: 'RelayClosed' });
  expect(clock.sleepers()).toBe(0);
});

test('a row that another replica has removed meanwhile ends its wait and is pending no more', async () => {
  const { clock, scripted, relay, setGate } = setUp();
  const gate = Promise.withResolvers<void>();
  setGate(gate.promise);
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  const wait = relay.drained('p', 'outbox/1');
  scripted.removeElsewhere('p', 'outbox/1');
  gate.resolve();
  await wait;
  expect(relay.pending()).toBe(0);
});

test('a load that a commit has overtaken ends no wait', async () => {
  const { clock, scripted, relay, setFault } = setUp();
  setFault(() => away('the bus'));
  const loaded = Promise.withResolvers<void>();
  scripted.holdLoads = loaded.promise;
  relay.nudge('p');
  await clock.settle();
  scripted.put('p', { 'outbox/1': 'a' });
  let ended = false;
  const wait = relay.drained('p', 'outbox/1').then(() => {
    ended = true;
  });
  loaded.resolve();
  await clock.advance(60_000);
  expect(ended).toBe(false);
  setFault(undefined);
  await clock.advance(60_000);
  await wait;
});

test('R1: a row that is written anew while its old value is published is published again, and removed then', async () => {
  const { clock, scripted, published, setGate } = setUp();
  const gate = Promise.withResolvers<void>();
  setGate(gate.promise);
  scripted.put('p', { 'outbox/1': 'old' });
  await clock.settle();
  scripted.put('p', { 'outbox/1': 'new' });
  gate.resolve();
  await clock.settle();
  expect([published, scripted.rows('p')]).toEqual([['p outbox/1=old', 'p outbox/1=new'], []]);
});

test('R1: a pass takes a hundred rows, and removes them in one commit', async () => {
  const { clock, scripted, published } = setUp();
  const removed: number[] = [];
  scripted.ledger.onCommit((_, { rows }) => removed.push(rows.size));
  scripted.put('p', Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`outbox/${1_000 + i}`, 'x'])));
  for (let i = 0; i < 30; i++) await clock.settle();
  expect([published.length, removed]).toEqual([201, [201, 101, 1, 0]]);
});

test('rows that wait are counted once over all partitions, and told when their number changes', async () => {
  const { scripted, clock, relay, told, setFault } = setUp();
  setFault(() => away('the bus'));
  scripted.put('p', { 'outbox/1': 'a', 'outbox/2': 'b', state: 's' });
  scripted.put('q', { 'outbox/1': 'a' });
  scripted.put('q', { state: 's' });
  scripted.put('r', { state: 's' });
  await clock.settle();
  expect([relay.pending(), told]).toEqual([3, [2, 3]]);
  setFault(undefined);
  await clock.advance(60_000);
  expect([relay.pending(), told]).toEqual([0, [2, 3, 1, 0]]);
});

test('rows that are gone are taken off the count once, however often their partition is seen without any', async () => {
  const { scripted, clock, relay, told } = setUp();
  scripted.put('p', { 'outbox/1': 'a', 'outbox/2': 'b' });
  await clock.settle();
  scripted.put('p', { state: 's' });
  scripted.put('p', { state: 't' });
  relay.nudge('p');
  await clock.settle();
  expect([relay.pending(), told]).toEqual([0, [2, 0]]);
});

test('a partition whose commits leave nothing to publish is not looked at', async () => {
  const { scripted, clock } = setUp();
  scripted.put('p', { state: 's', outboy: 'x', 'inbox/1': 'x' });
  await clock.settle();
  expect(scripted.loads).toBe(0);
});

test('R3: what a hint tells of is published though no commit of this process told of it', async () => {
  const scripted = scriptedLedger();
  scripted.put('p', { 'outbox/1': 'a' });
  const { clock, relay, published } = setUp(scripted);
  await clock.settle();
  expect(published).toEqual([]);
  relay.nudge('p');
  await clock.settle();
  expect([published, scripted.rows('p')]).toEqual([['p outbox/1=a'], []]);
});

test('a load that is older than a commit already seen does not make its rows pending again', async () => {
  const { clock, scripted, relay, told } = setUp();
  const loaded = Promise.withResolvers<void>();
  scripted.put('p', { 'outbox/1': 'a' });
  scripted.holdLoads = loaded.promise;
  await clock.settle();
  scripted.put('p', { 'outbox/2': 'b', 'outbox/3': 'c' });
  expect(relay.pending()).toBe(3);
  loaded.resolve();
  await clock.settle();
  expect(relay.pending()).toBe(0);
  expect(told.every((count, at) => at === 0 || count !== told[at - 1])).toBe(true);
  expect(told.slice(0, 2)).toEqual([1, 3]);
});

test('when bus and store fail in one pass, what was confirmed is not published again', async () => {
  const { clock, scripted, published, setFault } = setUp();
  setFault((key) => (key === 'outbox/2' ? away('the bus') : undefined));
  scripted.updateFault = away('the store');
  scripted.put('p', { 'outbox/1': 'a', 'outbox/2': 'b' });
  await clock.advance(120_000);
  setFault(undefined);
  await clock.advance(120_000);
  scripted.updateFault = undefined;
  await clock.advance(120_000);
  expect([published, scripted.rows('p')]).toEqual([['p outbox/1=a', 'p outbox/2=b'], []]);
});

test('what was confirmed of rows that another replica removed is forgotten', async () => {
  const { clock, scripted, published } = setUp();
  scripted.updateFault = away('the store');
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  scripted.removeElsewhere('p', 'outbox/1');
  scripted.updateFault = undefined;
  await clock.advance(60_000);
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  expect(published).toEqual(['p outbox/1=a', 'p outbox/1=a']);
});

test('R2: as many partitions as the bound are relayed at once', async () => {
  const { clock, scripted, signals, setGate } = setUp();
  const gate = Promise.withResolvers<void>();
  setGate(gate.promise);
  for (const name of 'abcdef') scripted.put(name, { 'outbox/1': name });
  await clock.settle();
  expect(signals).toHaveLength(4);
  gate.resolve();
  await clock.settle();
  expect(signals).toHaveLength(6);
});

test('closing lets what is being published end, publishes nothing more, and hears of no commit', async () => {
  const { clock, scripted, relay, published, signals, setGate } = setUp();
  const gate = Promise.withResolvers<void>();
  setGate(gate.promise);
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  const closed = relay.close();
  scripted.put('q', { 'outbox/1': 'b' });
  gate.resolve();
  await clock.settle();
  await closed;
  expect([published, scripted.rows('p'), scripted.rows('q'), signals[0]?.aborted]).toEqual([
    ['p outbox/1=a'],
    [],
    ['outbox/1'],
    false,
  ]);
});

test('closing tells what hangs to end, in bounded time', async () => {
  const { clock, scripted, relay, signals, setGate } = setUp();
  setGate(new Promise(() => undefined));
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  const closed = relay.close();
  await clock.advance(4_999);
  expect(signals[0]?.aborted).toBe(false);
  await clock.advance(5_001);
  await closed;
  expect([signals[0]?.aborted, clock.sleepers()]).toEqual([true, 0]);
});

test('R4: rows that nobody here publishes are neither loaded, counted nor removed, and cannot be waited for', async () => {
  const { clock, scripted, relay, published, told } = setUp();
  scripted.put('theirs/a', { 'outbox/1': 'a' });
  relay.nudge('theirs/a');
  await clock.advance(60_000);
  expect([published, told, relay.pending(), scripted.loads]).toEqual([[], [], 0, 0]);
  expect(scripted.rows('theirs/a')).toEqual(['outbox/1']);
  await expect(relay.drained('theirs/a', 'outbox/1')).rejects.toThrow('nobody here publishes the rows of theirs/a');
});

test('R1: what was confirmed and could not be removed is published once more where it says something else by now', async () => {
  const { clock, scripted, published } = setUp();
  scripted.updateFault = away('the store');
  scripted.put('p', { 'outbox/1': 'old' });
  await clock.settle();
  scripted.put('p', { 'outbox/1': 'new' });
  scripted.updateFault = undefined;
  await clock.advance(60_000);
  expect([published, scripted.rows('p')]).toEqual([['p outbox/1=old', 'p outbox/1=new'], []]);
});
