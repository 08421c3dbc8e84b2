/**
 * A tenant that is complete, with all of its objects there under the contract's names: what a sweep finds nothing wrong with.
 */
import { decideOutcomes, decideRunEnd } from '../src/domain/decide.ts';
import { create, openScene } from '../src/domain/scene.ts';
import type { TenantsOnBackends } from './tenants-on-backends.ts';

export const KEYSPACE = 'cassandra-keyspace';
export const BUCKET = 'minio-bucket';

export const nameOf = (kind: string, tenantId: string): string =>
  kind === BUCKET ? `tenant-${tenantId}` : `tenant_${tenantId.replaceAll('-', '_')}`;

/** Ends a minute after everything was seen. */
export async function settled(stage: TenantsOnBackends, tenantId: string): Promise<void> {
  const { tenants, world } = stage;
  await tenants.command(tenantId, create(), stage.operator(), 'open');
  const scene = openScene();
  scene.state = (await tenants.read(tenantId)).state;
  const seen = scene.settledPatches().map((patch) => ({ ...patch, observedAtMs: world.nowMs }));
  await tenants.decide(tenantId, ({ state, waiting }, now) => decideOutcomes(state, waiting, seen, now));
  await tenants.decide(tenantId, ({ state, waiting }, now) => decideRunEnd(state, waiting, 'whole', now));
  // The stage names objects its own way; the contract's names are what a listing is compared with.
  await tenants.decide(tenantId, ({ state, waiting }, context) => {
    const rename = <T extends { kind: string }>(one: T): T => ({ ...one, name: nameOf(one.kind, tenantId) });
    const named = { ...state, graph: state.graph.map(rename), records: state.records.map(rename) };
    const digests = openScene();
    digests.state = named;
    return decideOutcomes(named, waiting, digests.settledPatches(), context);
  });
  for (const kind of [KEYSPACE, BUCKET])
    stage.backend.things.set(`${kind} ${nameOf(kind, tenantId)}`, { owner: tenantId, told: { value: 'right' } });
  world.nowMs += 60_000;
}
