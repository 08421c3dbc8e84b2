/**
 * Names that no owner of the ledger has: some are orphans, objects that carry our mark for an owner that there is not. They are
 * told, by log and gauge, and never deleted by themselves.
 *
 * S1. The ledger has the last word: an object whose owner came meanwhile, or is being taken down, is no orphan.
 * S2. Single looks are within the budget, a bounded number a listing, and a judgement lasts for a while, so that the next listing
 *     judges others.
 * S3. A service that cannot tell an owner by a name looks for no orphans, and leaves the gauge to those that do.
 */
import { isAbsent, type Provider, type Ref } from '@leasehold/engine';
import { understood } from '../inventory/walk.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { SweepBounds } from './bounds.ts';
import type { SweepDefinition } from './definition.ts';
import type { Listing } from './listing.ts';
import { guarded, readState, type SweepParts } from './parts.ts';

export interface Strangers {
  judge(listing: Listing, names: ReadonlySet<string>, signal: AbortSignal): Promise<void>;
  /** The next leader tells of orphans; what this one saw would stand for ever. */
  forget(): void;
}

type Orphans<T extends OwnedTypes> = NonNullable<SweepDefinition<T>['orphans']>;

interface Judgement {
  readonly orphan: boolean;
  readonly untilMs: number;
}

/** S3. */
const NO_STRANGERS: Strangers = { judge: async () => undefined, forget: () => undefined };

export function createStrangers<T extends OwnedTypes>(parts: SweepParts<T>): Strangers {
  const { orphans } = parts.sweep;
  if (!orphans) return NO_STRANGERS;
  const { names: serviceNames, log, metrics, bounds } = parts;
  const known = new Map<string, ReadonlyMap<string, Judgement>>();
  const publish = (): void =>
    metrics.orphanResources.replace(
      [...known].map(([kind, judged]) => ({
        labels: { kind },
        value: [...judged.values()].filter(({ orphan }) => orphan).length,
      })),
    );
  return {
    forget: () => metrics.orphanResources.replace([]),
    judge: async (listing, names, signal) => {
      const { kind } = listing.provider;
      const before = known.get(kind) ?? new Map<string, Judgement>();
      const after = new Map<string, Judgement>();
      let looks = 0;
      for (const [name, ownerId] of candidates(names, (one) => orphans.ownerOfName(kind, one), bounds)) {
        const last = before.get(name);
        const lasts = last !== undefined && last.untilMs > parts.clock.now();
        if (!lasts && looks >= bounds.strangers.value) {
          if (last) after.set(name, last);
          continue;
        }
        if (!lasts) looks += 1;
        const judgement = lasts ? last : await judged({ ...parts, orphans }, listing, name, ownerId, signal);
        after.set(name, judgement);
        if (judgement.orphan && !last?.orphan)
          log.warn(`an object carries our mark for a ${serviceNames.ownerType} that there is not`, {
            kind,
            name,
            ...serviceNames.about(ownerId),
          });
      }
      known.set(kind, after);
      publish();
    },
  };
}

function* candidates(
  names: ReadonlySet<string>,
  ownerOf: (name: string) => string | undefined,
  { remembered }: SweepBounds,
): Generator<readonly [name: string, ownerId: string]> {
  let found = 0;
  for (const name of names) {
    const ownerId = ownerOf(name);
    if (ownerId === undefined) continue;
    yield [name, ownerId];
    if (++found >= remembered.value) return;
  }
}

async function judged<T extends OwnedTypes>(
  parts: SweepParts<T> & { readonly orphans: Orphans<T> },
  listing: Listing,
  name: string,
  ownerId: string,
  signal: AbortSignal,
): Promise<Judgement> {
  const untilMs = parts.clock.now() + parts.bounds.strangerMs.value;
  const { tenantId } = parts.names.ownerOf(ownerId);
  const isOurs = listing.marked !== undefined || (await carriesMark(parts, listing.provider, name, tenantId, signal));
  if (!isOurs) return { orphan: false, untilMs };
  // S1.
  const state = await understood(parts, ownerId, () => readState(parts, ownerId, signal));
  return { orphan: state !== undefined && parts.orphans.isNobody(state), untilMs };
}

async function carriesMark<T extends OwnedTypes>(
  parts: SweepParts<T>,
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
