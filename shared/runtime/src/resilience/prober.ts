/**
 * Keeps guards honest: probes a backend often while it is down or unknown, rarely while it is up. Owns one loop for each
 * guard; the guard closes its own circuit and tells who listens.
 *
 * 1. A backend that goes down is probed at the quick pace at once, not after the long wait that was under way.
 * 2. Waits are spread by jitter, so that replicas do not probe in step.
 */
import { bound } from '@leasehold/kernel';
import type { Guard, Prober, ProberOptions } from './guard.port.ts';
import { createPause } from './pause.ts';

const EVERY_MS = bound('probe interval ms', 30_000);
const DOWN_EVERY_MS = bound('probe interval while down ms', 2_000);

export function startProber(guards: readonly Guard[], options: ProberOptions): Prober {
  const loops = guards.map((guard) => startLoop(guard, options));
  return {
    close: async () => {
      await Promise.all(loops.map((stop) => stop()));
    },
  };
}

function startLoop(guard: Guard, options: ProberOptions): () => Promise<void> {
  const { clock, everyMs = EVERY_MS, downEveryMs = DOWN_EVERY_MS } = options;
  const rng = options.rng.fork(guard.backend.name);
  const stop = new AbortController();
  const pause = createPause(clock);
  let waitsLong = false;
  const forget = guard.onChange((state) => {
    if (waitsLong && state.status === 'down') pause.wake();
  });
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const { status } = await guard.probe(stop.signal);
      if (stop.signal.aborted) break;
      const bound = status === 'up' ? everyMs : downEveryMs;
      waitsLong = status === 'up';
      await pause.wait(bound.value * (0.8 + 0.4 * rng.next()));
      waitsLong = false;
    }
  })();
  return async () => {
    forget();
    stop.abort();
    pause.wake();
    await loop;
  };
}
