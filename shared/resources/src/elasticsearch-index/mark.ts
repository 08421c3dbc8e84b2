/**
 * The mark of an index: `_meta.leasehold` of its mapping, `{"tenant":"acme","generation":1,"tier":"free"}`. It is made in the
 * same call as the index, so that nothing is ever half made. Policies and templates carry the same in their `_meta`. While several
 * indices of others are adopted that cannot be marked in one call, the first says `"adopting":true`, and is told so last of all.
 */
import type { Ref } from '@leasehold/engine';
import type { Owner } from '../edge/ownership.ts';

export interface IndexMark extends Owner {
  readonly tier: string;
}

export const markMeta = ({ tenantId, generation, tier }: Ref): Readonly<Record<string, unknown>> => ({
  leasehold: { tenant: tenantId, generation, tier },
});

/** The mark beside what others say there. */
export const withMark = (
  meta: Readonly<Record<string, unknown>>,
  ref: Ref,
  adopting = false,
): Readonly<Record<string, unknown>> => ({
  ...meta,
  leasehold: { ...(markMeta(ref)['leasehold'] as object), ...(adopting ? { adopting } : {}) },
});

export const isAdoptingMeta = (meta: Readonly<Record<string, unknown>>): boolean =>
  (meta['leasehold'] as { readonly adopting?: unknown } | undefined)?.adopting === true;

/** undefined: no mark of ours, whatever it says. */
export function parseMeta(meta: unknown): IndexMark | undefined {
  const mark = (meta as { readonly leasehold?: unknown } | null | undefined)?.leasehold;
  const { tenant, generation, tier = '' } = (mark ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof tenant !== 'string' || !Number.isSafeInteger(generation) || typeof tier !== 'string') return undefined;
  return { tenantId: tenant, generation: generation as number, tier };
}
