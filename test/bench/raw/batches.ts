/**
 * Conditional batches by the plain driver, one at a time: what 200 updates of one partition cost somebody who commits each of
 * them. The table is shaped as the product's own: a static version, rows of text.
 */
import type { Client } from 'cassandra-driver';
import { createKeyspaceCql } from './keyspace.ts';

export interface Batches {
  /** `count` updates of a fresh partition. */
  run(count: number, partition: string): Promise<void>;
}

export async function openBatches(client: Client, keyspace: string, dataCentre: string): Promise<Batches> {
  const facts = `"${keyspace}".facts`;
  await client.execute(createKeyspaceCql(keyspace, dataCentre));
  await client.execute(
    `CREATE TABLE ${facts} (partition text, key text, value text, version bigint static, PRIMARY KEY (partition, key))`,
  );
  const condition = `UPDATE ${facts} SET version = ? WHERE partition = ? IF version = ?`;
  const insert = `INSERT INTO ${facts} (partition, key, value) VALUES (?, ?, ?)`;
  return {
    run: async (count, partition) => {
      for (let version = 0; version < count; version++) {
        const result = await client.batch(
          [
            { query: condition, params: [version + 1, partition, version === 0 ? null : version] },
            { query: insert, params: [partition, 'state', JSON.stringify({ count: version + 1 })] },
            { query: insert, params: [partition, `journal/${version}`, `update ${version}`] },
          ],
          { prepare: true, logged: true },
        );
        if (!result.wasApplied()) throw new Error(`batch ${version} was refused`);
      }
    },
  };
}
