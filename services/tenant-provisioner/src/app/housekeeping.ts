/**
 * What happens now and then rather than on an occasion: switches read again, tenants counted, stalled consumers told, tenants'
 * topics found again after a start, those who waited for a backend woken when it is back (those who failed for it: recovery.ts),
 * and those who wait for an operator's word when it is given (held-deletions.ts).
 */
import { asFault, type Bound, bound, type LogFields } from '@leasehold/kernel';
import type { StallWatch, WorkQueue } from '@leasehold/runtime';
import { decideOutcomes } from '../domain/decide.ts';
import type { TenantState } from '../domain/state.ts';
import type { ProvisionerBounds } from './bounds.ts';
import type { Control } from './control.ts';
import { createHeldDeletions, type HeldDeletions } from './held-deletions.ts';
import type { Inventory } from './inventory.ts';
import { tenantOfPartition } from './partition.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import { type Recoveries, watchRecoveries } from './recovery.ts';
import type { Rollouts } from './rollout/rollouts.ts';
import type { TenantTopics } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';
import { createTopicSearch, type TopicSearch } from './topic-search.ts';

export interface HousekeepingParts {
  readonly control: Control;
  readonly inventory: Inventory;
  readonly deps: ProvisionerDeps & { readonly bounds: ProvisionerBounds };
  readonly queue: WorkQueue;
  readonly topics: TenantTopics;
  readonly tenants: Tenants;
  readonly rollouts: Pick<Rollouts, 'measure'>;
  readonly stalls: StallWatch;
}

export interface Housekeeping {
  close(): Promise<void>;
}

const PAGE = 200;

export function startHousekeeping(parts: HousekeepingParts): Housekeeping {
  const stop = new AbortController();
  const { bounds, log, guards } = parts.deps;
  const search = createTopicSearch(parts);
  const held = createHeldDeletions(parts);
  const recoveries = watchRecoveries(parts, stop.signal);
  const found = { held, recoveries, search };
  const loops = [
    every(parts, bounds.frozenRecheckMs, stop.signal, (signal) => parts.control.refresh(signal).then(() => undefined)),
    every(
      parts,
      bounds.inventoryMs,
      stop.signal,
      (signal) => readInventory(parts, found, signal),
      () => parts.inventory.pauseMs(bounds.inventoryMs.value),
    ),
    every(parts, bounds.inventoryMs, stop.signal, (signal) => parts.rollouts.measure(signal)),
    every(parts, bounds.stallLookMs, stop.signal, async () => void parts.stalls.look()),
  ];
  const tell = (work: Promise<void>, message: string, fields: LogFields): void => {
    work.catch((error: unknown) => {
      if (!stop.signal.aborted) log.warn(message, { ...fields, error: asFault(error) });
    });
  };
  // While all work is paused nobody is woken; what came back meanwhile is remembered.
  const recovered = new Set<string>();
  const wakeFor = (backend: string): void => {
    if (parts.control.now().reconcile === 'paused') recovered.add(backend);
    else
      tell(wakeWaiting(parts, backend, stop.signal), 'tenants that wait for a backend could not be woken', { backend });
  };
  const unsubscribe = [
    recoveries.close,
    ...[...guards].map(([backend, guard]) => guard.onUp(() => wakeFor(backend))),
    parts.control.onSwitched(() => {
      const backends = [...recovered];
      recovered.clear();
      for (const backend of backends) wakeFor(backend);
      tell(held.wake(stop.signal), 'held deletions are looked at again when the inventory is read', {});
    }),
  ];
  return {
    close: async () => {
      stop.abort();
      for (const end of unsubscribe) end();
      await Promise.all(loops);
    },
  };
}

/** Runs at once and then at intervals until stopped; a store that is away is tried again soon. */
async function every(
  { deps }: HousekeepingParts,
  interval: Bound,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
  pauseMs: () => number = () => interval.value,
): Promise<void> {
  while (!signal.aborted) {
    let untilMs = pauseMs;
    try {
      await work(signal);
    } catch (error) {
      untilMs = () => Math.min(interval.value, deps.bounds.frozenRecheckMs.value);
      if (!signal.aborted) deps.log.debug('housekeeping waits', { loop: interval.name, error: asFault(error) });
    }
    try {
      await deps.clock.sleep(untilMs(), signal);
    } catch {
      return;
    }
  }
}

interface FoundInInventory {
  readonly held: HeldDeletions;
  readonly recoveries: Recoveries;
  readonly search: TopicSearch;
}

/** Each time the inventory was read: who waited for a word that was given, or for a backend that is back, and tenants' topics. */
async function readInventory(
  { inventory, deps }: HousekeepingParts,
  { held, recoveries, search }: FoundInInventory,
  signal: AbortSignal,
): Promise<void> {
  const sinceMs = deps.clock.now();
  await inventory.count(signal);
  await held.wake(signal);
  await recoveries.tellAgain(sinceMs, signal);
  await search.look(signal);
}

/** Tenants with a hint that is due within this time; one may come more than once. */
async function* dueTenants(
  { deps }: HousekeepingParts,
  withinMs: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const untilMs = deps.clock.now() + withinMs;
  let cursor: string | undefined;
  do {
    const page = await deps.ledger.store.due({ untilMs, limit: PAGE, ...(cursor ? { cursor } : {}) }, signal);
    for (const partition of new Set(page.items.map((hint) => hint.partition))) {
      const tenantId = tenantOfPartition(partition);
      if (tenantId !== undefined) yield tenantId;
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

/** Longer than the longest backoff of a node. */
const WAITING_MS = 60_000;

/** Tenants that are woken at once when a backend is back. */
const WOKEN_AT_ONCE = bound('recovery-woken-at-once', 8);

/**
 * A backend answers again: who waits for it need not wait for the end of its backoff. What waits is seen in the commit itself, so that
 * of several replicas that hear of it one rewrites a tenant, and the others find nothing to change.
 */
async function wakeWaiting(parts: HousekeepingParts, backend: string, signal: AbortSignal): Promise<void> {
  const due = dueTenants(parts, WAITING_MS, signal);
  const turn = async (): Promise<void> => {
    for (let next = await due.next(); !next.done; next = await due.next())
      await wakeOne(parts, next.value, backend, signal);
  };
  await Promise.all(Array.from({ length: WOKEN_AT_ONCE.value }, turn));
}

const waitsFor = (state: TenantState, backend: string): TenantState['records'] =>
  state.records.filter((record) => record.failure?.backend === backend && record.nextAttemptAtMs !== undefined);

async function wakeOne(
  { tenants, queue }: HousekeepingParts,
  tenantId: string,
  backend: string,
  signal: AbortSignal,
): Promise<void> {
  const { state } = (await tenants.find(tenantId, { signal })) ?? {};
  if (!state || waitsFor(state, backend).length === 0) return;
  let woken = 0;
  await tenants.decide(
    tenantId,
    (rows, context) => {
      const waits = waitsFor(rows.state, backend);
      woken = waits.length;
      const patches = waits.map(({ id }) => ({ id, nextAttemptAtMs: undefined }));
      return decideOutcomes(rows.state, rows.waiting, patches, context);
    },
    signal,
  );
  if (woken > 0) queue.add(tenantId, { urgent: true });
}
