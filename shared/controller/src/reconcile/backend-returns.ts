/**
 * A backend answers again: who waits for it need not wait for the end of its backoff.
 *
 * B1. What waits is seen in the commit itself, so that of several replicas that hear of it one rewrites an owner, and the others find
 *     nothing to change.
 * B2. While all work is paused nobody is woken; what came back meanwhile is remembered until it runs again.
 */
import { asFault, bound, type Clock, type Log } from '@leasehold/kernel';
import type { Guard, WorkQueue } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import type { Control } from '../control/control.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { OwnedState } from '../model/state.ts';
import type { Owners } from '../rows/owners.ts';
import type { WorkDefinition } from './definition.ts';

export interface BackendReturnsParts<T extends OwnedTypes> {
  readonly definition: Pick<WorkDefinition<T>, 'names' | 'decideOutcomes'>;
  readonly owners: Pick<Owners<T>, 'find' | 'decide'>;
  readonly queue: Pick<WorkQueue, 'add'>;
  readonly control: Pick<Control, 'now' | 'onSwitched'>;
  readonly guards: ReadonlyMap<string, Guard>;
  readonly ledger: Pick<Ledger, 'store'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** @returns the way to stop it */
export function wakeOnReturn<T extends OwnedTypes>(parts: BackendReturnsParts<T>): () => void {
  const { control, guards, log, definition } = parts;
  const stop = new AbortController();
  /** B2. */
  const returned = new Set<string>();
  const wakeFor = (backend: string): void => {
    if (control.now().reconcile === 'paused') {
      returned.add(backend);
      return;
    }
    wakeWaiting(parts, backend, stop.signal).catch((error: unknown) => {
      if (stop.signal.aborted) return;
      log.warn('who waits for a backend could not be woken', {
        service: definition.names.service,
        backend,
        error: asFault(error),
      });
    });
  };
  const ends = [
    ...[...guards].map(([backend, guard]) => guard.onUp(() => wakeFor(backend))),
    control.onSwitched(() => {
      const backends = [...returned];
      returned.clear();
      for (const backend of backends) wakeFor(backend);
    }),
  ];
  return () => {
    stop.abort();
    for (const end of ends) end();
  };
}

const PAGE = 200;

/** Owners with a hint that is due within this time; one may come more than once. */
async function* dueOwners<T extends OwnedTypes>(
  { definition, ledger, clock }: BackendReturnsParts<T>,
  withinMs: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const untilMs = clock.now() + withinMs;
  let cursor: string | undefined;
  do {
    const page = await ledger.store.due({ untilMs, limit: PAGE, ...(cursor ? { cursor } : {}) }, signal);
    for (const partition of new Set(page.items.map((hint) => hint.partition))) {
      const ownerId = definition.names.ownerIdOf(partition);
      if (ownerId !== undefined) yield ownerId;
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

/** Longer than the longest backoff of a node. */
const WAITING_MS = 60_000;

/** Owners that are woken at once when a backend is back. */
const WOKEN_AT_ONCE = bound('recovery-woken-at-once', 8);

async function wakeWaiting<T extends OwnedTypes>(
  parts: BackendReturnsParts<T>,
  backend: string,
  signal: AbortSignal,
): Promise<void> {
  const due = dueOwners(parts, WAITING_MS, signal);
  const turn = async (): Promise<void> => {
    for (let next = await due.next(); !next.done; next = await due.next())
      await wakeOne(parts, next.value, backend, signal);
  };
  await Promise.all(Array.from({ length: WOKEN_AT_ONCE.value }, turn));
}

const waitsFor = (state: OwnedState, backend: string): OwnedState['records'] =>
  state.records.filter((record) => record.failure?.backend === backend && record.nextAttemptAtMs !== undefined);

/** B1. */
async function wakeOne<T extends OwnedTypes>(
  { definition, owners, queue }: BackendReturnsParts<T>,
  ownerId: string,
  backend: string,
  signal: AbortSignal,
): Promise<void> {
  const { state } = (await owners.find(ownerId, { signal })) ?? {};
  if (!state || waitsFor(state, backend).length === 0) return;
  let woken = 0;
  await owners.decide(
    ownerId,
    (rows, context) => {
      const waits = waitsFor(rows.state, backend);
      woken = waits.length;
      const patches = waits.map(({ id }) => ({ id, nextAttemptAtMs: undefined }));
      return definition.decideOutcomes(rows, patches, context);
    },
    signal,
  );
  if (woken > 0) queue.add(ownerId, { urgent: true });
}
