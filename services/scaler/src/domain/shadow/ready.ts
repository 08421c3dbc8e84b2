/**
 * Replicas that are ready: one that is asked for now is ready when the start-up delay has passed, one that is given back is gone at
 * once, the youngest first. So what is ready is the least that was wanted at any time within the delay.
 *
 * Y1. One step a tick, constant time on average, memory of one delay.
 */
export interface Readiness {
  /** @returns replicas ready now, with this many wanted from now on. */
  step(wanted: number): number;
}

export function createReadiness(startupTicks: number): Readiness {
  const size = startupTicks + 2;
  const values = new Int32Array(size);
  const times = new Float64Array(size);
  let head = 0;
  let length = 0;
  let tick = 0;
  const slot = (i: number): number => (head + i) % size;
  const step = (wanted: number): number => {
    while (length > 0 && (values[slot(length - 1)] as number) >= wanted) length -= 1;
    values[slot(length)] = wanted;
    times[slot(length)] = tick;
    length += 1;
    while ((times[head] as number) < tick - startupTicks) {
      head = (head + 1) % size;
      length -= 1;
    }
    tick += 1;
    return values[head] as number;
  };
  return { step };
}
