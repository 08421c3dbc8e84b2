import { bound } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createRateLimit } from './limit.ts';

/** A call in 8 ms, four at once. */
function setUp(subjects = 100) {
  const clock = manualClock();
  const limit = createRateLimit(clock, {
    ratePerSecond: bound('test rate', 125),
    rateBurst: bound('test burst', 4),
    subjects: bound('test subjects', subjects),
  });
  const take = (subject: string, times = 1): readonly number[] =>
    Array.from({ length: times }, () => limit.take(subject));
  return { clock, take };
}

test('a burst passes, then a caller is told how long the next call has to wait', async () => {
  const { clock, take } = setUp();
  expect(take('ada', 5)).toEqual([0, 0, 0, 0, 8]);
  await clock.advance(3);
  expect(take('ada')).toEqual([5]);
  await clock.advance(4);
  expect(take('ada')).toEqual([1]);
  await clock.advance(1);
  expect(take('ada', 2)).toEqual([0, 8]);
});

test('what was refused costs nothing', async () => {
  const { clock, take } = setUp();
  take('ada', 40);
  await clock.advance(8);
  expect(take('ada', 2)).toEqual([0, 8]);
});

test('who is quiet has the burst again, and no more than that', async () => {
  const { clock, take } = setUp();
  take('ada', 4);
  await clock.advance(3_600_000);
  expect(take('ada', 5)).toEqual([0, 0, 0, 0, 8]);
});

test('subjects do not share', () => {
  const { take } = setUp();
  expect([take('ada', 5).at(-1), take('bob', 4)]).toEqual([8, [0, 0, 0, 0]]);
});

test('a clock that goes back gives nothing and takes nothing', async () => {
  const { clock, take } = setUp();
  take('ada', 3);
  await clock.advance(-10_000);
  expect(take('ada', 2)).toEqual([0, 8]);
  await clock.advance(8);
  expect(take('ada', 2)).toEqual([0, 8]);
});

test('of more subjects than are remembered the one that was quiet longest is forgotten', () => {
  const { take } = setUp(2);
  take('ada', 4);
  take('bob', 4);
  // Ada is not the quietest any more.
  take('ada');
  take('eve', 4);
  expect([take('ada'), take('eve')]).toEqual([[8], [8]]);
  expect(take('bob')).toEqual([0]);
});
