/**
 * Whether the process can work: its store and its bus, tried out when somebody asks, and whenever a call on them fails. A
 * backend away is no reason not to be ready; it is shown.
 *
 * 1. However often it is asked, only what changes is logged: away and why, and there again and after how long.
 * 2. What is away is looked at every `againMs` until it is there again, whether or not anybody asks; else nothing runs here.
 * 3. A look ends within `lookMs` or with the caller's signal, whatever the store does: what does not answer is away.
 * 4. Why something is away is told anew only when the reason is another one, at most once in `tellMs`.
 */
import type { Readiness } from '@leasehold/http';
import { asFault, bound, type Clock, type Fault, type Log, unavailable } from '@leasehold/kernel';
import type { Platform } from '../platform/compose.ts';
import { callWithin } from '../resilience/deadline.ts';

const LOOK_MS = bound('readiness look at one part ms', 1_500);
const AGAIN_MS = bound('readiness look while away ms', 1_000);
const TELL_MS = bound('readiness reason ms', 60_000);

export type Part = 'store' | 'bus';
const PARTS: readonly Part[] = ['store', 'bus'];

export interface ReadinessWatch {
  look(signal: AbortSignal): Promise<Readiness>;
  /** A call on the part failed as if it were away. */
  suspect(part: Part): void;
  close(): void;
}

export interface ReadinessOptions extends Pick<Platform, 'store' | 'bus'> {
  readonly clock: Clock;
  readonly log: Log;
  backends(): Readiness['backends'];
}

interface Away {
  readonly sinceMs: number;
  readonly fault: Fault;
  readonly toldAtMs: number;
}

export function createReadiness(options: ReadinessOptions): ReadinessWatch {
  const { clock } = options;
  const closing = new AbortController();
  const away = new Map<Part, Away>();
  const watched = new Set<Part>();
  const lookAt = async (part: Part, signal: AbortSignal): Promise<void> => {
    try {
      await tryOut(part, options, signal);
      tellBack(part, away.get(part), options);
      away.delete(part);
    } catch (error) {
      if (closing.signal.aborted) return;
      away.set(part, tellAway(part, asFault(error), away.get(part), options));
      watch(part);
    }
  };
  /** Until it is there again. */
  const watch = (part: Part): void => {
    if (watched.has(part)) return;
    watched.add(part);
    const loop = async (): Promise<void> => {
      while (away.has(part)) {
        await clock.sleep(AGAIN_MS.value, closing.signal);
        await lookAt(part, closing.signal);
      }
    };
    // Rejects only when it is closed.
    loop().then(
      () => watched.delete(part),
      () => undefined,
    );
  };
  const suspected = new Set<Part>();
  return {
    look: async (signal) => {
      await Promise.all(PARTS.map((part) => lookAt(part, signal)));
      const reasons = PARTS.flatMap((part) => {
        const fault = away.get(part)?.fault;
        return fault === undefined ? [] : [`the ${part} is away (${fault.message})`];
      });
      const backends = options.backends();
      return reasons.length === 0 ? { ready: true, backends } : { ready: false, reason: reasons.join('; '), backends };
    },
    suspect: (part) => {
      if (watched.has(part) || suspected.has(part) || closing.signal.aborted) return;
      suspected.add(part);
      void lookAt(part, closing.signal).finally(() => suspected.delete(part));
    },
    close: () => closing.abort(new Error('the watch over store and bus is closing')),
  };
}

function tryOut(part: Part, options: ReadinessOptions, signal: AbortSignal): Promise<void> {
  const onTime = () =>
    unavailable(`the ${part} did not answer within ${LOOK_MS.value} ms`, { code: 'StoreUnavailable', away: true });
  return callWithin(
    { clock: options.clock, timeoutMs: LOOK_MS.value, onTime },
    (inner) => options[part].ping(inner),
    signal,
  );
}

function tellAway(part: Part, fault: Fault, before: Away | undefined, { log, clock }: ReadinessOptions): Away {
  const nowMs = clock.now();
  const isNews = before === undefined || before.fault.message !== fault.message;
  if (before !== undefined && (!isNews || nowMs - before.toldAtMs < TELL_MS.value)) return before;
  log.warn(`the ${part} is away: not ready until it is back`, { reason: fault.message, error: fault });
  return { sinceMs: before?.sinceMs ?? nowMs, fault, toldAtMs: nowMs };
}

function tellBack(part: Part, before: Away | undefined, { log, clock }: ReadinessOptions): void {
  if (before !== undefined) log.info(`the ${part} is there again`, { away_ms: clock.now() - before.sinceMs });
}
