/**
 * Time as a value that is handed in. Nothing in this product reads the machine's clock by itself, so that a test or the
 * simulation can own time.
 *
 * 1. `now` is milliseconds since the epoch, UTC.
 * 2. `sleep` rejects with the signal's reason when the signal is aborted, and never leaves a timer behind.
 */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

export const isoTime = (ms: number): string => new Date(ms).toISOString();
