/**
 * A policy replayed over a recorded load: what it would have wanted at each tick, knowing at each only what was known then.
 *
 * Q1. A sample is known when its interval has ended. What came before `fromMs` is history: it teaches, nothing is decided on it.
 * Q2. Ticks lie at whole multiples of the tick from `fromMs`, up to the end of the last interval.
 * Q3. Cutting off the rows after a moment changes nothing before it.
 */
import type { Decision } from './decide/situation.ts';
import { createScaler, type Scaler, type ScalerOptions } from './scaler.ts';

export interface Recorded {
  /** Start of the first interval, ms since the epoch. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: ArrayLike<number>;
}

export interface Replayed {
  readonly atMs: number;
  readonly decision: Decision;
}

export type ReplayOptions = Omit<ScalerOptions, 'stepS'>;

export function* replay(
  recorded: Recorded,
  options: ReplayOptions,
  fromMs: number,
  seen?: (scaler: Scaler) => void,
): Generator<Replayed> {
  const { startMs, stepMs, values } = recorded;
  const tickMs = options.tickS * 1_000;
  const scaler = createScaler({ ...options, stepS: stepMs / 1_000 });
  seen?.(scaler);
  const endMs = startMs + values.length * stepMs;
  let known = 0;
  const first = fromMs - Math.floor((fromMs - startMs) / tickMs) * tickMs;
  for (let atMs = first; atMs < endMs; atMs += tickMs) {
    while (startMs + (known + 1) * stepMs <= atMs) {
      scaler.sample(values[known] as number);
      known += 1;
    }
    const offsetS = (atMs - startMs - known * stepMs) / 1_000;
    if (atMs < fromMs) scaler.watch(atMs, offsetS);
    else yield { atMs, decision: scaler.act(atMs, offsetS, [], undefined) };
  }
}
