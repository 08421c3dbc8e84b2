/** An outage is not a load: while it lasts replicas stay, an hour after it all is as before, and a load that is really gone is followed. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { policyOf } from './policy/policy.fixture.ts';
import { replay } from './replay.ts';
import { hoursGoal } from './tuning/goal.ts';

const START_MS = Date.UTC(2026, 2, 2);
const DAY_MS = 86_400_000;
const HIT_DAY = 4.5;
const DAYS = 6;

type Load = (index: number, day: number, chance: () => number) => number;
/** What is measured, `minute` after the trouble began, of what is true. */
type Trouble = (minute: number, load: number, index: number) => number;

const noisy = (value: number, chance: () => number): number => value * (1 + 0.05 * (2 * chance() - 1));
const LOADS: Readonly<Record<string, Load>> = {
  constant: () => 200,
  noisy: (_, __, chance) => noisy(200, chance),
  wave: (i, day, chance) => noisy(200 + 100 * Math.sin((2 * Math.PI * i) / day), chance),
};

const during = (minutes: number, what: (load: number, minute: number, index: number) => number): Trouble => {
  return (minute, load, index) => (minute >= 0 && minute < minutes ? what(load, minute, index) : load);
};
/** By the minutes that the trouble lasts. */
const TROUBLES: readonly (readonly [name: string, minutes: number, Trouble])[] = [
  ['zeros for 4 minutes', 4, during(4, () => 0)],
  ['zeros for 15 minutes', 15, during(15, () => 0)],
  ['zeros for an hour', 60, during(60, () => 0)],
  ['zeros for five hours', 300, during(300, () => 0)],
  ['nothing measured for an hour', 60, during(60, () => Number.NaN)],
  ['a hundredth for 10 minutes', 10, during(10, (load) => load / 100)],
  ['a third for 10 minutes', 10, during(10, (load) => load / 3)],
  ['half for 8 minutes', 8, during(8, (load) => load / 2)],
  ['every other value 0 for half an hour', 30, during(30, (load, _, index) => (index % 2 === 0 ? 0 : load))],
  ['one value of 1e9', 5, during(1, () => 1e9)],
  ['the same value for an hour', 60, during(60, () => 200)],
  [
    '4 minutes of zeros, every hour for six',
    304,
    (minute, load) => (minute % 60 < 4 && minute >= 0 && minute < 304 ? 0 : load),
  ],
  ['4 minutes of zeros, every day', 5, (minute, load) => (((minute % 1_440) + 1_440) % 1_440 < 4 ? 0 : load)],
];

interface Seen {
  readonly minute: number;
  readonly replicas: number;
}

function seen(
  load: Load,
  trouble: Trouble,
  stepS: number,
  days = DAYS,
  policy: object = {},
  tickS = stepS,
): readonly Seen[] {
  const [day, rng] = [86_400 / stepS, seededRng(5)];
  const values = Float64Array.from({ length: Math.round(days * day) }, (_, i) =>
    trouble(
      ((i - HIT_DAY * day) * stepS) / 60,
      load(i, day, () => rng.next()),
      i,
    ),
  );
  const options = { policy: policyOf(policy), goal: hoursGoal(120), capacity: 10, startupS: 120, tickS };
  const ticks = replay({ startMs: START_MS, stepMs: stepS * 1_000, values }, options, START_MS + 3 * DAY_MS);
  return [...ticks].map(({ atMs, decision }) => ({
    minute: (atMs - START_MS - HIT_DAY * DAY_MS) / 60_000,
    replicas: decision.replicas,
  }));
}

const most = (ticks: readonly Seen[]): number => Math.max(...ticks.map(({ replicas }) => replicas));

const CASES = Object.keys(LOADS).flatMap((load) =>
  TROUBLES.map(([name, minutes, trouble]) => ({ load, name, minutes, trouble })),
);

/** An outage of hours and a part of a load leave no more than the ceiling: half as much again as was ever there. */
const bounded = (name: string): number => (/third|half for|five hours/.test(name) ? 1.6 : 1.25);

test.each(CASES)('$load: after $name nothing that it taught is left', ({ load, name, minutes, trouble }) => {
  const stepS = 300;
  const usual = most(seen(LOADS[load] as Load, (_, value) => value, stepS));
  const ticks = seen(LOADS[load] as Load, trouble, stepS);
  const hit = ticks.filter(({ minute }) => minute >= 0 && minute < minutes + 10);
  expect(most(hit)).toBeLessThanOrEqual(1.25 * usual);
  const later = ticks.filter(({ minute }) => minute >= minutes + 60);
  expect(most(later)).toBeLessThanOrEqual(bounded(name) * usual);
  const soon = ticks.filter(({ minute }) => minute >= 0 && minute < Math.min(minutes, 15));
  if (load !== 'wave' && bounded(name) < 1.5)
    expect(Math.min(...soon.map(({ replicas }) => replicas))).toBeGreaterThanOrEqual(20);
});

test('minute by minute, 4 minutes of zeros leave nothing', () => {
  const zeros = during(4, () => 0);
  for (const load of [LOADS['constant'], LOADS['noisy']] as Load[])
    expect(most(seen(load, zeros, 60).filter(({ minute }) => minute > 0))).toBeLessThanOrEqual(30);
});

test('zeros before the first load teach nothing', () => {
  const late: Load = (i, day) => (i < day / 48 ? 0 : 200);
  expect(most(seen(late, (_, value) => value, 300))).toBeLessThanOrEqual(24);
});

test('what comes at once after an outage is followed, and not expected again the next day', () => {
  const backlog: Trouble = (minute, load) => {
    if (minute < 0 || minute >= 25) return load;
    return minute < 10 ? 0 : 3 * load;
  };
  const ticks = seen(LOADS['constant'] as Load, backlog, 300);
  const at = (minute: number) => ticks.find((each) => each.minute === minute)?.replicas ?? 0;
  expect(at(20)).toBeGreaterThanOrEqual(60);
  expect(most(ticks.filter(({ minute }) => minute >= 60))).toBeLessThanOrEqual(24);
});

test.each([
  ['to nothing', 0, 35],
  ['to a hundredth', 0.01, 25],
])('a load that is really gone %s is followed in a bounded time, and stays followed', (_, share, minutes) => {
  const gone: Trouble = (minute, value) => (minute >= 0 ? share * value : value);
  for (const load of Object.values(LOADS)) {
    const ticks = seen(load, gone, 300, 8.5, { min_replicas: 2 });
    const later = ticks.filter(({ minute }) => minute >= minutes);
    expect(most(later)).toBeLessThanOrEqual(3);
    expect(Math.min(...ticks.map(({ replicas }) => replicas))).toBeGreaterThanOrEqual(2);
  }
});

test('a load that is away every night is expected away, and there every morning, after the first ones', () => {
  const nights: Load = (i, day) => (i % day < day / 3 ? 0 : 200);
  const counts = seen(nights, (_, value) => value, 300, 8, {}, 60);
  const hours = (from: number, to: number) =>
    counts.filter(
      ({ minute }) => minute > 2 * 1_440 && (minute / 60 + 12) % 24 >= from && (minute / 60 + 12) % 24 < to,
    );
  expect(most(hours(1, 7))).toBe(1);
  expect(Math.min(...hours(8.25, 23.9).map(({ replicas }) => replicas))).toBeGreaterThanOrEqual(20);
});
