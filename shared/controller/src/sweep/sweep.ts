/**
 * The sweep: finished owners observed at the start, when a backend is back, and now and then. One replica leads; it lists,
 * compares and has the ordinary run repair what it finds, before which new owners go.
 *
 * W1. One replica sweeps at a time, and one call of the sweep is under way at a time.
 * W2. A listing comes first: after the start, at intervals, and for one backend as soon as it is back. Single looks fill the
 *     time between.
 * W3. A backend that is away or paused is not swept; the rest goes on. One that did not answer may have been restarted too quickly
 *     for anybody to call it away: it is listed again soon.
 * W4. A backend that came back is listed again until no owner at work lacks what it had: its run may have looked before.
 * W5. What a replica without its backend passed over, or another release left, is taken up by the round: nothing else would
 *     tell of it.
 */
import type { Provider } from '@leasehold/engine';
import { asFault, type Rng } from '@leasehold/kernel';
import { createPause, type Pause, type Role, startRole } from '@leasehold/runtime';
import type { OwnedTypes } from '../model/decision.ts';
import { createBudget } from './budget.ts';
import { createDetails, type Details } from './details.ts';
import { canBeListed, listKind } from './listing.ts';
import { isOpen, type SweepParts } from './parts.ts';
import { comparePresence } from './presence.ts';
import { lookInRounds } from './rounds.ts';
import { createStrangers, type Strangers } from './strangers.ts';

export interface SweepOptions<T extends OwnedTypes> extends Omit<SweepParts<T>, 'budget'> {
  readonly holder: string;
  readonly rng: Rng;
}

export interface Sweep {
  close(): Promise<void>;
}

/** What one leader knows and waits for. */
interface Lead<T extends OwnedTypes> {
  readonly parts: SweepParts<T>;
  readonly fence: number;
  readonly details: Details<T>;
  readonly strangers: Strangers;
  /** Backends that came back. */
  readonly back: Set<string>;
  /** Backends that are listed again soon: they did not answer, or (W4) were not settled, so many times from now at most. */
  readonly again: Map<string, number>;
  readonly pause: Pause;
}

export function startSweep<T extends OwnedTypes>(options: SweepOptions<T>): Sweep {
  const { clock, rng, log, ledger, holder, guards, bounds, names } = options;
  const parts: SweepParts<T> = { ...options, budget: createBudget(clock, bounds.looksPerMinute) };
  const back = new Set<string>();
  const pause = createPause(clock);
  const forget = [...guards].map(([backend, guard]) =>
    guard.onUp(() => {
      back.add(backend);
      pause.wake();
    }),
  );
  const role: Role = startRole({
    leases: ledger.store.leases,
    name: names.own('sweep'),
    holder,
    clock,
    rng: rng.fork('sweep'),
    log,
    lead: async (fence, signal) => {
      signal.addEventListener('abort', pause.wake, { once: true });
      const [details, strangers] = [createDetails(parts), createStrangers(parts)];
      try {
        await sweepOn({ parts, fence, details, strangers, back, again: new Map(), pause }, signal);
      } finally {
        strangers.forget();
      }
    },
  });
  return {
    close: async () => {
      for (const each of forget) each();
      await role.close();
    },
  };
}

/** W2. */
async function sweepOn<T extends OwnedTypes>(lead: Lead<T>, signal: AbortSignal): Promise<void> {
  const { parts, back, again, pause } = lead;
  const { clock, bounds } = parts;
  // What a backend lost before there was a leader to hear of it is like what it loses later.
  for (const backend of parts.guards.keys()) again.set(backend, bounds.relists.value);
  let listAtMs = clock.now() + bounds.firstMs.value;
  let againAtMs = Number.POSITIVE_INFINITY;
  const round = lookInRounds(lead, signal);
  while (!signal.aborted) {
    const everything = clock.now() >= listAtMs;
    const isAgain = clock.now() >= againAtMs;
    if (everything || isAgain || back.size > 0) {
      const turn: Turn = { everything, back: new Set(back), again: new Map(isAgain || everything ? again : []) };
      back.clear();
      for (const backend of turn.again.keys()) again.delete(backend);
      await listAll(lead, turn, signal);
      if (everything) listAtMs = clock.now() + bounds.listingEveryMs.value;
      againAtMs = again.size > 0 ? clock.now() + bounds.relistMs.value : Number.POSITIVE_INFINITY;
      continue;
    }
    const { value: idleUntilMs } = await round.next();
    if (idleUntilMs !== undefined) await pause.wait(Math.min(listAtMs, againAtMs, idleUntilMs) - clock.now());
  }
}

/** What one pass lists. */
interface Turn {
  readonly everything: boolean;
  readonly back: ReadonlySet<string>;
  /** How often each may be listed again after this. */
  readonly again: ReadonlyMap<string, number>;
}

async function listAll<T extends OwnedTypes>(
  lead: Lead<T>,
  { everything, back, again }: Turn,
  signal: AbortSignal,
): Promise<void> {
  const { parts } = lead;
  for (const provider of parts.providers.values()) {
    const { backend, kind } = provider;
    if (!canBeListed(provider) || !isOpen(parts, provider)) continue;
    const left = back.has(backend) ? parts.bounds.relists.value : again.get(backend);
    if (!everything && left === undefined) continue;
    const { outcome, unsettled } = await listOne(lead, provider, left !== undefined, signal);
    if (signal.aborted) return;
    if (outcome === 'unavailable') lead.again.set(backend, left ?? parts.bounds.relists.value);
    else if (unsettled && left !== undefined && left > 0) lead.again.set(backend, left - 1);
    parts.metrics.sweeps.inc({ kind, outcome });
  }
}

/** W3. */
async function listOne<T extends OwnedTypes>(
  { parts, details, strangers }: Lead<T>,
  provider: Provider,
  afterLoss: boolean,
  signal: AbortSignal,
): Promise<{ readonly outcome: string; readonly unsettled: boolean }> {
  try {
    const listing = await listKind(parts, provider, signal);
    const presence = await comparePresence(parts, listing, afterLoss, signal);
    await details.compare(listing, signal);
    await strangers.judge(listing, presence.strangers, signal);
    return { outcome: 'ok', unsettled: presence.unsettled };
  } catch (error) {
    const fault = asFault(error);
    if (!signal.aborted && fault.class === 'Bug')
      parts.log.error('a sweep failed', { kind: provider.kind, err: fault });
    else if (!signal.aborted) parts.log.info('a sweep is put off', { kind: provider.kind, err: fault });
    return { outcome: fault.class.toLowerCase(), unsettled: false };
  }
}
