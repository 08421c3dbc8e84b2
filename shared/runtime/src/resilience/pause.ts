/**
 * A wait of one loop that can be cut short. Owns one timer at a time.
 *
 * 1. `wake` ends the wait under way, or the next one if none is: a wake is never lost.
 * 2. A wait is cut into pieces that every timer can bear (`setTimeout` fires at once beyond 2^31 ms).
 */
import { type Bound, bound, type Clock } from '@leasehold/kernel';

/** No single timer is set for longer: a due time may be weeks away. */
export const LONGEST_SLEEP_MS: Bound = bound('longest sleep ms', 3_600_000);

export interface Pause {
  wait(ms: number): Promise<void>;
  wake(): void;
}

const WOKEN = 'woken';

export function createPause(clock: Clock): Pause {
  let timer: AbortController | undefined;
  let woken = false;
  return {
    wait: async (ms) => {
      const untilMs = clock.now() + ms;
      while (!woken) {
        const leftMs = untilMs - clock.now();
        if (leftMs <= 0) break;
        timer = new AbortController();
        await clock.sleep(Math.min(leftMs, LONGEST_SLEEP_MS.value), timer.signal).catch(() => undefined);
        timer = undefined;
      }
      woken = false;
    },
    wake: () => {
      woken = true;
      timer?.abort(WOKEN);
    },
  };
}
