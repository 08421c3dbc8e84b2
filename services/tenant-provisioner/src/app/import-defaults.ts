/**
 * What an import is taken to mean where it does not say: the name and the tier of a tenant as the ledger knows them, else as
 * its objects on the backends tell them. Reads only.
 *
 * 1. Of a tenant that nobody knows and of which nothing exists there is nothing to import: that is a creation.
 * 2. Objects that tell different tiers settle nothing: the operator has to say which.
 * 3. What is paused is left out; a backend that is away makes it fail, as half of what is found might tell another tier.
 */

import {
  isResourceKind,
  type Limits,
  partsOf,
  type ResourceKind,
  resourceName,
  TIERS,
  type Tier,
} from '@leasehold/contracts';
import { guarded, SWEEP_BOUNDS } from '@leasehold/controller';
import { isAbsent, type SeenBase } from '@leasehold/engine';
import { problem } from '@leasehold/http';
import type { TenantState } from '../domain/state.ts';
import type { Control } from './control.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import type { Tenants } from './tenants.ts';

export interface DefaultsSource {
  readonly control: Pick<Control, 'now'>;
  readonly tenants: Pick<Tenants, 'read'>;
  readonly deps: Pick<ProvisionerDeps, 'ledger' | 'providers' | 'guards' | 'clock' | 'log' | 'pulsarTenant'>;
}

export interface ImportAsked {
  readonly tenant_id: string;
  readonly tenant_name?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly limits?: Limits | undefined;
}

export interface ImportMeant {
  readonly name: string;
  readonly tier: Tier;
  readonly limits?: Limits;
}

interface Found {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly seen: SeenBase;
}

/** @throws ProblemError `conflict` (1, 2). Fault of a backend that is away (3). */
export async function importDefaults(
  source: DefaultsSource,
  asked: ImportAsked,
  signal: AbortSignal,
): Promise<ImportMeant> {
  const { store } = source.deps.ledger;
  const { state } = await source.tenants.read(asked.tenant_id, { fresh: !store.exclusive, signal });
  const ledger = state.generation > 0 ? state : undefined;
  if (ledger && ledger.phase !== 'gone') return meant(asked, undefined, undefined, ledger);
  const found = await findObjects(source, asked.tenant_id, signal);
  if (found.length === 0)
    throw problem(
      'conflict',
      `nothing was touched: nothing exists under the names of ${asked.tenant_id}, so there is nothing to import; create the tenant instead`,
    );
  const telling = found.filter(({ seen }) => seen.mark !== 'foreign');
  const name = telling.map(({ seen }) => seen.tenantName).find((told) => told !== undefined);
  return meant(asked, name, asked.tier ?? tierOf(asked.tenant_id, telling), ledger);
}

function meant(
  asked: ImportAsked,
  name: string | undefined,
  found: Tier | undefined,
  ledger: TenantState | undefined,
): ImportMeant {
  const tier = asked.tier ?? found ?? ledger?.tier ?? 'free';
  const limits = asked.limits ?? (tier === 'custom' && ledger?.tier === 'custom' ? ledger.limits : undefined);
  return { name: asked.tenant_name ?? name ?? ledger?.name ?? asked.tenant_id, tier, ...(limits ? { limits } : {}) };
}

const isTier = (text: string | undefined): text is Tier => (TIERS as readonly (string | undefined)[]).includes(text);

/** 2. */
function tierOf(tenantId: string, found: readonly Found[]): Tier | undefined {
  const told = found.flatMap(({ kind, name, seen }) => {
    const tier = seen.tier?.toLowerCase();
    return isTier(tier) ? [{ tier, where: `${kind} ${name}` }] : [];
  });
  const [first] = told;
  const other = told.find(({ tier }) => tier !== first?.tier);
  if (first && other)
    throw problem(
      'conflict',
      `nothing was touched: the objects of ${tenantId} tell different tiers, ${first.tier} (${first.where}) and ${other.tier} (${other.where}); say which`,
    );
  return first?.tier;
}

/** What exists under the tenant's names, kind by kind. */
async function findObjects(
  { control, deps }: DefaultsSource,
  tenantId: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const parts = { ...deps, bounds: SWEEP_BOUNDS };
  const found: Found[] = [];
  for (const provider of deps.providers.values()) {
    const { kind, backend } = provider;
    if (!isResourceKind(kind) || control.now().backends[backend] === 'paused') continue;
    for (const part of partsOf(kind)) {
      const name = resourceName(kind, part, tenantId, deps.pulsarTenant);
      const ref = { kind, name, tenantId, generation: 1, tier: '' };
      const seen = await guarded(parts, provider, 'look', (scope) => provider.observe(ref, scope), signal);
      if (!isAbsent(seen)) found.push({ kind, name, seen });
    }
  }
  return found;
}
