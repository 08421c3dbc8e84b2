/**
 * Names that no tenant of the ledger has: some are orphans, objects that carry our mark for a tenant that there is not. They are
 * told, by log and gauge, and never deleted by themselves.
 *
 * S1. The ledger has the last word: an object whose tenant came meanwhile, or is being taken down, is no orphan.
 * S2. Single looks are within the budget, a bounded number a listing, and a judgement lasts for a while, so that the next listing
 *     judges others.
 */
import { isResourceKind, type NameOwner, ownerOfName } from '@leasehold/contracts';
import { isAbsent, type Provider, type Ref } from '@leasehold/engine';
import type { Listing } from './listing.ts';
import { guarded, readState, type SweepParts, understood } from './parts.ts';

export interface Strangers {
  judge(listing: Listing, names: ReadonlySet<string>, signal: AbortSignal): Promise<void>;
}

interface Judgement {
  readonly orphan: boolean;
  readonly untilMs: number;
}

export function createStrangers(parts: SweepParts): Strangers {
  const known = new Map<string, ReadonlyMap<string, Judgement>>();
  const publish = (): void =>
    parts.metrics.orphanResources.replace(
      [...known].map(([kind, judged]) => ({
        labels: { kind },
        value: [...judged.values()].filter(({ orphan }) => orphan).length,
      })),
    );
  return {
    judge: async (listing, names, signal) => {
      const { kind } = listing.provider;
      const before = known.get(kind) ?? new Map<string, Judgement>();
      const after = new Map<string, Judgement>();
      let looks = 0;
      for (const [name, owner] of candidates(parts, kind, names)) {
        const last = before.get(name);
        const lasts = last !== undefined && last.untilMs > parts.clock.now();
        if (!lasts && looks >= parts.bounds.strangers.value) {
          if (last) after.set(name, last);
          continue;
        }
        if (!lasts) looks += 1;
        const judgement = lasts ? last : await judged(parts, listing, name, owner, signal);
        after.set(name, judgement);
        if (judgement.orphan && !last?.orphan)
          parts.log.warn('an object carries our mark for a tenant that there is not', {
            kind,
            name,
            tenant_id: owner.tenantId,
          });
      }
      known.set(kind, after);
      publish();
    },
  };
}

function* candidates(
  { pulsarTenant, bounds }: SweepParts,
  kind: string,
  names: ReadonlySet<string>,
): Generator<readonly [string, NameOwner]> {
  if (!isResourceKind(kind)) return;
  let found = 0;
  for (const name of names) {
    const owner = ownerOfName(kind, name, pulsarTenant);
    if (owner) yield [name, owner];
    if (owner && ++found >= bounds.remembered.value) return;
  }
}

async function judged(
  parts: SweepParts,
  listing: Listing,
  name: string,
  { tenantId }: NameOwner,
  signal: AbortSignal,
): Promise<Judgement> {
  const untilMs = parts.clock.now() + parts.bounds.strangerMs.value;
  const isOurs = listing.marked !== undefined || (await carriesMark(parts, listing.provider, name, tenantId, signal));
  if (!isOurs) return { orphan: false, untilMs };
  // S1.
  const phase = (await understood(parts, tenantId, () => readState(parts, tenantId, signal)))?.phase;
  return { orphan: phase === 'none' || phase === 'gone', untilMs };
}

async function carriesMark(
  parts: SweepParts,
  provider: Provider,
  name: string,
  tenantId: string,
  signal: AbortSignal,
): Promise<boolean> {
  await parts.budget.spend(signal);
  const ref: Ref = { kind: provider.kind, name, tenantId, generation: 1, tier: '' };
  const seen = await guarded(parts, provider, 'look', (scope) => provider.observe(ref, scope), signal);
  return !isAbsent(seen) && seen.mark === 'ours';
}
