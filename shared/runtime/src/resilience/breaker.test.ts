/** The circuit by the clock that is handed in (1 to 4): what counts, when a trial may be made, and what is told of it. */
import type { Rng } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { type CallOutcome, createBreaker } from './breaker.ts';

const OPEN_MS = 10_000;
const outcome = (weight: 'strike' | 'answer' | 'given-up'): CallOutcome<never> => ({
  kind: 'error',
  error: weight,
  weight,
});
const value: CallOutcome<string> = { kind: 'value', value: 'yes' };

/** @param chance what the jitter draws, from 0 up to 1. */
function setUp(chance = 0.5) {
  const clock = manualClock();
  const told: string[] = [];
  const rng = { next: () => chance } as Rng;
  const breaker = createBreaker({
    clock,
    rng,
    failuresToOpen: 3,
    openMs: OPEN_MS,
    onStatus: (status) => told.push(status),
  });
  const run = (...outcomes: readonly CallOutcome<string>[]) =>
    outcomes.reduce(async (before, one) => {
      await before;
      expect(await breaker.run(async () => one)).toEqual(one);
    }, Promise.resolve());
  return { clock, breaker, told, run };
}
const open = async (chance?: number) => {
  const bench = setUp(chance);
  await bench.run(...Array(3).fill(outcome('strike')));
  return bench;
};

test('1: strikes in a row open it, an answer or a success between them does not let them add up', async () => {
  for (const between of [outcome('answer'), value]) {
    const { breaker, told, run } = setUp();
    await run(outcome('strike'), outcome('strike'), between, outcome('strike'), outcome('strike'));
    expect([breaker.status(), breaker.refusedForMs(), told]).toEqual(['closed', 0, []]);
    await run(outcome('strike'));
    expect([breaker.status(), told]).toEqual(['open', ['open']]);
  }
});

test('3: a call that was given up neither counts nor resets', async () => {
  const { breaker, run } = setUp();
  await run(outcome('strike'), outcome('given-up'), outcome('strike'), outcome('given-up'), outcome('given-up'));
  expect(breaker.status()).toBe('closed');
  await run(outcome('strike'));
  expect(breaker.status()).toBe('open');
});

test.each([
  [0, 7_500],
  [0.5, 10_000],
  [0.999999, 12_500],
])('2: it stays open for its time with a quarter more or less (%d)', async (chance, expectedMs) => {
  const { clock, breaker } = await open(chance);
  expect(breaker.refusedForMs()).toBe(expectedMs);
  await clock.advance(expectedMs - 1);
  expect(breaker.refusedForMs()).toBe(1);
  await clock.advance(1);
  expect(breaker.refusedForMs()).toBe(0);
  await clock.advance(60_000);
  expect([breaker.refusedForMs(), breaker.status()]).toEqual([0, 'open']);
});

test('2: while its trial is under way all others are refused for a whole time; a success closes it', async () => {
  const { clock, breaker, told } = await open();
  await clock.advance(OPEN_MS);
  const answer = Promise.withResolvers<CallOutcome<string>>();
  const trial = breaker.run(() => answer.promise);
  await clock.settle();
  expect([breaker.status(), breaker.refusedForMs()]).toEqual(['half-open', OPEN_MS]);
  answer.resolve(value);
  expect(await trial).toBe(value);
  expect([breaker.status(), breaker.refusedForMs(), told]).toEqual(['closed', 0, ['open', 'half-open', 'closed']]);
});

test('2: a forced call may be the trial at any time, and its answer closes it', async () => {
  const { breaker, told, run } = await open();
  await run(outcome('answer'));
  expect([breaker.status(), told]).toEqual(['closed', ['open', 'half-open', 'closed']]);
});

test.each(['strike', 'given-up'] as const)(
  '2, 3: a trial that ends as %s leaves it open, for a whole time anew',
  async (weight) => {
    const { clock, breaker, told, run } = await open();
    await clock.advance(OPEN_MS + 5_000);
    await run(outcome(weight));
    expect([breaker.status(), breaker.refusedForMs(), told]).toEqual(['open', OPEN_MS, ['open', 'half-open', 'open']]);
  },
);

test('after it closed it takes as many strikes as before to open again', async () => {
  const { breaker, run } = await open();
  await run(value, outcome('strike'), outcome('strike'));
  expect(breaker.status()).toBe('closed');
  await run(outcome('strike'));
  expect(breaker.status()).toBe('open');
});

test('4: what a call throws against the rules is thrown on, and no timer is ever set', async () => {
  const { clock, breaker } = setUp();
  await expect(breaker.run(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(clock.sleepers()).toBe(0);
});
