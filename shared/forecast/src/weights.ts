/**
 * Weights of models by their errors: the inverse of each to a power.
 *
 * 1. They sum to 1; a model without any error has all the weight, and without a difference all are alike.
 */
const SHARPNESS = 3;
/** Errors below this share of the worst model's are as good as none: keeps a weight finite. */
const SMALLEST_SHARE = 1e-9;

/** Fills `into` with weights that sum to 1; those that are not heard have none. */
export function weigh(errors: Float64Array, heard: readonly boolean[], into: Float64Array): void {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let m = 0; m < errors.length; m++) {
    if (heard[m] !== true) continue;
    least = Math.min(least, errors[m] as number);
    most = Math.max(most, errors[m] as number);
  }
  const floor = most * SMALLEST_SHARE;
  let sum = 0;
  for (let m = 0; m < errors.length; m++) {
    const ratio = most === 0 ? 1 : (least + floor) / ((errors[m] as number) + floor);
    into[m] = heard[m] === true ? ratio ** SHARPNESS : 0;
    sum += into[m] as number;
  }
  for (let m = 0; m < errors.length; m++) into[m] = (into[m] as number) / sum;
}
