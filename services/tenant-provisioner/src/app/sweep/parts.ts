/**
 * What the parts of the sweep share: what they are made of, and how they walk over tenants and reach the backends.
 *
 * 1. What another release wrote of a tenant (rows, or what its objects should be) may have a form that only that one understands:
 *    that tenant is passed over and told, and the others are looked at.
 */
import type { Change, Provider, Ref } from '@leasehold/engine';
import { asFault, bound, type Clock, type Log } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Guard, WorkQueue } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import { decideSweep } from '../../domain/decide.ts';
import type { Context } from '../../domain/draft.ts';
import type { TenantSummary } from '../../domain/summary.ts';
import type { ControlState } from '../control.ts';
import type { Inventory } from '../tenant-gauges.ts';
import type { Tenants } from '../tenants.ts';
import type { SweepBounds } from './bounds.ts';
import type { Budget } from './budget.ts';

export interface SweepParts {
  readonly ledger: Ledger;
  readonly tenants: Tenants;
  readonly inventory: Pick<Inventory, 'entries' | 'whenRead'>;
  readonly context: () => Context;
  readonly control: { now(): ControlState };
  readonly providers: ReadonlyMap<string, Provider>;
  readonly guards: ReadonlyMap<string, Guard>;
  readonly pulsarTenant: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'orphanResources' | 'sweeps' | 'sweepFindings'>;
  readonly queue: Pick<WorkQueue, 'add'>;
  readonly bounds: SweepBounds;
  readonly budget: Budget;
}

/** Whether this kind may be looked at now: its backend answers, as far as is known, and nobody paused it. */
export function isOpen({ control, guards }: SweepParts, { backend }: Provider): boolean {
  const { reconcile, backends } = control.now();
  const status = guards.get(backend)?.state().status;
  return reconcile !== 'paused' && backends[backend] !== 'paused' && status !== undefined && status !== 'down';
}

const CALLS_AT_ONCE = bound('sweep-calls-at-once', 1);

/** One call on a backend, within its guard and apart from the calls of runs. */
export function guarded<T>(
  parts: Pick<SweepParts, 'clock' | 'log' | 'bounds' | 'guards'>,
  provider: Provider,
  verb: 'list' | 'look',
  call: (scope: Parameters<Provider['observe']>[1]) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, log, bounds, guards } = parts;
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

const PAGE = bound('sweep-page-tenants', 1_000);
const PAGE_PAUSE = bound('sweep-page-pause-ms', 10);

/** A tenant as the inventory has it. */
export type Listed = TenantSummary & { readonly tenantId: string };

/**
 * Every tenant of the inventory, so many at a time, with a pause after each page: whoever is new does not wait for thousands. It
 * costs the store nothing.
 */
export async function* tenantPages(
  { inventory, clock }: Pick<SweepParts, 'inventory' | 'clock'>,
  signal: AbortSignal,
): AsyncGenerator<readonly Listed[]> {
  await inventory.whenRead(signal);
  const all = [...inventory.entries()];
  for (let from = 0; from < all.length; from += PAGE.value) {
    yield all.slice(from, from + PAGE.value).map(([tenantId, summary]) => ({ tenantId, ...summary }));
    if (from + PAGE.value < all.length) await clock.sleep(PAGE_PAUSE.value, signal);
  }
}

const FINISHED: readonly string[] = ['completed', 'degraded'];
const AT_WORK: readonly string[] = ['pending', 'provisioning'];
export const isGone = ({ status }: Pick<TenantSummary, 'status'>): boolean => status === 'deleted';
export const isFinished = ({ status }: Pick<TenantSummary, 'status'>): boolean => FINISHED.includes(status);
/** Its access was seen withdrawn: that it still is, is looked at. */
export const mayBeShutOff = ({ status }: Pick<TenantSummary, 'status'>): boolean => status === 'suspended';
export const isAtWork = ({ status }: Pick<TenantSummary, 'status'>): boolean => AT_WORK.includes(status);

/** 1. @returns undefined where it was passed over. */
export async function understood<T>(
  { log }: Pick<SweepParts, 'log'>,
  tenantId: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    log.error('a tenant was not understood, and is passed over', { tenant_id: tenantId, err: asFault(error) });
    return undefined;
  }
}

/** Undefined: only another release can read it. */
export const findTenant = (
  { tenants, ledger }: { readonly tenants: Pick<Tenants, 'find'>; readonly ledger: Pick<Ledger, 'store'> },
  tenantId: string,
  signal: AbortSignal,
) => tenants.find(tenantId, { fresh: !ledger.store.exclusive, signal });

export const readState = async (parts: SweepParts, tenantId: string, signal: AbortSignal) =>
  (await findTenant(parts, tenantId, signal))?.state;

export interface Finding {
  readonly ref: Pick<Ref, 'kind' | 'tenantId'>;
  readonly ids: readonly string[];
  readonly finding: 'missing' | 'differs';
  readonly changes?: readonly Change[];
  readonly lookedAtMs: number;
}

/** Has the ordinary run look at the tenant again, if it is at rest still. @returns whether it will. */
export async function tellFinding(parts: SweepParts, found: Finding, signal: AbortSignal): Promise<boolean> {
  const { tenants, metrics, log } = parts;
  const { tenantId, kind } = found.ref;
  const { disposition } = await tenants.decide(
    tenantId,
    (rows, context) => decideSweep(rows.state, rows.waiting, found, context),
    signal,
  );
  if (disposition.kind !== 'applied') return false;
  metrics.sweepFindings.inc({ kind, finding: found.finding }, found.ids.length);
  log.warn('a sweep found a tenant not as it should be', {
    tenant_id: tenantId,
    kind,
    finding: found.finding,
    resources: found.ids.length,
  });
  return true;
}
