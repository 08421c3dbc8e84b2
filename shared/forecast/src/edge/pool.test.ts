import { expect, test } from 'vitest';
import { type ForecastJob, runJob } from './job.ts';
import { createForecastPool } from './pool.ts';

const job = (seed: number): ForecastJob => ({
  startMs: Date.UTC(2026, 0, 5),
  stepMs: 3_600_000,
  values: Float64Array.from({ length: 48 }, (_, i) => 10 + seed + (i % 24)),
  steps: 3,
  levels: [0.05, 0.95],
});

test('a thread answers what this one would, each job its own', async () => {
  await using pool = createForecastPool({ threads: 2 });
  const answers = await Promise.all([1, 2, 3, 4, 5].map((seed) => pool.forecast(job(seed))));
  for (const [index, answer] of answers.entries()) {
    const here = runJob(job(index + 1), undefined);
    expect([...answer.median]).toEqual([...here.median]);
    expect(answer.quantiles.map((row) => row.length)).toEqual([3, 3]);
  }
});

test('a job goes on from what an earlier answer left, and refuses what was left by another', async () => {
  await using pool = createForecastPool({ threads: 1 });
  const whole = job(1);
  const first = await pool.forecast({ ...whole, values: whole.values.slice(0, 40) });
  const second = await pool.forecast({ ...whole, from: first.snapshot, values: whole.values.slice(40) });
  const { median, fromMs } = await pool.forecast(whole);
  expect(second.fromMs).toBe(fromMs);
  median.forEach((value, i) => {
    expect((second.median[i] as number) / value).toBeCloseTo(1, 3);
  });
  const other = pool.forecast({ ...whole, startMs: whole.startMs + 1, from: first.snapshot });
  await expect(other).rejects.toMatchObject({ class: 'Invalid', code: 'InvalidSnapshot' });
});

test('a job that makes no sense fails alone, with its class; the thread lives on (2)', async () => {
  await using pool = createForecastPool({ threads: 1 });
  const bad = pool.forecast({ ...job(1), stepMs: -1 });
  const good = pool.forecast(job(2));
  await expect(bad).rejects.toMatchObject({ class: 'Invalid', message: expect.stringContaining('stepMs') });
  await expect(good).resolves.toBeDefined();
});

test('a job over its time is stopped, and the next one runs in a new thread (1, 2)', async () => {
  await using pool = createForecastPool({ threads: 1, jobMs: 1 });
  await expect(pool.forecast(job(1))).rejects.toMatchObject({ class: 'Unavailable', code: 'ForecastThreadLost' });
  await expect(pool.forecast(job(2))).rejects.toMatchObject({ code: 'ForecastThreadLost' });
});

test('too many values are refused at once (1)', async () => {
  await using pool = createForecastPool({ threads: 1 });
  await expect(pool.forecast({ ...job(1), values: new Float64Array(500_001) })).rejects.toMatchObject({
    code: 'InvalidJob',
  });
});

test('a closed pool fails what waits and takes no more (3)', async () => {
  const pool = createForecastPool({ threads: 1 });
  const waiting = [pool.forecast(job(1)), pool.forecast(job(2))];
  const settled = Promise.allSettled(waiting);
  await pool[Symbol.asyncDispose]();
  for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { code: 'ForecastPoolClosed' } });
  await expect(pool.forecast(job(3))).rejects.toMatchObject({ code: 'ForecastPoolClosed' });
});
