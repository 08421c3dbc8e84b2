/**
 * Proof that both sides make the same: a tenant of each, looked at on the servers by the tests' own means. A comparison of
 * unequal work is worth nothing, so a difference ends the run.
 */
import { diffInventory, takeInventory } from '../../e2e/inventory.ts';
import { cachesOf, checkCaches, checkIndices, indicesOf } from '../../support/further-facts.ts';
import type { Installation } from '../../support/installation.ts';
import { bucketOf, keyspaceOf, namespacesOf, tenantProblems } from '../../support/tenant-facts.ts';
import type { Tree } from '../../support/tree.ts';
import { provision } from '../product/completion.ts';
import { TIER } from '../raw/tenant.ts';
import type { RealPlace } from './place.ts';

/** The mark is the product's own: a comment on tables, properties of namespaces. */
const MARKS = /\/(comment|properties)(\/|$)/;

/** The server tells tags in any order. */
const withTagsInOrder = (bucket: Tree): object => ({
  ...bucket,
  tags: bucket?.tags?.toSorted((a: Tree, b: Tree) => (a.Key < b.Key ? -1 : 1)),
});

/** A tenant's objects with its id out of every name and value. */
function objectsOf(inventory: Tree, { pulsarTenant }: Installation, tenantId: string): object {
  const of = (names: readonly string[], found: Tree): object =>
    Object.fromEntries(names.map((name) => [name, found?.[name]]));
  const objects = {
    keyspace: inventory.cassandra.keyspaces[keyspaceOf(tenantId)],
    bucket: withTagsInOrder(inventory.minio.buckets[bucketOf(tenantId)]),
    namespaces: of(namespacesOf(pulsarTenant, tenantId), inventory.pulsar[pulsarTenant].namespaces),
    caches: of(cachesOf(tenantId), inventory.ignite.caches),
    indices: of(indicesOf(tenantId), inventory.elasticsearch.indices),
  };
  return JSON.parse(JSON.stringify(objects).replaceAll(tenantId, 'ID').replaceAll(keyspaceOf(tenantId), 'KEYSPACE'));
}

export async function assertSameWork({ env, installation, door, raw }: RealPlace): Promise<void> {
  const [ours, bare] = [installation.tenant('same-product'), installation.tenant('same-raw')];
  await provision(door, ours, TIER);
  await raw.make(bare, 'all-at-once');
  const inventory = await takeInventory(env);
  const problems = [...tenantProblems(inventory, installation.pulsarTenant, { id: bare, tier: TIER })];
  const check = (what: string, seen: unknown, wanted: unknown): void => {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
    if (a !== b) problems.push(`${bare}: ${what}: expected ${b}, the server says ${a}`);
  };
  checkCaches(inventory.ignite, bare, check);
  checkIndices(inventory.elasticsearch, { id: bare, tier: TIER }, check);
  const differences = diffInventory(
    objectsOf(inventory, installation, ours),
    objectsOf(inventory, installation, bare),
  ).filter(({ path }) => !MARKS.test(path));
  const found = [...problems, ...differences.map((difference) => JSON.stringify(difference))];
  if (found.length > 0) throw new Error(`the raw side does other work than the product:\n${found.join('\n')}`);
}
