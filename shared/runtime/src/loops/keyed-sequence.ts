/**
 * Jobs by lane: one after the other within a lane, side by side across lanes. Owns order only; how many run at once is
 * bounded by whoever adds them.
 *
 * 1. Jobs of one lane start in the order in which they were added, each after the end of the one before.
 * 2. A lane without jobs costs nothing.
 */
export interface KeyedSequence {
  /** The job must not reject. */
  add(lane: string, job: () => Promise<void>): void;
  /** Resolves when no job is left. */
  idle(): Promise<void>;
}

export function createKeyedSequence(): KeyedSequence {
  const lanes = new Map<string, (() => Promise<void>)[]>();
  let waiters: (() => void)[] = [];
  const drain = async (lane: string, jobs: (() => Promise<void>)[]): Promise<void> => {
    for (let job = jobs[0]; job !== undefined; job = jobs[0]) {
      await job();
      jobs.shift();
    }
    lanes.delete(lane);
    if (lanes.size > 0) return;
    for (const resolve of waiters) resolve();
    waiters = [];
  };
  return {
    add: (lane, job) => {
      const jobs = lanes.get(lane);
      if (jobs !== undefined) {
        jobs.push(job);
        return;
      }
      const made = [job];
      lanes.set(lane, made);
      void drain(lane, made);
    },
    idle: () => (lanes.size === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}
