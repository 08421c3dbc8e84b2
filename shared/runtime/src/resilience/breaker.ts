/**
 * The circuit breaker: cockatiel's state machine, driven by the clock that is handed in. Owns what counts as a strike and
 * when a trial may be made; leaves health and metrics to guard.ts.
 *
 * 1. Only an outcome marked as a strike counts; every answer resets the count.
 * 2. While open, calls are refused until `openMs` (with jitter) has passed; then one trial goes through, the others are
 *    still refused. A forced call (a probe) may be that trial at any time.
 * 3. A call that its caller gave up says nothing about the backend: it neither counts nor resets, and as a trial it leaves
 *    the circuit open.
 * 4. No timer is ever set, and the machine's clock decides nothing: cockatiel's own waiting time is always over.
 */
import type { Clock, Rng } from '@leasehold/kernel';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult, type IBackoff } from 'cockatiel';
import type { CircuitStatus } from './guard.port.ts';

export type CallOutcome<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown; readonly weight: 'strike' | 'answer' | 'given-up' };

export interface Breaker {
  status(): CircuitStatus;
  /** Milliseconds until a call is worth trying; 0: now. */
  refusedForMs(): number;
  /** Runs a call that never rejects; the caller has asked `refusedForMs` before. */
  run<T>(call: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>>;
}

export interface BreakerOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly failuresToOpen: number;
  readonly openMs: number;
  onStatus(status: CircuitStatus): void;
}

/** How cockatiel sees it: its own wait is over before it began. */
const noWait: IBackoff<unknown> = { duration: Number.NEGATIVE_INFINITY, next: () => noWait };

const STATUS: Readonly<Record<CircuitState, CircuitStatus>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};

const isStrike = (outcome: unknown): boolean => {
  const { kind, weight } = outcome as { kind?: unknown; weight?: unknown };
  return kind === 'error' && weight === 'strike';
};

export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, rng, openMs } = options;
  let openUntilMs = 0;
  const policy = circuitBreaker(handleWhenResult(isStrike), {
    breaker: new ConsecutiveBreaker(options.failuresToOpen),
    halfOpenAfter: noWait,
  });
  policy.onStateChange((state) => {
    if (state === CircuitState.Open) openUntilMs = clock.now() + openMs * (0.75 + 0.5 * rng.next());
    options.onStatus(STATUS[state]);
  });
  return {
    status: () => STATUS[policy.state],
    refusedForMs: () => {
      if (policy.state === CircuitState.Closed) return 0;
      if (policy.state === CircuitState.HalfOpen) return openMs;
      return Math.max(0, Math.ceil(openUntilMs - clock.now()));
    },
    run: async (call) => {
      const trial = policy.state !== CircuitState.Closed;
      let givenUp: CallOutcome<never> | undefined;
      try {
        const seen = await policy.execute(async () => {
          const outcome = await call();
          if (outcome.kind === 'value' || outcome.weight !== 'given-up') return outcome;
          givenUp = outcome;
          // Thrown, it counts for nothing; as a trial it must not close the circuit, so there it is a strike.
          if (!trial) throw outcome.error;
          return { ...outcome, weight: 'strike' as const };
        });
        return givenUp ?? seen;
      } catch (error) {
        if (givenUp !== undefined) return givenUp;
        throw error;
      }
    },
  };
}
