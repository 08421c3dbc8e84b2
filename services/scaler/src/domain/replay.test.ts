/** What a replay asks of a scaler, call by call: when, how long after the newest interval, and what it knows by then. */
import { expect, test, vi } from 'vitest';
import { policyOf } from './policy/policy.fixture.ts';
import { replay } from './replay.ts';
import type { Scaler } from './scaler.ts';
import { hoursGoal } from './tuning/goal.ts';

const START_MS = Date.UTC(2026, 2, 2);

/** The calls in their order; times in seconds since the first interval began. */
function calls(values: readonly number[], stepS: number, tickS: number, fromS: number): readonly string[] {
  const told: string[] = [];
  const options = { policy: policyOf({}), goal: hoursGoal(0), capacity: 10, startupS: 0, tickS };
  const listen = (scaler: Scaler): void => {
    const { sample, watch, act } = scaler;
    vi.spyOn(scaler, 'sample').mockImplementation((load) => {
      told.push(`sample ${load}`);
      sample(load);
    });
    vi.spyOn(scaler, 'watch').mockImplementation((atMs, offsetS) => {
      told.push(`watch ${(atMs - START_MS) / 1_000}+${offsetS}`);
      watch(atMs, offsetS);
    });
    vi.spyOn(scaler, 'act').mockImplementation((atMs, offsetS, requests, price) => {
      told.push(`act ${(atMs - START_MS) / 1_000}+${offsetS}`);
      expect([requests, price]).toEqual([[], undefined]);
      return act(atMs, offsetS, requests, price);
    });
  };
  const ticks = [
    ...replay({ startMs: START_MS, stepMs: stepS * 1_000, values }, options, START_MS + fromS * 1_000, listen),
  ];
  expect(ticks.map(({ atMs }) => `act ${(atMs - START_MS) / 1_000}`)).toEqual(
    told.filter((call) => call.startsWith('act')).map((call) => call.split('+')[0]),
  );
  return told;
}

test('history is watched from the first whole tick within the trace, decisions begin at their time (Q1, Q2)', () => {
  expect(calls([5, 6], 600, 240, 500)).toEqual([
    'watch 20+20',
    'watch 260+260',
    'act 500+500',
    'sample 5',
    'act 740+140',
    'act 980+380',
  ]);
});

test('a sample is known at the tick at which its interval ends; a tick of several intervals knows them all (Q1)', () => {
  expect(calls([5, 6, 7], 60, 60, 60)).toEqual(['watch 0+0', 'sample 5', 'act 60+0', 'sample 6', 'act 120+0']);
  expect(calls([5, 6, 7, 8, 9], 60, 150, 0)).toEqual(['act 0+0', 'sample 5', 'sample 6', 'act 150+30']);
});

test('a step is as long as it is: a load that rises is a trend after an hour of it', () => {
  const options = { policy: policyOf({}), goal: hoursGoal(0), capacity: 10, startupS: 0, tickS: 600 };
  const values = [10, 20, 30, 40, 50, 60, 70, 80];
  const ticks = [...replay({ startMs: START_MS, stepMs: 600_000, values }, options, START_MS)];
  const rising = ticks.map(({ decision }) => decision.proposals.some(({ reason }) => reason.code === 'OnlyRising'));
  expect(rising).toEqual([false, false, false, false, false, false, true, true]);
});
