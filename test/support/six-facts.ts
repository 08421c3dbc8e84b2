/**
 * All six servers of the stack, and the project server of the tests, as one: the settings that lead a process to them, what the
 * naming contract promises of a tenant on each, whose a place in an inventory is, and the taking away of leftovers.
 */
import type { FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import type { Inventory } from '../e2e/inventory.ts';
import { checkCluster, checkProject, clearCluster, clusterSettings, isClusterPlace } from './cluster-facts.ts';
import { checkCaches, checkIndices, clearFurther, furtherSettings, isFurtherPlace } from './further-facts.ts';
import type { Installation } from './installation.ts';
import type { Settings } from './product.ts';
import { ownerOf, type Tenant, tenantProblems } from './tenant-facts.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Keyspace, bucket, two namespaces, six caches, five indices, a namespace on Kubernetes, a project. */
export const RESOURCES_OF_TENANT = 17;

export const sixSettings = (env: Env, mesh: Installation, projects: FakeOpenProject): Settings =>
  mesh.settings({ ...furtherSettings(env), ...clusterSettings(env, projects) });

/** @returns one sentence for each promise of the naming contract that a server does not keep; empty is the goal. */
export function sixProblems(
  now: Inventory,
  mesh: Installation,
  projects: FakeOpenProject,
  tenant: Tenant,
): readonly string[] {
  const problems = [...tenantProblems(now, mesh.pulsarTenant, tenant)];
  const check = (what: string, seen: unknown, wanted: unknown) => {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
    if (a !== b) problems.push(`${tenant.id}: ${what}: expected ${b}, the server says ${a}`);
  };
  checkIndices(now.elasticsearch, tenant, check);
  checkCaches(now.ignite, tenant.id, check);
  checkCluster(now.kubernetes, tenant, check);
  checkProject(projects, tenant, check);
  return problems;
}

/** Whether a place in an inventory is the mesh's own or one of these tenants'. */
export const isKnownPlace = (path: string, mesh: Installation, ids: readonly string[]): boolean =>
  mesh.ownsPath(path) ||
  path === `/pulsar/${mesh.pulsarTenant}` ||
  ownerOf(path, ids, mesh.pulsarTenant) !== undefined ||
  ids.some((id) => isFurtherPlace(path, id) || isClusterPlace(path, id));

/** Takes away what a failed test left; the caches go with the server, which keeps nothing. */
export async function clearSix(env: Env, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await clearFurther(env, ids);
  await clearCluster(env, ids);
}
