/**
 * Recursive least squares with forgetting (Haykin, Adaptive Filter Theory, ch. 10): a ridge regression that takes one row at a time.
 *
 * G1. Starts at zero weights; `ridge` says how much proof it wants before it leaves them.
 * G2. The covariance never grows without bound: forgetting pauses while nothing new is learned.
 */
export interface Regression {
  predict(row: Float64Array): number;
  /** @param error what came minus what was predicted now. */
  learn(row: Float64Array, error: number, weight: number): void;
}

/** Mean diagonal of the covariance above which nothing is forgotten. */
const MOST_SPREAD = 1_000;

export function createRegression(size: number, ridge: number, memory: number): Regression {
  const covariance = new Float64Array(size * size);
  const weights = new Float64Array(size);
  const gain = new Float64Array(size);
  for (let i = 0; i < size; i++) covariance[i * size + i] = 1 / ridge;
  const predict = (row: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (weights[i] as number) * (row[i] as number);
    return sum;
  };
  const spread = (row: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      let part = 0;
      const base = i * size;
      for (let j = 0; j < size; j++) part += (covariance[base + j] as number) * (row[j] as number);
      gain[i] = part;
      sum += part * (row[i] as number);
    }
    return sum;
  };
  const learn = (row: Float64Array, error: number, weight: number): void => {
    const scale = spread(row) + memory / weight;
    let trace = 0;
    for (let i = 0; i < size; i++) {
      const step = (gain[i] as number) / scale;
      weights[i] = (weights[i] as number) + step * error;
      const base = i * size;
      for (let j = 0; j < size; j++)
        covariance[base + j] = (covariance[base + j] as number) - step * (gain[j] as number);
      trace += covariance[base + i] as number;
    }
    if (trace / size < MOST_SPREAD)
      for (let i = 0; i < covariance.length; i++) covariance[i] = (covariance[i] as number) / memory;
  };
  return { predict, learn };
}
