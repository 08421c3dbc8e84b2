/** Whether a consumer moves on (C8; 1, 2): from the first message taken to the ack that leaves none, and whatever else stands still. */
import type { LostConsumer } from '@leasehold/bus';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createMovement } from './consumer-stall.ts';

const STALL_MS = 60_000;

function setUp() {
  const clock = manualClock(0);
  let lost: LostConsumer | undefined;
  const movement = createMovement({ stallMs: STALL_MS, clock, lost: () => lost });
  return {
    clock,
    movement,
    setLost: (sinceMs: number) => {
      lost = { sinceMs, code: 'Lost', message: 'a partition' } as LostConsumer;
    },
  };
}
const linked = () => {
  const bench = setUp();
  bench.movement.linked(true);
  return bench;
};

test('a stall is one after its time and not before', async () => {
  const { clock, movement } = linked();
  await clock.advance(1_000);
  movement.take();
  await clock.advance(STALL_MS - 1);
  expect(movement.stall(undefined)).toBeUndefined();
  await clock.advance(1);
  expect(movement.stall(undefined)).toEqual({
    sinceMs: 1_000,
    code: 'NotMoving',
    message: 'messages are held and none is acked',
  });
  expect(movement.stall({ code: 'Away', message: 'the store' })).toEqual({
    sinceMs: 1_000,
    code: 'Away',
    message: 'the store',
  });
});

test('1: each ack is movement while more is held; the last one ends the work', async () => {
  const { clock, movement } = linked();
  for (let time = 0; time < 3; time++) movement.take();
  await clock.advance(40_000);
  movement.release(true);
  await clock.advance(40_000);
  expect([movement.held, movement.stall(undefined)]).toEqual([2, undefined]);
  await clock.advance(20_000);
  expect(movement.stall(undefined)?.sinceMs).toBe(40_000);
  movement.release(true);
  movement.release(true);
  await clock.advance(1e9);
  expect([movement.held, movement.stall(undefined)]).toEqual([0, undefined]);
});

test('1: an ack that failed is no movement: work goes on from when it was had, though nothing is held for a while', async () => {
  const { clock, movement } = linked();
  movement.take();
  await clock.advance(30_000);
  movement.release(false);
  await clock.advance(100_000);
  expect([movement.held, movement.stall(undefined)]).toEqual([0, undefined]);
  movement.take();
  expect(movement.stall(undefined)?.sinceMs).toBe(0);
  movement.release(true);
  movement.take();
  expect(movement.stall(undefined)).toBeUndefined();
});

test('a later message does not make the work younger', async () => {
  const { clock, movement } = linked();
  movement.take();
  await clock.advance(50_000);
  movement.take();
  await clock.advance(10_000);
  expect(movement.stall(undefined)?.sinceMs).toBe(0);
});

test('a topic that was never subscribed to, or no longer is, stands still since then, however often it is tried', async () => {
  const { clock, movement } = setUp();
  await clock.advance(STALL_MS);
  expect(movement.stall(undefined)).toEqual({
    sinceMs: 0,
    code: 'NotMoving',
    message: 'the topic cannot be subscribed to',
  });
  movement.linked(true);
  expect(movement.stall(undefined)).toBeUndefined();
  await clock.advance(5_000);
  movement.linked(false);
  await clock.advance(30_000);
  movement.linked(false);
  await clock.advance(30_000);
  expect(movement.stall(undefined)?.sinceMs).toBe(65_000);
});

test('2: of several things that stand still the oldest is told; what an unlinked consumer has lost is not asked', async () => {
  const { clock, movement, setLost } = linked();
  setLost(500);
  await clock.advance(1_000);
  movement.take();
  await clock.advance(STALL_MS);
  expect(movement.stall(undefined)).toEqual({ sinceMs: 500, code: 'Lost', message: 'a partition' });
  setLost(2_000);
  expect(movement.stall(undefined)?.sinceMs).toBe(1_000);
  movement.release(true);
  expect(movement.stall(undefined)).toBeUndefined();
  await clock.advance(1_000);
  expect(movement.stall(undefined)?.code).toBe('Lost');
  movement.linked(false);
  expect(movement.stall(undefined)).toBeUndefined();
});
