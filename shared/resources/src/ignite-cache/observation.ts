/**
 * What is there of a tenant's caches, from their configurations and from the mesh's own cache of marks. Changes nothing.
 *
 * O1. The configuration's own mark tells the owner; an entry of ours beside it can only tell of a later generation.
 * O2. A cache without a mark of its own is ours by its entry alone; an entry that says `claimed` makes it half made, one that
 *     says `adopted` tells that others made it.
 */
import { ABSENT, type Absent, isAbsent, type Mark, type Ref } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { markOf, type Owner } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import type { FoundCache, IgniteLink } from './link.ts';
import type { CacheMark } from './mark.ts';
import { CACHE_NAME } from './names.ts';
import { type CacheSeen, EXPIRY_UNSUPPORTED, isGroupOf } from './spec.ts';

const PAGE = bound('ignite-listed-caches', 16);

export interface Look {
  readonly seen: CacheSeen | Absent;
  /** The entry in the mesh's own cache. */
  readonly entry: CacheMark | undefined;
}

export async function lookAtCache(link: IgniteLink, ref: Ref, signal: AbortSignal): Promise<Look> {
  const [found, entry] = await Promise.all([link.find(ref.name, signal), link.marks.read(ref.name, signal)]);
  return { seen: found === undefined ? ABSENT : seenOf(ref, found, entry), entry };
}

export async function* observeCaches(
  link: IgniteLink,
  kind: string,
  signal: AbortSignal,
): AsyncGenerator<readonly [Ref, CacheSeen]> {
  const names = (await link.names(signal)).filter((name) => CACHE_NAME.test(name));
  for (let start = 0; start < names.length; start += PAGE.value) {
    const looks = await inParallel(names.slice(start, start + PAGE.value), PAGE, async (name) => {
      const [found, entry] = await Promise.all([link.find(name, signal), link.marks.read(name, signal)]);
      return { name, found, entry };
    });
    for (const { name, found, entry } of looks) {
      const owner = found && ownerOf(found, entry);
      if (owner === undefined) continue;
      const { tenantId, generation } = owner;
      const ref: Ref = { kind, name, tenantId, generation, tier: '' };
      const seen = seenOf(ref, found as FoundCache, entry);
      if (!isAbsent(seen) && seen.mark === 'ours') yield [ref, seen];
    }
  }
}

function ownerOf(found: FoundCache, entry: CacheMark | undefined): Owner | undefined {
  const { mark } = found;
  if (mark === undefined) return entry;
  const later = entry?.tenantId === mark.tenantId ? entry.generation : 0;
  return { tenantId: mark.tenantId, generation: Math.max(mark.generation, later) };
}

function seenOf(ref: Ref, found: FoundCache, entry: CacheMark | undefined): CacheSeen {
  const { mode, backups, atomicity, group } = found;
  const shape = { mode, backups, atomicity, group };
  if (found.name !== ref.name) {
    return { mark: 'none', ...shape, notes: ['CacheIdTaken: a cache of another name has the same hash'] };
  }
  const owner = ownerOf(found, entry);
  const claimed = found.mark === undefined && entry?.claimed === true;
  const mark: Mark = claimed && entry.tenantId === ref.tenantId ? 'half-made' : markOf(owner, ref);
  const { expiry, adopted } = found.mark ?? entry ?? {};
  return {
    mark,
    ...(owner === undefined ? {} : { generation: owner.generation }),
    ...(adopted ? { adopted } : {}),
    ...shape,
    notes: [
      ...(expiry === 'unsupported' ? [EXPIRY_UNSUPPORTED] : []),
      ...(adopted && !isGroupOf(found) ? [`GroupDiffers: ${group ?? 'none'}, which only a new cache can change`] : []),
    ],
  };
}
