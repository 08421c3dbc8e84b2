/**
 * What is sent to make an index, its series' policy and template. Pure.
 */
import type { Ref } from '@leasehold/engine';
import type { Abilities } from './abilities.ts';
import { markMeta } from './mark.ts';
import { aliasesOf } from './names.ts';
import { analysis, type IndexShape, properties } from './shapes.ts';
import { type IndexSpec, type Lifecycle, REPLICAS } from './spec.ts';

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

const conditions = (lifecycle: Lifecycle): Body => ({
  max_age: `${lifecycle.rolloverAfterDays}d`,
  max_primary_shard_size: `${lifecycle.rolloverAfterGigabytes}gb`,
  min_docs: 1,
});

export function policyBody(ref: Ref, { lifecycle }: IndexSpec): Body {
  const { deleteAfterDays } = lifecycle;
  const gone = { delete: { min_age: `${deleteAfterDays}d`, actions: { delete: {} } } };
  return {
    policy: {
      _meta: markMeta(ref),
      phases: {
        hot: { actions: { rollover: conditions(lifecycle) } },
        ...(deleteAfterDays === null ? {} : gone),
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
