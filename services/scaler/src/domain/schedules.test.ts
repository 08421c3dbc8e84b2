/** A schedule, a request or a bound has its time: what it adds or takes is gone with it, and nobody pays for it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policyOf } from './policy/policy.fixture.ts';
import { replay } from './replay.ts';
import { createScaler } from './scaler.ts';
import { hoursGoal } from './tuning/goal.ts';

const START_MS = Date.UTC(2026, 2, 2);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const STEP_S = 300;

const options = (policy: object) => ({
  policy: policyOf(policy),
  goal: hoursGoal(120),
  capacity: 10,
  startupS: 120,
  tickS: 60,
});

function wanted(values: ArrayLike<number>, policy: object, fromDay = 1): readonly (readonly [number, number])[] {
  const recorded = { startMs: START_MS, stepMs: STEP_S * 1_000, values };
  return [...replay(recorded, options(policy), START_MS + fromDay * DAY_MS)].map(({ atMs, decision }) => [
    atMs,
    decision.replicas,
  ]);
}

const steps = (days: number): number => (days * 86_400) / STEP_S;
/** Replicas for a load of 10, at 70 %. */
const REST = 2;
const calm = (load: number, days: number) => new Float64Array(steps(days)).fill(load);
const waves = (days: number) =>
  Float64Array.from({ length: steps(days) }, (_, i) => 200 + 100 * Math.sin((2 * Math.PI * i) / steps(1)));
const minuteOf = (atMs: number): number => (atMs % DAY_MS) / MINUTE_MS;

test('a floor is left when its window ends, on every day of a fortnight', () => {
  const nightly = { cron: '30 2 * * *', duration_minutes: 30, min_replicas: 8 };
  for (const [atMs, replicas] of wanted(calm(10, 15), { schedules: [nightly] })) {
    const inside = minuteOf(atMs) >= 150 && minuteOf(atMs) < 180;
    expect([atMs, replicas]).toEqual([atMs, inside ? 8 : REST]);
  }
});

test('a ceiling is left when its window ends, and what is needed is there again', () => {
  const nightly = { cron: '0 1 * * *', duration_minutes: 120, max_replicas: 2 };
  for (const [atMs, replicas] of wanted(calm(95, 9), { schedules: [nightly] })) {
    const inside = minuteOf(atMs) >= 60 && minuteOf(atMs) < 180;
    if (inside) expect(replicas).toBe(2);
    else expect(replicas).toBeGreaterThanOrEqual(10);
  }
});

test('windows that overlap have the highest floor and the lowest ceiling that is open, and leave nothing behind', () => {
  const schedules = [
    { cron: '0 2 * * *', duration_minutes: 90, min_replicas: 6 },
    { cron: '0 3 * * *', duration_minutes: 60, min_replicas: 9 },
    { cron: '30 3 * * *', duration_minutes: 60, max_replicas: 7 },
  ];
  const at = (minute: number): number => {
    if (minute < 120 || minute >= 270) return REST;
    if (minute < 180) return 6;
    return minute < 210 ? 9 : minute < 240 ? 7 : REST;
  };
  for (const [atMs, replicas] of wanted(calm(10, 8), { schedules })) expect(replicas).toBe(at(minuteOf(atMs)));
});

test('outside its windows a schedule changes no decision, while a load comes and goes', () => {
  const plain = wanted(waves(4), {});
  const schedule = fc.record({
    hour: fc.nat(23),
    minutes: fc.integer({ min: 1, max: 300 }),
    replicas: fc.integer({ min: 40, max: 90 }),
    cooldown: fc.constantFrom(0, 300, 3_600),
  });
  fc.assert(
    fc.property(schedule, ({ hour, minutes, replicas, cooldown }) => {
      const schedules = [{ cron: `0 ${hour} * * *`, duration_minutes: minutes, min_replicas: replicas }];
      const bare = cooldown === 300 ? plain : wanted(waves(4), { cooldown_seconds: cooldown });
      wanted(waves(4), { schedules, cooldown_seconds: cooldown }).forEach(([atMs, count], i) => {
        const open = (minuteOf(atMs) - hour * 60 + 1_440) % 1_440 < minutes;
        expect([atMs, count]).toEqual([atMs, open ? Math.max(replicas, bare[i]?.[1] as number) : bare[i]?.[1]]);
      });
    }),
    { numRuns: 3 },
  );
});

test('what somebody asked for is gone when its time is over, and so often', () => {
  const scaler = createScaler({ ...options({}), stepS: STEP_S });
  for (let day = 0; day < 8; day++)
    for (let minute = 0; minute < 1_440; minute++) {
      if (minute % 5 === 0 && day + minute > 0) scaler.sample(10);
      const atMs = START_MS + day * DAY_MS + minute * MINUTE_MS;
      const from = Math.floor(minute / 240) * 240;
      const untilMs = START_MS + day * DAY_MS + (from + 60) * MINUTE_MS;
      const { replicas } = scaler.act(atMs, (minute % 5) * 60, [{ replicas: 5, untilMs, reason: 'launch' }], undefined);
      if (day > 0) expect([minute, replicas]).toEqual([minute, minute - from < 60 ? 5 : REST]);
    }
});
