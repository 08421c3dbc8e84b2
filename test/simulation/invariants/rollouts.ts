/**
 * Tenants and the blueprints that they were made of, while files are rolled out.
 *
 * Blueprint. A tenant has exactly one edition of its tier's file, whole: each node that the edition makes, as it makes it, and
 *     beside them only what is told as kept or as leaving.
 * Rollout. Of each tenant a rollout tells one outcome; `updated` is told of one that has what was rolled out, as far as nobody
 *     has changed it since.
 */
import { canonicalJson } from '@leasehold/kernel';
import type { Scene } from '../invariants.ts';
import { type Report, ROLLOUTS_PARTITION, tenantPartition } from '../service.ts';
import type { TenantView } from '../tenant-view.ts';
import { blueprintOf, type Edition, LIMITS } from '../tiers.ts';

const EDITIONS: readonly Edition[] = ['shipped', 'changed'];

export function watchRollouts({ world, views }: Scene): undefined {
  const told = new Set<string>();
  views.onCommit(({ before, after }) => {
    if (before?.state.graph === after.state.graph && before.state.blueprint === after.state.blueprint) return;
    const wrong = mixture(after);
    if (wrong) world.violate('blueprint', `${after.tenantId} ${wrong}`);
  });
  world.store.onCommit(({ request }) => {
    if (request.partition !== ROLLOUTS_PARTITION) return;
    for (const { key, value } of request.put) {
      if (!key.startsWith('report/')) continue;
      const { tenantId, outcome } = JSON.parse(value) as Report;
      const rollout = key.split('/')[1] ?? '';
      if (told.has(`${rollout} ${tenantId}`))
        world.violate('rollout', `${tenantId} is told twice in rollout ${rollout}`);
      told.add(`${rollout} ${tenantId}`);
      const visit = views.all.get(tenantId)?.state.blueprint?.rollout;
      if (outcome === 'updated' && (visit?.serial ?? 0) < Number(rollout))
        world.violate(
          'rollout',
          `${tenantPartition(tenantId)} is told as updated, and rollout ${rollout} never was there`,
        );
    }
  });
}

/** What is not of one edition; `undefined`: nothing. */
function mixture({ state }: TenantView): string | undefined {
  const { blueprint, graph, tier, phase } = state;
  if (phase === 'none' || graph.length === 0) return undefined;
  const edition = EDITIONS.map((each) => blueprintOf(tier, each)).find(({ digest }) => digest === blueprint?.digest);
  if (!edition) return `has the tier ${tier} and a blueprint of none of its files: ${blueprint?.digest}`;
  const wanted = new Map(edition.graph(state.limits ?? LIMITS, state.tenantId).map((node) => [node.id, node]));
  const beside = new Set([...(blueprint?.kept ?? []), ...(blueprint?.leaving ?? [])]);
  for (const node of graph) {
    const should = wanted.get(node.id);
    if (!should && !beside.has(node.id)) return `has ${node.id}, which nobody names`;
    if (should && canonicalJson(should) !== canonicalJson(node)) return `has ${node.id} of another edition`;
    wanted.delete(node.id);
  }
  return wanted.size === 0 ? undefined : `has no ${[...wanted.keys()].join(', ')}`;
}
