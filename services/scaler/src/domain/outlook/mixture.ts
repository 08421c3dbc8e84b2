/**
 * The say of each model in a mixture: weights by how likely each has made what then came (the fixed share of Herbster & Warmuth 1998
 * over log-likelihoods), kept apart by mood.
 *
 * X1. No weight ever falls to 0: a model that was wrong for weeks can come back within a day.
 * X2. Weights of a mood sum to 1.
 */
const RATE = 0.3;
const SHARE = 0.01;
const LEAST_RATIO = 1e-3;
/** Bounds between the five moods, in scales of the first model. */
const MOODS = [-3, -1, 1, 4];
const CALM = 2;

export interface Mixture {
  /** @param apart how far the second model is above the first, in scales of the first. @returns the mood. */
  moodOf(apart: number): number;
  weights(mood: number): Float64Array;
  /** @param likely how likely each model made the value. */
  learn(mood: number, likely: Float64Array): void;
}

export const FIRST_MOOD = CALM;

/** @param learns false keeps the first weights for good. */
export function createMixture(first: readonly number[], learns: boolean): Mixture {
  const shares = Array.from({ length: MOODS.length + 1 }, () => Float64Array.from(first));
  const learn: Mixture['learn'] = (mood, likely) => {
    if (!learns) return;
    const weights = shares[mood] as Float64Array;
    let best = 0;
    for (const each of likely) best = Math.max(best, each);
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      weights[k] = (weights[k] as number) * Math.max(LEAST_RATIO, (likely[k] as number) / best) ** RATE;
      sum += weights[k] as number;
    }
    for (let k = 0; k < weights.length; k++)
      weights[k] = ((1 - SHARE) * (weights[k] as number)) / sum + SHARE / weights.length;
  };
  return {
    moodOf: (apart) => MOODS.reduce((mood, edge) => (apart >= edge ? mood + 1 : mood), 0),
    weights: (mood) => shares[mood] as Float64Array,
    learn,
  };
}
