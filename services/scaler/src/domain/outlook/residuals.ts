/**
 * The distribution of a model's standardised errors, as a histogram that forgets: the empirical quantiles of split conformal
 * prediction (Vovk et al.; with weights that decay, Barber et al. 2023, "Conformal prediction beyond exchangeability"), at every level.
 *
 * R1. Memory and time of one error do not grow with their number.
 * R2. `over` falls from 1 to 0 and never to 0 within the table: what was not seen yet may still come.
 */
const LOW = -10;
const HIGH = 40;
const WIDTH = 0.1;
const BINS = Math.round((HIGH - LOW) / WIDTH);
/** Errors after which one weighs 1/e less, and how many come between two sums of the table. */
const MEMORY = 2_000;
const EVERY = 24;
const EAGER = 200;
/** Density is read over this many bins on each side. */
const NEAR = 2;

export interface Residuals {
  add(standardised: number): void;
  /** Share of errors above this one. */
  over(standardised: number): number;
  /** Density near this error, per unit of standardised error. */
  density(standardised: number): number;
}

export function createResiduals(): Residuals {
  const counts = new Float64Array(BINS);
  const above = new Float64Array(BINS + 1);
  const fade = Math.exp(-EVERY / MEMORY);
  let total = 0;
  let added = 0;
  const binOf = (z: number): number => Math.max(0, Math.min(BINS - 1, Math.floor((z - LOW) / WIDTH)));
  const tabulate = (): void => {
    let sum = 0;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      sum += counts[bin] as number;
      above[bin] = (sum + 0.3) / (total + 1);
    }
  };
  const add = (z: number): void => {
    const bin = binOf(z);
    counts[bin] = (counts[bin] as number) + 1;
    total += 1;
    added += 1;
    const due = added % EVERY === 0;
    if (due) {
      for (let i = 0; i < BINS; i++) counts[i] = (counts[i] as number) * fade;
      total *= fade;
    }
    if (due || added < EAGER) tabulate();
  };
  const over = (z: number): number => {
    const at = (z - LOW) / WIDTH;
    if (at < 0) return 1;
    if (at >= BINS - 1) return 0;
    const bin = Math.floor(at);
    const part = at - bin;
    return (above[bin] as number) * (1 - part) + (above[bin + 1] as number) * part;
  };
  const density = (z: number): number => {
    const from = Math.max(0, binOf(z) - NEAR);
    const to = Math.min(BINS, binOf(z) + NEAR + 1);
    return Math.max(1e-6, (above[from] as number) - (above[to] as number)) / ((to - from) * WIDTH);
  };
  return { add, over, density };
}
