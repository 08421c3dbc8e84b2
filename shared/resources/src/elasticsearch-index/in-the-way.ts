/**
 * What of others stands where a tenant's index, alias or series belongs, by kind and name. Pure.
 *
 * 1. An index or a data stream under the name of an alias of ours: somebody wrote to it before the alias was there.
 * 2. An alias of ours that leads to others' indices, where nothing of ours is there yet; and a write alias that writes to one.
 * 3. A name of ours that is an alias or a data stream of others.
 */
import type { Ref } from '@leasehold/engine';
import type { FoundIndex } from './listing.ts';
import { aliasesOf, firstIndex, resourceOf } from './names.ts';
import type { IndexShape } from './shapes.ts';

/**
 * @param all whatever the names of ours lead to
 * @param ours the tenant's own of this resource
 * @param missing aliases that do not lead to ours as they should
 */
export function inTheWay(
  ref: Ref,
  shape: IndexShape,
  {
    all,
    ours,
    missing,
  }: { readonly all: readonly FoundIndex[]; readonly ours: readonly FoundIndex[]; readonly missing: readonly string[] },
): readonly string[] {
  const isNew = ours.length === 0;
  const names = new Set([...missing, ...(isNew ? [ref.name, firstIndex(ref, shape)] : [])]);
  const aliases = aliasesOf(ref, shape);
  const others = all.filter((one) => !ours.includes(one));
  const found = others.flatMap((one) => [
    ...(names.has(one.index) && aliases.includes(one.index) ? [`index ${one.index}`] : []),
    ...(one.dataStream !== undefined && names.has(one.dataStream) ? [`data stream ${one.dataStream}`] : []),
    ...Object.entries(one.aliases)
      .filter(([alias, writes]) => names.has(alias) && (isNew ? !isTenants(one, ref) : writes))
      .map(([alias]) => `alias ${alias} of index ${one.index}`),
  ]);
  return [...new Set(found)];
}

/** The tenant's other resources share aliases, whether they are marked yet or not. */
const isTenants = ({ index, mark }: FoundIndex, { tenantId }: Ref): boolean =>
  (mark === undefined || mark.tenantId === tenantId) && resourceOf(index, tenantId) !== undefined;
