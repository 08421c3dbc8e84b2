/** What a pass of the relay leaves alone: rows that it did not send, a partition that has nothing, one whose service has left. */
import { bound, type Fault, seededRng, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { scriptedLedger } from '../../test/scripted-ledger.ts';
import { scriptedLog } from '../../test/scripted-log.ts';
import { createRelay } from './relay.ts';

const away = (what: string): Fault => unavailable(`${what} is away`, { code: 'Away', away: true });

function setUp(scripted = scriptedLedger()) {
  const clock = manualClock();
  const published: string[] = [];
  const told: number[] = [];
  const elsewhere = new Set<string>();
  const { log, lines } = scriptedLog();
  const state: { gate?: Promise<void>; fault?: (key: string) => Fault | undefined } = {};
  const relay = createRelay({
    ...{ ledger: scripted.ledger, clock, log },
    rng: { ...seededRng(1), next: () => 1 },
    parallelism: bound('partitions', 4),
    metrics: { outboxPending: { set: (_: object, value: number) => void told.push(value) } } as never,
    publisherOf: (partition) =>
      elsewhere.has(partition)
        ? undefined
        : async ({ key, value }) => {
            await state.gate;
            const broken = state.fault?.(key);
            if (broken) throw broken;
            published.push(`${key}=${value}`);
          },
  });
  return { clock, scripted, relay, published, told, lines, elsewhere, state };
}

test('R4: a partition whose service has left before its turn is not even loaded, nor one that had none when it was named', async () => {
  const { clock, scripted, relay, elsewhere } = setUp();
  scripted.put('p', { 'outbox/1': 'a' });
  elsewhere.add('p').add('q');
  relay.nudge('q');
  elsewhere.delete('q');
  await clock.advance(60_000);
  expect(scripted.loads).toBe(0);
});

test('what is waited for is looked at, though no commit of this process and no hint told of it', async () => {
  const scripted = scriptedLedger();
  scripted.put('p', { 'outbox/1': 'a' });
  const { clock, relay, published } = setUp(scripted);
  const wait = relay.drained('p', 'outbox/1');
  await clock.settle();
  await wait;
  expect(published).toEqual(['outbox/1=a']);
});

test('a partition that has nothing to send is looked at once', async () => {
  const { clock, scripted, relay } = setUp();
  relay.nudge('p');
  await clock.advance(60_000);
  expect([scripted.loads, scripted.updates]).toEqual([1, 0]);
});

test('where nothing was sent the rows are left alone, and what the bus said is what is told, once', async () => {
  const { clock, scripted, state, lines } = setUp();
  state.fault = () => away('the bus');
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.advance(1_000);
  expect(scripted.updates).toBe(0);
  expect(lines).toEqual([
    'warn work failed, tried again later {"queue":"relay","key":"p","failures":1,"wait_ms":200,"err":"Away"}',
    'debug work failed again {"queue":"relay","key":"p","failures":2,"wait_ms":400,"err":"Away"}',
    'debug work failed again {"queue":"relay","key":"p","failures":3,"wait_ms":800,"err":"Away"}',
  ]);
});

test('a bus that is away for long is tried every half a minute', async () => {
  const { clock, scripted, state, lines } = setUp();
  state.fault = () => away('the bus');
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.advance(600_000);
  expect(lines.at(-1)).toContain('"wait_ms":30000');
});

test('a row that is written again after it was sent is sent again', async () => {
  const { clock, scripted, published } = setUp();
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  expect([published, scripted.rows('p')]).toEqual([['outbox/1=a', 'outbox/1=a'], []]);
});

test('what was sent of a row that another replica removed is forgotten, while others of the partition wait', async () => {
  const { clock, scripted, published, state } = setUp();
  state.fault = (key) => (key === 'outbox/2' ? away('the bus') : undefined);
  scripted.updateFault = away('the store');
  scripted.put('p', { 'outbox/1': 'a', 'outbox/2': 'b' });
  await clock.settle();
  scripted.removeElsewhere('p', 'outbox/1');
  await clock.advance(60_000);
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.advance(60_000);
  expect(published).toEqual(['outbox/1=a', 'outbox/1=a']);
});

test('rows that another replica removed before this one could are seen to be gone without a further word', async () => {
  const { clock, scripted, relay, told, state } = setUp();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  scripted.removeElsewhere('p', 'outbox/1');
  gate.resolve();
  await clock.settle();
  expect([relay.pending(), told, scripted.loads]).toEqual([0, [1, 0], 2]);
});

test('closing tells whom it waits for in the store, and commits are not counted afterwards', async () => {
  const { clock, scripted, relay, told, state } = setUp();
  state.gate = new Promise(() => undefined);
  scripted.put('p', { 'outbox/1': 'a' });
  await clock.settle();
  const closed = relay.close();
  await clock.advance(10_000);
  await closed;
  scripted.put('q', { 'outbox/1': 'b' });
  expect(told).toEqual([1]);
  expect(scripted.signals.map((signal) => signal?.aborted)).toEqual([true]);
  const other = setUp();
  other.scripted.put('p', { 'outbox/1': 'a' });
  await other.clock.settle();
  expect(other.scripted.signals.map((signal) => signal?.aborted)).toEqual([false, false]);
});
