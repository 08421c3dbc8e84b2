/**
 * Plain shapes of load, seeded: what services look like on their first days, in quiet, and after a change. Each is given as a function of the
 * time in days before the end of the history, so that a shape has the same end whatever the length of what is known.
 */
import { seededRng } from '@leasehold/kernel';

export interface Shape {
  readonly name: string;
  /** The load at each step of the last so many days. */
  readonly values: (days: number, stepsADay: number) => Float64Array;
}

type At = (daysToEnd: number, chance: () => number, index: number) => number;

const shape = (name: string, at: At): Shape => ({
  name,
  values: (days, stepsADay) => {
    const rng = seededRng(7);
    const length = Math.max(1, Math.round(days * stepsADay));
    return Float64Array.from({ length }, (_, i) => at((length - 1 - i) / stepsADay, () => rng.next(), i));
  },
});

const wave = (t: number): number => Math.sin(-2 * Math.PI * t);
const noisy = (value: number, share: number, chance: () => number): number =>
  Math.max(0, value * (1 + share * (2 * chance() - 1)));
const after = (t: number, days: number): boolean => t < days;

export const SHAPES: readonly Shape[] = [
  shape('constant', () => 20),
  shape('zero', () => 0),
  shape('a step up by a tenth, a day ago', (t) => (after(t, 1) ? 22 : 20)),
  shape('a step down by a tenth, an hour ago', (t) => (after(t, 1 / 24) ? 18 : 20)),
  shape('a step up to 25 times, a day ago', (t) => (after(t, 1) ? 500 : 20)),
  shape('a step down to a hundredth, two days ago', (t) => (after(t, 2) ? 5 : 500)),
  shape('a step down to a hundredth, six hours ago', (t) => (after(t, 0.25) ? 5 : 500)),
  shape('a step down to a hundredth, ten minutes ago', (t) => (after(t, 1 / 144) ? 5 : 500)),
  shape('a noisy step up, two days ago', (t, chance) => noisy(after(t, 2) ? 60 : 20, 0.1, chance)),
  shape('two levels, hour by hour', (t) => (Math.floor(t * 24) % 2 === 0 ? 30 : 90)),
  shape('two levels by chance', (_, chance) => (chance() < 0.5 ? 30 : 90)),
  shape('a ramp', (_t, _chance, i) => 10 + 0.05 * i),
  shape('a ramp with noise', (_t, chance, i) => noisy(10 + 0.05 * i, 0.1, chance)),
  shape('a ramp that has ended', (t, _chance, i) => (after(t, 0.5) ? 300 : Math.min(300, 10 + 0.2 * i))),
  shape('a falling ramp', (t) => 5 + 30 * t),
  shape('a wave', (t) => 100 + 80 * wave(t)),
  shape('a wave with noise', (t, chance) => noisy(100 + 80 * wave(t), 0.05, chance)),
  shape('a wave that has stopped', (t, chance) => (after(t, 0.75) ? 100 : noisy(100 + 80 * wave(t), 0.05, chance))),
  shape('a wave that has tripled', (t, chance) => noisy((after(t, 1.5) ? 3 : 1) * (100 + 80 * wave(t)), 0.05, chance)),
  shape('a working day', (t) => (wave(t) > 0.3 ? 80 : 4)),
  shape('few whole numbers', (_, chance) => Math.floor(4 * chance())),
  shape('whole numbers of a wave', (t, chance) => Math.round(noisy(10 + 8 * wave(t), 0.2, chance))),
  shape('hardly ever more than zero', (_, chance) => (chance() < 0.03 ? 40 : 0)),
  shape('zeros, then a busy day', (t, chance) => (after(t, 1) ? noisy(100 + 80 * wave(t), 0.1, chance) : 0)),
  shape('busy, then zeros for a day', (t, chance) => (after(t, 1) ? 0 : noisy(100 + 80 * wave(t), 0.1, chance))),
  shape('spikes', (t, chance) => noisy(Math.abs((t % 0.25) - 0.1) < 0.005 ? 400 : 20, 0.05, chance)),
  shape('one outlier of five, hours ago', (t) => (Math.round(t * 288) === 60 ? 100 : 20)),
  shape('a growing spread', (t, chance) => 50 + (40 / (1 + t)) * (2 * chance() - 1)),
  shape('a trace of noise, then much', (t, chance) => noisy(50, after(t, 1) ? 0.4 : 0.0001, chance)),
  shape('much noise, then none', (t, chance) => (after(t, 1) ? 50 : noisy(50, 0.4, chance))),
  shape('with gaps', (t, chance) => (chance() < 0.2 ? Number.NaN : noisy(100 + 80 * wave(t), 0.05, chance))),
  shape('with a day missing', (t, chance) => (t > 1 && t < 2 ? Number.NaN : noisy(100 + 80 * wave(t), 0.05, chance))),
  shape('exponential growth', (t) => 10 + 500 * 0.5 ** t),
];
