/**
 * One timer for the earliest of many due times. Owns at most one sleeper on the clock.
 *
 * 1. It fires at or after the earliest time set since it last fired, possibly once too often, never too late.
 */
import type { Clock } from '@leasehold/kernel';
import { LONGEST_SLEEP_MS } from '../resilience/pause.ts';

export interface WakeTimer {
  set(atMs: number): void;
  clear(): void;
}

const MOVED = 'moved';

export function createWakeTimer(clock: Clock, fire: () => void): WakeTimer {
  let armed: { readonly atMs: number; readonly stop: AbortController } | undefined;
  const clear = (): void => {
    armed?.stop.abort(MOVED);
    armed = undefined;
  };
  return {
    set: (atMs) => {
      if (armed !== undefined && armed.atMs <= atMs) return;
      clear();
      const mine = { atMs, stop: new AbortController() };
      armed = mine;
      const waitMs = Math.min(Math.max(0, atMs - clock.now()), LONGEST_SLEEP_MS.value);
      clock.sleep(waitMs, mine.stop.signal).then(
        () => {
          if (armed === mine) armed = undefined;
          fire();
        },
        () => undefined,
      );
    },
    clear,
  };
}
