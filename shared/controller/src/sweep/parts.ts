/**
 * What the parts of the sweep share: what they are made of, how they reach the backends, and how a finding is told.
 */
import type { Provider } from '@leasehold/engine';
import { bound, type Clock, type Log } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Guard, WorkQueue } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import type { Control } from '../control/control.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { findOwner } from '../inventory/walk.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { SweepFound } from '../model/sweep.ts';
import type { WorkDefinition } from '../reconcile/definition.ts';
import type { ServiceNames } from '../rows/names.ts';
import type { Owners } from '../rows/owners.ts';
import type { SweepBounds } from './bounds.ts';
import type { Budget } from './budget.ts';
import type { SweepDefinition } from './definition.ts';

export interface SweepParts<T extends OwnedTypes> {
  readonly names: ServiceNames;
  readonly work: Pick<WorkDefinition<T>, 'refOf' | 'workDueAtMs'>;
  readonly sweep: SweepDefinition<T>;
  readonly ledger: Ledger;
  readonly owners: Owners<T>;
  readonly inventory: Pick<Inventory<T['summary']>, 'entries' | 'whenRead'>;
  readonly context: () => T['context'];
  readonly control: Pick<Control, 'now'>;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly guards: ReadonlyMap<string, Guard>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'orphanResources' | 'sweeps' | 'sweepFindings'>;
  readonly queue: Pick<WorkQueue, 'add'>;
  readonly bounds: SweepBounds;
  readonly budget: Budget;
}

/** Whether this kind may be looked at now: its backend answers, as far as is known, and nobody paused it. */
export function isOpen<T extends OwnedTypes>(
  { control, guards }: Pick<SweepParts<T>, 'control' | 'guards'>,
  { backend }: Provider,
): boolean {
  const { reconcile, backends } = control.now();
  const status = guards.get(backend)?.state().status;
  return reconcile !== 'paused' && backends[backend] !== 'paused' && status !== undefined && status !== 'down';
}

const CALLS_AT_ONCE = bound('sweep-calls-at-once', 1);

export type GuardedParts = Pick<SweepParts<OwnedTypes>, 'clock' | 'log' | 'bounds' | 'guards'>;

/** One call on a backend, within its guard and apart from the calls of runs. */
export function guarded<R>(
  { clock, log, bounds, guards }: GuardedParts,
  provider: Provider,
  verb: 'list' | 'look',
  call: (scope: Parameters<Provider['observe']>[1]) => Promise<R>,
  signal: AbortSignal,
): Promise<R> {
  const guard = guards.get(provider.backend);
  if (!guard) throw new RangeError(`${provider.kind} is swept without a guard for ${provider.backend}`);
  return guard.run(
    `${provider.kind} sweep ${verb}`,
    {
      timeoutMs: verb === 'list' ? bounds.listingMs : provider.bounds.timeoutMs,
      parallelism: CALLS_AT_ONCE,
      group: `${provider.kind}:sweep`,
    },
    (within) => call({ signal: within, clock, log, fence: 0 }),
    signal,
  );
}

export const readState = async <T extends OwnedTypes>(
  parts: SweepParts<T>,
  ownerId: string,
  signal: AbortSignal,
): Promise<T['state'] | undefined> => (await findOwner(parts, ownerId, signal))?.state;

export interface Finding extends SweepFound {
  readonly ownerId: string;
  readonly kind: string;
  readonly finding: 'missing' | 'differs';
}

/** Has the ordinary run look at the owner again, if it is at rest still. @returns whether it will. */
export async function tellFinding<T extends OwnedTypes>(
  { owners, sweep, names, metrics, log }: SweepParts<T>,
  { ownerId, kind, finding, ...found }: Finding,
  signal: AbortSignal,
): Promise<boolean> {
  const { disposition } = await owners.decide(
    ownerId,
    (rows, context) => sweep.decideFound(rows, found, context),
    signal,
  );
  if (disposition.kind !== 'applied') return false;
  metrics.sweepFindings.inc({ kind, finding }, found.ids.length);
  const fields = { ...names.about(ownerId), kind, finding, resources: found.ids.length };
  log.warn(`a sweep found a ${names.ownerType} not as it should be`, fields);
  return true;
}
