/**
 * What really exists on the servers of the stack, asked by raw means: the drivers' own clients and plain HTTP, none of the
 * product's adapters. Tests compare it before a tenant comes and after it has gone, and against what the product says.
 *
 * 1. It changes nothing on any server.
 * 2. What the servers make for themselves (system keyspaces, heartbeat topics, built-in policies) is left out, so that two
 *    inventories of untouched servers are equal.
 * 3. It holds no moment, no byte count of a server's own and no secret: equal things read equal.
 */
import type { Json } from '@leasehold/kernel';
import { cassandraInventory } from './inventory/cassandra.ts';
import { elasticsearchInventory } from './inventory/elasticsearch.ts';
import { igniteInventory } from './inventory/ignite.ts';
import { kubernetesInventory } from './inventory/kubernetes.ts';
import { minioInventory } from './inventory/minio.ts';
import { pulsarInventory } from './inventory/pulsar.ts';

export { diffInventory } from './inventory/difference.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** One JSON tree for each server; keys are names, so that a difference has a readable path. */
export interface Inventory {
  readonly cassandra: Json;
  readonly minio: Json;
  readonly pulsar: Json;
  readonly elasticsearch: Json;
  readonly ignite: Json;
  readonly kubernetes: Json;
}

/** @param env the STACK_* variables. Errors: whatever a client throws: a test that cannot look must fail. */
export async function takeInventory(env: Env): Promise<Inventory> {
  const [cassandra, minio, pulsar, elasticsearch, ignite, kubernetes] = await Promise.all([
    cassandraInventory(env),
    minioInventory(env),
    pulsarInventory(env),
    // Servers that a smaller stack lacks are left out; a test that is about them asks for their variables itself.
    env['STACK_ELASTICSEARCH_URL'] ? elasticsearchInventory(env) : null,
    env['STACK_IGNITE_ADDRESS'] ? igniteInventory(env) : null,
    env['STACK_KUBECONFIG'] ? kubernetesInventory(env) : null,
  ]);
  return { cassandra, minio, pulsar, elasticsearch, ignite, kubernetes };
}
