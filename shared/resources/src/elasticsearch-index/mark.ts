/**
 * The mark of an index: `_meta.leasehold` of its mapping, `{"tenant":"acme","generation":1,"tier":"free"}`. It is made in the
 * same call as the index, so that nothing is ever half made. Policies and templates carry the same in their `_meta`.
 */
import type { Ref } from '@leasehold/engine';
import type { Owner } from '../edge/ownership.ts';

export interface IndexMark extends Owner {
  readonly tier: string;
}

export const markMeta = ({ tenantId, generation, tier }: Ref): Readonly<Record<string, unknown>> => ({
  leasehold: { tenant: tenantId, generation, tier },
});

/** undefined: no mark of ours, whatever it says. */
export function parseMeta(meta: unknown): IndexMark | undefined {
  const mark = (meta as { readonly leasehold?: unknown } | null | undefined)?.leasehold;
  const { tenant, generation, tier = '' } = (mark ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof tenant !== 'string' || !Number.isSafeInteger(generation) || typeof tier !== 'string') return undefined;
  return { tenantId: tenant, generation: generation as number, tier };
}
