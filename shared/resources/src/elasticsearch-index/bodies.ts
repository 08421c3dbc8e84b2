/**
 * What is sent to make an index, its series' policy and template. Pure.
 */
import type { Ref } from '@leasehold/engine';
import type { Abilities } from './abilities.ts';
import { markMeta } from './mark.ts';
import { aliasesOf } from './names.ts';
import { analysis, type IndexShape, properties } from './shapes.ts';
import { type IndexSpec, type PolicyLifecycle, REPLICAS } from './spec.ts';

type Body = Readonly<Record<string, unknown>>;

/** Settings and mappings of every index of a resource, the first and its successors. */
export function indexBody(ref: Ref, spec: IndexSpec, shape: IndexShape, abilities: Abilities): Body {
  const managed = abilities.policies && shape.form === 'series';
  return {
    settings: {
      index: {
        number_of_shards: 1,
        // A fresh index has the server's default of one copy until it is expanded, which counts against the room.
        number_of_replicas: 0,
        auto_expand_replicas: REPLICAS,
        refresh_interval: `${spec.refreshSeconds}s`,
        analysis: analysis(abilities.folding),
        ...(managed ? { lifecycle: { name: ref.name, rollover_alias: ref.name } } : {}),
      },
    },
    mappings: { _meta: markMeta(ref), dynamic: false, properties: properties(shape.fields) },
  };
}

export const aliasBodies = (ref: Ref, shape: IndexShape): Body =>
  Object.fromEntries(
    aliasesOf(ref, shape).map((alias) => [alias, shape.form === 'series' ? { is_write_index: true } : {}]),
  );

const age = (days: number): string => (Number.isInteger(days) ? `${days}d` : `${Math.round(days * 86_400)}s`);
const size = (gigabytes: number): string =>
  Number.isInteger(gigabytes) ? `${gigabytes}gb` : `${Math.round(gigabytes * 1024 ** 3)}b`;

/** The cluster takes no rollover without a reason for one. */
function rollover({ rolloverAfterDays: days, rolloverAfterGigabytes: gigabytes }: PolicyLifecycle): Body {
  if (days === null && gigabytes === null) return {};
  const conditions = {
    ...(days === null ? {} : { max_age: age(days) }),
    ...(gigabytes === null ? {} : { max_primary_shard_size: size(gigabytes) }),
    min_docs: 1,
  };
  return { rollover: conditions };
}

/** @param lifecycle the tier's, or what a plan leaves of the cluster's own */
export function policyBody(ref: Ref, lifecycle: PolicyLifecycle): Body {
  const { deleteAfterDays } = lifecycle;
  return {
    policy: {
      _meta: markMeta(ref),
      phases: {
        hot: { actions: rollover(lifecycle) },
        ...(deleteAfterDays === null ? {} : { delete: { min_age: age(deleteAfterDays), actions: { delete: {} } } }),
      },
    },
  };
}

/** For successors that the cluster itself makes. */
export const templateBody = (ref: Ref, spec: IndexSpec, shape: IndexShape, abilities: Abilities): Body => ({
  index_patterns: [`${ref.name}-*`],
  priority: TEMPLATE_PRIORITY,
  _meta: markMeta(ref),
  template: indexBody(ref, spec, shape, abilities),
});

/** Above the cluster's own and the usual ones of operators. */
const TEMPLATE_PRIORITY = 500;
