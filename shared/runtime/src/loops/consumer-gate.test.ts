/** What one topic's consumer may do now (1 to 3), and what is seen of it. */
import type { IncomingMessage, LostConsumer } from '@leasehold/bus';
import { unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createConsumerGate } from './consumer-gate.ts';

const message = (id: string) => ({ id }) as IncomingMessage;
const away = (what = 'the store') => unavailable(`${what} is away`, { code: 'StoreUnavailable', away: true });

function setUp(window = 2) {
  const clock = manualClock();
  const startMs = clock.now();
  let lost: LostConsumer | undefined;
  const gate = createConsumerGate({ topic: 't', window, stallMs: 60_000, clock, lost: () => lost });
  const stopping = new AbortController();
  const watch = (what: 'whenOpen' | 'whenUnblocked') => {
    const state = { isOver: false };
    void gate[what](stopping.signal).then(() => {
      state.isOver = true;
    });
    return state;
  };
  const isOpen = async (what: 'whenOpen' | 'whenUnblocked' = 'whenOpen') => {
    const state = watch(what);
    await clock.settle();
    return state.isOver;
  };
  const seen = () => {
    const { status, since } = gate.state();
    return [status, since - startMs];
  };
  return { clock, gate, stopping, watch, isOpen, seen, setLost: (next: LostConsumer | undefined) => (lost = next) };
}

test('1: it is open while fewer messages than the window are held, and opens for who waits when one is let go', async () => {
  const { clock, gate, watch, isOpen } = setUp();
  gate.connected();
  gate.take();
  expect(await isOpen()).toBe(true);
  gate.take();
  const waiting = watch('whenOpen');
  await clock.settle();
  expect([waiting.isOver, await isOpen('whenUnblocked')]).toEqual([false, true]);
  gate.release(true);
  await clock.settle();
  expect(waiting.isOver).toBe(true);
});

test('1: it is closed while a message waits for something that is away, and each of several keeps it closed', async () => {
  const { gate, isOpen, seen } = setUp(9);
  gate.connected();
  const [a, b] = [message('a'), message('b')];
  gate.block(a, away(), 1);
  gate.block(b, away('the bus'), 4);
  expect([await isOpen(), await isOpen('whenUnblocked'), seen()[0]]).toEqual([false, false, 'waiting']);
  gate.unblock(a);
  expect([await isOpen(), gate.state().reason]).toEqual([
    false,
    { code: 'StoreUnavailable', message: 'the bus is away', attempts: 4 },
  ]);
  gate.unblock(b);
  expect([await isOpen(), await isOpen('whenUnblocked'), seen()[0]]).toEqual([true, true, 'pulling']);
});

test('who waits is let go when all stops, and looks again only when it is woken', async () => {
  const { clock, gate, stopping, watch } = setUp(1);
  gate.take();
  const waiting = watch('whenOpen');
  await clock.settle();
  stopping.abort();
  await clock.settle();
  expect(waiting.isOver).toBe(false);
  gate.wake();
  await clock.settle();
  expect(waiting.isOver).toBe(true);
});

test('2: `since` moves when the status does, and not when more of the same happens', async () => {
  const { clock, gate, seen } = setUp();
  expect(seen()).toEqual(['connecting', 0]);
  await clock.advance(10);
  gate.connected();
  expect(seen()).toEqual(['pulling', 10]);
  await clock.advance(10);
  gate.take();
  gate.release(true);
  expect(seen()).toEqual(['pulling', 10]);
  gate.block(message('a'), away(), 1);
  await clock.advance(10);
  gate.block(message('b'), away(), 1);
  expect(seen()).toEqual(['waiting', 20]);
  await clock.advance(10);
  gate.close();
  expect(seen()).toEqual(['closed', 40]);
});

test('a topic that cannot be subscribed to waits, and says why; a new connection ends that', async () => {
  const { clock, gate, seen } = setUp();
  gate.disconnected(away('the bus'), 3);
  expect(gate.state()).toMatchObject({ status: 'waiting', reason: { message: 'the bus is away', attempts: 3 } });
  await clock.advance(5);
  gate.connected();
  expect([seen(), gate.state().reason]).toEqual([['pulling', 5], undefined]);
});

test('3: what waits for itself alone is shown and closes nothing, until such messages fill the window', async () => {
  const { gate, isOpen } = setUp(2);
  gate.connected();
  const [a, b] = [message('a'), message('b')];
  gate.take();
  gate.putAside(a, away('a newer release'), 1);
  expect([await isOpen(), await isOpen('whenUnblocked'), gate.state()]).toMatchObject([
    true,
    true,
    { status: 'pulling', held: 1, alone: 1, reason: { message: 'a newer release is away' } },
  ]);
  gate.take();
  expect([await isOpen(), gate.state()]).toMatchObject([false, { status: 'waiting', held: 2, alone: 1 }]);
  gate.putAside(b, away(), 1);
  expect(gate.state().alone).toBe(2);
  gate.unblock(a);
  gate.release(true);
  expect([await isOpen(), gate.state()]).toMatchObject([true, { status: 'pulling', held: 1, alone: 1 }]);
  gate.unblock(b);
  expect(gate.state()).not.toHaveProperty('alone');
});

test('3: a message that is put aside no longer keeps the others, and one that is kept is no longer aside', async () => {
  const { gate, isOpen } = setUp(9);
  gate.connected();
  const a = message('a');
  gate.block(a, away(), 1);
  gate.putAside(a, away(), 2);
  expect([await isOpen(), gate.state().alone]).toEqual([true, 1]);
  gate.block(a, away(), 3);
  expect([await isOpen(), gate.state().alone]).toEqual([false, undefined]);
  gate.unblock(a);
  expect([await isOpen(), gate.state().reason]).toEqual([true, undefined]);
});

test('why all wait is told before why the link is missing, and that before what waits alone', () => {
  const { gate } = setUp(9);
  gate.putAside(message('a'), away('a newer release'), 1);
  expect(gate.state().reason?.message).toBe('a newer release is away');
  gate.disconnected(away('the bus'), 1);
  expect(gate.state().reason?.message).toBe('the bus is away');
  gate.block(message('b'), away(), 1);
  expect(gate.state().reason?.message).toBe('the store is away');
});

test('closed it says what is held and nothing else', () => {
  const { gate } = setUp();
  gate.connected();
  gate.take();
  gate.block(message('a'), away(), 1);
  gate.close();
  expect(gate.state()).toEqual({ topic: 't', status: 'closed', since: 1_000_000, held: 1 });
});

test('C8 why messages do not move is told with the reason that is known, else with what is lost', async () => {
  const { clock, gate, setLost } = setUp();
  gate.connected();
  gate.take();
  gate.block(message('a'), away(), 1);
  await clock.advance(60_000);
  expect(gate.state().stall).toEqual({ sinceMs: 1_000_000, code: 'StoreUnavailable', message: 'the store is away' });
  gate.unblock(message('other'));
  gate.release(true);
  expect(gate.state().stall).toBeUndefined();
  setLost({ sinceMs: clock.now() - 60_000, code: 'PartitionLost', message: 'one of three' } as LostConsumer);
  expect(gate.state().stall).toMatchObject({ code: 'PartitionLost' });
});
