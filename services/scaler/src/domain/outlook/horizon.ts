/**
 * What will be some steps from now: four models, each with the distribution of its own errors, mixed by how likely each has made
 * what then came.
 *
 * H1. The models: a regression on lags, means and calendar; the newest value changed as it changed a day ago; what this time of day
 *     usually is; the newest value changed as it changed a week ago.
 * H2. Weights are kept apart by how much the day before disagrees with the regression: who is right in calm is not who is right
 *     when a burst is due.
 * H3. A forecast is scored when its value comes, never before.
 */
import { createExpert, type Expert, SCALE_SIZE } from './expert.ts';
import { fillLocation, LOCATION_SIZE, type Spans } from './features.ts';
import { createMixture, FIRST_MOOD, type Mixture } from './mixture.ts';
import type { Past } from './past.ts';
import { createMeasure, type Quality } from './quality.ts';
import { createRegression, type Regression } from './regression.ts';

export const MODELS = ['regression', 'as yesterday', 'time of day', 'as last week'] as const;
export type ModelName = (typeof MODELS)[number];
const FIRST_WEIGHTS = [0.7, 0.1, 0.1, 0.1];
const RIDGE = 1;
const MEMORY = 0.9998;
const MOST_ROW_WEIGHT = 10;
const CLIP = 6;
/** Weight below which a model is left out of a sum, and out of what is called hardly ever passed. */
const IGNORED = 0.004;
const HEAVY = 0.02;
const TOP_SCALES = 12;
const LEAST_USUAL = 1e-6;

interface Made {
  readonly row: Float64Array;
  readonly rows: readonly Float64Array[];
  readonly locations: Float64Array;
  readonly scales: Float64Array;
  from: number;
  index: number;
  mood: number;
}

export interface Horizon {
  readonly steps: number;
  quality(): Quality;
  /** Scores what was forecast for the newest value, then forecasts; called after each push. */
  advance(learns: boolean): void;
  /** Forecasts that are under way will not be scored. */
  forget(): void;
  /** Share of probability above a root. */
  over(root: number): number;
  /** The leading model's location: the middle of the forecast, as a root. */
  middle(): number;
  /** A root that is hardly ever passed. */
  top(): number;
  weights(): Readonly<Record<ModelName, number>>;
}

const emptyMade = (): Made => ({
  row: new Float64Array(LOCATION_SIZE),
  rows: MODELS.map(() => new Float64Array(SCALE_SIZE)),
  locations: new Float64Array(MODELS.length),
  scales: new Float64Array(MODELS.length),
  from: 0,
  index: -1,
  mood: FIRST_MOOD,
});

/** Where the three models of H1 that need no learning see the value; lags that lie ahead of the past read the newest value. */
function place(past: Past, target: number, locations: Float64Array): void {
  const last = past.last();
  const now = past.at(last);
  const changed = (lag: number): number =>
    last >= lag ? now + past.at(Math.min(last, target - lag)) - past.at(last - lag) : now;
  const usual = past.profile(target);
  locations[1] = changed(past.daySteps);
  locations[2] = last >= past.daySteps && !Number.isNaN(usual) ? usual : now;
  locations[3] = changed(past.weekSteps);
}

/** Scores a forecast whose value has come; the models then learn from it. */
function createScorer(past: Past, location: Regression, experts: readonly Expert[], mixture: Mixture, lead: number) {
  const measured = createMeasure();
  const likely = new Float64Array(experts.length);
  const score = (made: Made, value: number): void => {
    const usual = past.change() || LEAST_USUAL;
    const weights = mixture.weights(made.mood);
    let chance = 0;
    for (let k = 0; k < experts.length; k++) {
      const expert = experts[k] as Expert;
      const [spot, scale] = [made.locations[k] as number, made.scales[k] as number];
      chance += (weights[k] as number) * expert.overAt(value, spot, scale);
      likely[k] = expert.likelihood(value, spot, scale) + 0.002 / (20 * scale + 20 * usual);
    }
    measured.add(Math.abs(value - (made.locations[lead] as number)), Math.abs(value - made.from), chance);
    const scale = made.scales[0] as number;
    const weight = (usual * usual) / (scale * scale + (0.05 * usual) ** 2 + 1e-12);
    const most = CLIP * scale + usual;
    const missed = value - made.from - location.predict(made.row);
    location.learn(made.row, Math.max(-most, Math.min(most, missed)), Math.min(MOST_ROW_WEIGHT, weight));
    mixture.learn(made.mood, likely);
    for (let k = 0; k < experts.length; k++) {
      const [spot, size] = [made.locations[k] as number, made.scales[k] as number];
      (experts[k] as Expert).learn(made.index, value, spot, size, made.rows[k] as Float64Array, usual);
    }
  };
  return { score, quality: measured.quality };
}

/** @param only the one model that is to speak, to see what it is worth alone. */
export function createHorizon(past: Past, spans: Spans, steps: number, only: ModelName | undefined): Horizon {
  const lead = only === undefined ? 0 : MODELS.indexOf(only);
  const first = only === undefined ? FIRST_WEIGHTS : MODELS.map((name) => (name === only ? 1 : 0));
  const location = createRegression(LOCATION_SIZE, RIDGE, MEMORY);
  const experts: readonly Expert[] = MODELS.map(() => createExpert(past.daySteps));
  const mixture = createMixture(first, only === undefined);
  const scorer = createScorer(past, location, experts, mixture, lead);
  const ring: readonly Made[] = Array.from({ length: steps + 1 }, emptyMade);
  let mixed = mixture.weights(FIRST_MOOD);

  const forecast = (made: Made): void => {
    const last = past.last();
    fillLocation(past, spans, steps, made.row);
    made.locations[0] = past.at(last) + location.predict(made.row);
    place(past, last + steps, made.locations);
    for (let k = 0; k < experts.length; k++) {
      const expert = experts[k] as Expert;
      expert.forecast(past, spans, steps, made.locations[k] as number, made.rows[k] as Float64Array);
      made.scales[k] = expert.scale();
    }
    const apart = ((made.locations[1] as number) - (made.locations[0] as number)) / (made.scales[0] as number);
    made.mood = mixture.moodOf(apart);
    made.from = past.at(last);
    made.index = last + steps;
    mixed = mixture.weights(made.mood);
  };
  const advance = (learns: boolean): void => {
    const last = past.last();
    const due = ring[last % ring.length] as Made;
    if (due.index === last && learns) scorer.score(due, past.at(last));
    forecast(ring[(last + steps) % ring.length] as Made);
  };
  const over = (root: number): number => {
    let sum = 0;
    for (let k = 0; k < experts.length; k++) {
      const weight = mixed[k] as number;
      if (weight >= IGNORED) sum += weight * (experts[k] as Expert).over(root);
    }
    return sum;
  };
  const top = (): number => {
    const reach = experts.map((expert, k) =>
      k === lead || (mixed[k] as number) >= HEAVY ? expert.location() + TOP_SCALES * expert.scale() : 0,
    );
    return Math.max(0, ...reach);
  };
  return {
    steps,
    advance,
    forget: () => {
      for (const made of ring) made.index = -1;
    },
    quality: scorer.quality,
    over,
    middle: () => Math.max(0, (experts[lead] as Expert).location()),
    top,
    weights: () => Object.fromEntries(MODELS.map((name, k) => [name, mixed[k]])) as Record<ModelName, number>,
  };
}
