import { bound, type Fault, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
import { createRelay } from './relay.ts';
import { scriptedLedger } from './scripted-ledger.ts';

const away = (what: string): Fault => unavailable(`${what} is away`, { code: 'Away', away: true });

function setUp() {
  const clock = manualClock();
  const scripted = scriptedLedger();
  const published: string[] = [];
  let fault: ((key: string) => Fault | undefined) | undefined;
  let gate: Promise<void> | undefined;
  const relay = createRelay({
    ledger: scripted.ledger,
    clock,
    rng: seededRng(1),
    log: silentLog,
    parallelism: bound('partitions', 4),
    publish: async ({ partition, key, value }) => {
      await gate;
      const broken = fault?.(key);
      if (broken) throw broken;
      published.push(`${partition} ${key}=${value}`);
    },
  });
  return {
    ...{ clock, scripted, relay, published },
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
