/**
 * The mark of a cache. It is part of the cache's own configuration, as the affinity key of a type that nobody has: made and
 * gone with the cache in one step, and readable by any client. A configuration cannot be changed: what comes later (a
 * newer generation), and the mark of a cache that was made from a server's template, is an entry in the mesh's own cache.
 */
import type { Owner } from '../edge/ownership.ts';

export interface CacheMark extends Owner {
  /** `unsupported`: entries were to expire, and the server offers no template for that. */
  readonly expiry: 'none' | 'template' | 'unsupported';
  /** Only in the mesh's own cache: the cache was to be made, and may not be there yet. */
  readonly claimed: boolean;
  /** Others made the cache: what of it only a new one could change, and can be borne, stays. */
  readonly adopted?: true;
}

export const MARK_TYPE = 'leasehold';

const EXPIRIES: readonly string[] = ['none', 'template', 'unsupported'];

export const markText = ({ tenantId, generation, expiry, claimed, adopted }: CacheMark): string =>
  JSON.stringify({
    tenant: tenantId,
    generation,
    expiry,
    ...(claimed ? { claimed } : {}),
    ...(adopted ? { adopted } : {}),
  });

/** undefined: no mark of ours, whatever it says. */
export function parseMark(text: string | null | undefined): CacheMark | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    const {
      tenant,
      generation,
      expiry,
      claimed = false,
      adopted,
    } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof tenant !== 'string' || !Number.isSafeInteger(generation) || !EXPIRIES.includes(String(expiry))) {
      return undefined;
    }
    const known = expiry as CacheMark['expiry'];
    return {
      tenantId: tenant,
      generation: generation as number,
      expiry: known,
      claimed: claimed === true,
      ...(adopted === true ? { adopted } : {}),
    };
  } catch {
    return undefined;
  }
}
