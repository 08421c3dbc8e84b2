/**
 * Tenants that exist on the backends under the contract's names and not in the ledger: what an operator may import. Reads only;
 * an import itself is a creation with an operator's word, carried out by the ordinary run.
 *
 * I1. Names come from one listing a kind; only objects of the tenants of a page are looked at one by one.
 * I2. A backend that is away makes the answer fail: half a list would look whole. What is paused is left out.
 * I3. A tenant of the ledger is named only where it failed: what exists under its names may be why.
 * I4. A mark ahead of the ledger is adopted only by an import that names its generation.
 * I5. A tenant that only another release can read is told as such, with nothing of it for this one to adopt.
 */

import {
  type ImportCandidate,
  isResourceKind,
  ownerOfName,
  partsOf,
  type ResourceKind,
  resourceName,
} from '@leasehold/contracts';
import { guarded, SWEEP_BOUNDS, understood } from '@leasehold/controller';
import { isAbsent, type Provider, type Ref } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import type { Control } from './control.ts';
import { NAMES } from './partition.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import type { Inventory } from './tenant-gauges.ts';
import type { Tenants } from './tenants.ts';

const TENANTS_A_REQUEST = bound('import-tenants-a-request', 50);

export interface ImportSource {
  readonly control: Pick<Control, 'now'>;
  readonly tenants: Pick<Tenants, 'find'>;
  readonly inventory: Pick<Inventory, 'count' | 'entries'>;
  readonly deps: Pick<ProvisionerDeps, 'ledger' | 'providers' | 'guards' | 'clock' | 'log' | 'pulsarTenant'>;
}

export interface ImportQuery {
  readonly limit: number;
  /** The last tenant of the page before. */
  readonly after?: string;
}

export interface ImportPage {
  readonly items: readonly ImportCandidate[];
  readonly next?: string;
}

/** @throws Fault of a backend that is away (I2). */
export async function importCandidates(
  source: ImportSource,
  query: ImportQuery,
  signal: AbortSignal,
): Promise<ImportPage> {
  const names = await namesByKind(source, signal);
  const { deps } = source;
  const owners = new Set<string>();
  for (const [kind, listed] of names)
    for (const name of listed) {
      const owner = ownerOfName(kind, name, deps.pulsarTenant);
      if (owner && owner.tenantId > (query.after ?? '')) owners.add(owner.tenantId);
    }
  const statuses = await dropKnown(source, owners, signal);
  const sorted = [...owners].sort();
  const page = sorted.slice(0, Math.min(query.limit, TENANTS_A_REQUEST.value));
  const items: ImportCandidate[] = [];
  for (const tenantId of page) {
    const generation = await nextGeneration(source, tenantId, signal);
    const resources = await resourcesOf(source, { tenantId, generation: generation ?? NEVER }, names, signal);
    if (resources.length === 0) continue;
    const told = generation === undefined ? { newer_release: true as const } : {};
    items.push({ tenant_id: tenantId, status: statuses.get(tenantId) ?? null, resources, ...told });
  }
  const last = page.at(-1);
  return last !== undefined && sorted.length > page.length ? { items, next: last } : { items };
}

/** I1. */
async function namesByKind(
  { control, deps }: ImportSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<ResourceKind, ReadonlySet<string>>> {
  const found = new Map<ResourceKind, ReadonlySet<string>>();
  for (const provider of deps.providers.values()) {
    const { kind, backend } = provider;
    if (!isResourceKind(kind) || !provider.listNames || control.now().backends[backend] === 'paused') continue;
    const list = async (scope: Parameters<Provider['observe']>[1]) => (await provider.listNames?.(scope)) ?? [];
    found.set(kind, new Set(await guarded(partsFor(deps), provider, 'list', list, signal)));
  }
  return found;
}

const partsFor = (deps: ImportSource['deps']) => ({ ...deps, bounds: SWEEP_BOUNDS });

/** I3: takes out whom the ledger knows. @returns the status of those that failed. */
async function dropKnown(
  { inventory }: ImportSource,
  owners: Set<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, 'failed'>> {
  const failed = new Map<string, 'failed'>();
  await inventory.count(signal);
  for (const [tenantId, { status }] of inventory.entries()) {
    if (status === 'failed' && owners.has(tenantId)) failed.set(tenantId, status);
    else if (status !== 'deleted') owners.delete(tenantId);
  }
  return failed;
}

/** No mark has one so low. */
const NEVER = -1;

/** The one that an import makes; undefined (I5): another release knows. */
async function nextGeneration({ deps, tenants }: ImportSource, tenantId: string, signal: AbortSignal) {
  const options = { fresh: !deps.ledger.store.exclusive, signal };
  const found = await understood({ ...deps, names: NAMES }, tenantId, () => tenants.find(tenantId, options));
  return found && (found.state.phase === 'active' ? found.state.generation : found.state.generation + 1);
}

async function resourcesOf(
  { deps }: ImportSource,
  { tenantId, generation: next }: { readonly tenantId: string; readonly generation: number },
  names: ReadonlyMap<ResourceKind, ReadonlySet<string>>,
  signal: AbortSignal,
): Promise<ImportCandidate['resources']> {
  const found: ImportCandidate['resources'] = [];
  for (const [kind, listed] of names) {
    const provider = deps.providers.get(kind) as Provider;
    for (const part of partsOf(kind)) {
      const name = resourceName(kind, part, tenantId, deps.pulsarTenant);
      if (!listed.has(name)) continue;
      const ref: Ref = { kind, name, tenantId, generation: 1, tier: '' };
      const seen = await guarded(partsFor(deps), provider, 'look', (scope) => provider.observe(ref, scope), signal);
      if (isAbsent(seen)) continue;
      const mark = seen.mark === 'ours' ? 'ours' : seen.mark === 'foreign' ? 'other' : 'none';
      const generation = mark === 'ours' ? (seen.generation ?? null) : null;
      const adoptable =
        mark !== 'other' && (generation ?? 0) <= next && (mark === 'ours' || provider.adopt !== undefined);
      found.push({ kind, name, mark, generation, adoptable });
    }
  }
  return found;
}
