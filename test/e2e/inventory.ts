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
import { minioInventory } from './inventory/minio.ts';
import { pulsarInventory } from './inventory/pulsar.ts';

export { diffInventory } from './inventory/difference.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** One JSON tree for each server; keys are names, so that a difference has a readable path. */
export interface Inventory {
  readonly cassandra: Json;
  readonly minio: Json;
  readonly pulsar: Json;
}

/** @param env the STACK_* variables. Errors: whatever a client throws: a test that cannot look must fail. */
export async function takeInventory(env: Env): Promise<Inventory> {
  const [cassandra, minio, pulsar] = await Promise.all([
    cassandraInventory(env),
    minioInventory(env),
    pulsarInventory(env),
  ]);
  return { cassandra, minio, pulsar };
}
