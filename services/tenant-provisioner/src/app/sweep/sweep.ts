/**
 * The sweep: finished tenants observed at the start, when a backend is back, and now and then. One replica leads; it lists,
 * compares and has the ordinary run repair what it finds, before which new tenants go.
 *
 * W1. One replica sweeps at a time, and one call of the sweep is under way at a time.
 * W2. A listing comes first: after the start, at intervals, and for one backend as soon as it is back. Single looks fill the
 *     time between.
 * W3. A backend that is away or paused is not swept; the rest goes on. One that did not answer may have been restarted too quickly
 *     for anybody to call it away: it is listed again soon.
 * W4. What a replica without its backend passed over, or another release left, is taken up by the round: nothing else would
 *     tell of it.
 */
import type { Provider } from '@leasehold/engine';
import { asFault, type Rng } from '@leasehold/kernel';
import { createPause, type Pause, type Role, startRole } from '@leasehold/runtime';
import { SERVICE } from '../partition.ts';
import { createBudget } from './budget.ts';
import { createDetails, type Details } from './details.ts';
import { takeUpLeft } from './left.ts';
import { canBeListed, listKind } from './listing.ts';
import { directory, findTenant, isGone, isOpen, type SweepParts } from './parts.ts';
import { readPlace, writePlace } from './place.ts';
import { comparePresence } from './presence.ts';
import { createStrangers, type Strangers } from './strangers.ts';

export interface SweepOptions extends Omit<SweepParts, 'budget'> {
  readonly holder: string;
  readonly rng: Rng;
}

export interface Sweep {
  close(): Promise<void>;
}

/** What one leader knows and waits for. */
interface Lead {
  readonly parts: SweepParts;
  readonly fence: number;
  readonly details: Details;
  readonly strangers: Strangers;
  /** Backends that came back. */
  readonly back: Set<string>;
  /** Backends that did not answer a listing. */
  readonly unanswered: Set<string>;
  readonly pause: Pause;
}

export function startSweep(options: SweepOptions): Sweep {
  const { clock, rng, log, ledger, holder, guards, bounds } = options;
  const parts: SweepParts = { ...options, budget: createBudget(clock, bounds.looksPerMinute) };
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
    name: `${SERVICE}/sweep`,
    holder,
    clock,
    rng: rng.fork('sweep'),
    log,
    lead: async (fence, signal) => {
      signal.addEventListener('abort', pause.wake, { once: true });
      const [details, strangers] = [createDetails(parts), createStrangers(parts)];
      try {
        await sweepOn({ parts, fence, details, strangers, back, unanswered: new Set(), pause }, signal);
      } finally {
        // W1: the next leader tells of orphans; what this one saw would stand for ever.
        parts.metrics.orphanResources.replace([]);
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
async function sweepOn(lead: Lead, signal: AbortSignal): Promise<void> {
  const { parts, back, unanswered, pause } = lead;
  const { clock, bounds } = parts;
  let listAtMs = clock.now() + bounds.firstMs.value;
  let relistAtMs = Number.POSITIVE_INFINITY;
  const round = lookInRounds(lead, signal);
  while (!signal.aborted) {
    const everything = clock.now() >= listAtMs;
    if (clock.now() >= relistAtMs) for (const backend of unanswered) back.add(backend);
    if (everything || back.size > 0) {
      const backends = everything ? undefined : new Set(back);
      back.clear();
      unanswered.clear();
      await listAll(lead, backends, signal);
      if (everything) listAtMs = clock.now() + bounds.listingEveryMs.value;
      relistAtMs = unanswered.size > 0 ? clock.now() + bounds.relistMs.value : Number.POSITIVE_INFINITY;
      continue;
    }
    const { value: idleUntilMs } = await round.next();
    if (idleUntilMs !== undefined) await pause.wait(Math.min(listAtMs, relistAtMs, idleUntilMs) - clock.now());
  }
}

async function listAll(lead: Lead, backends: ReadonlySet<string> | undefined, signal: AbortSignal) {
  const { parts, unanswered } = lead;
  for (const provider of parts.providers.values()) {
    if (!canBeListed(provider) || !isOpen(parts, provider)) continue;
    if (backends && !backends.has(provider.backend)) continue;
    const outcome = await listOne(lead, provider, signal);
    if (signal.aborted) return;
    if (outcome === 'unavailable') unanswered.add(provider.backend);
    parts.metrics.sweeps.inc({ kind: provider.kind, outcome });
  }
}

/** W3. */
async function listOne({ parts, details, strangers }: Lead, provider: Provider, signal: AbortSignal): Promise<string> {
  try {
    const listing = await listKind(parts, provider, signal);
    const nobodys = await comparePresence(parts, listing, signal);
    await details.compare(listing, signal);
    await strangers.judge(listing, nobodys, signal);
    return 'ok';
  } catch (error) {
    const fault = asFault(error);
    if (!signal.aborted && fault.class === 'Bug')
      parts.log.error('a sweep failed', { kind: provider.kind, err: fault });
    else if (!signal.aborted) parts.log.info('a sweep is put off', { kind: provider.kind, err: fault });
    return fault.class.toLowerCase();
  }
}

/**
 * Looks at one tenant at each step, round after round; between rounds it yields until when there is nothing to do. A new
 * leader goes on where the last one was, or begins a round at once.
 */
async function* lookInRounds({ parts, details, fence }: Lead, signal: AbortSignal): AsyncGenerator<number | undefined> {
  const { ledger, clock, bounds } = parts;
  let { cursor: from } = await readPlace(ledger, signal);
  while (!signal.aborted) {
    for await (const { tenants, cursor } of directory(parts, signal, from)) {
      await writePlace(ledger, fence, cursor, signal);
      for (const summary of tenants) {
        if (isGone(summary)) continue;
        const found = await findTenant(parts, summary.tenantId, signal);
        if (found && !takeUpLeft(parts, found)) await details.look(found.state, signal);
        yield undefined;
      }
    }
    await writePlace(ledger, fence, undefined, signal);
    from = undefined;
    const againAtMs = clock.now() + bounds.roundEveryMs.value;
    while (clock.now() < againAtMs) yield againAtMs;
  }
}
