/**
 * What the embedded process does on disk, by nothing but Node: a tenant's files, a bus of one table with a transaction each
 * at synchronous FULL, and a process that only listens.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '@leasehold/resources';
import { bucketOf, keyspaceOf } from '../../support/tenant-facts.ts';

async function writeDurably(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, 'w');
  await file.writeFile(text);
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
}

/** A database with the base tables, a bucket's folder with its settings, a record for each namespace. */
export async function makeTenantFiles(folder: string, tenantId: string): Promise<void> {
  const path = join(folder, 'cassandra', `${keyspaceOf(tenantId)}.sqlite`);
  await mkdir(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; BEGIN');
  for (const step of MIGRATIONS.flatMap(({ steps }) => steps))
    if (step.kind === 'table') database.exec(tableSql(step.table.name, Object.keys(step.table.columns)));
  database.exec('COMMIT');
  database.close();
  const settings = JSON.stringify({ tenantId, versioning: 'enabled' });
  await writeDurably(join(folder, 'minio', bucketOf(tenantId), '.settings.json'), settings);
  for (const namespace of [tenantId, `${tenantId}.data`])
    await writeDurably(join(folder, 'pulsar', `${namespace}.json`), settings);
}

const tableSql = (name: string, columns: readonly string[]): string =>
  `CREATE TABLE "${name}" (${columns.map((column) => `"${column}" TEXT`).join(', ')})`;

/** Publishes and acks each payload in transactions of their own. */
export function passThroughFile(path: string, payloads: readonly Uint8Array[]): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE messages (seq INTEGER PRIMARY KEY, payload BLOB NOT NULL, acked INTEGER NOT NULL)');
  const publish = database.prepare('INSERT INTO messages (payload, acked) VALUES (?, 0) RETURNING seq');
  const ack = database.prepare('UPDATE messages SET acked = 1 WHERE seq = ?');
  for (const payload of payloads) ack.run(Number(publish.get(payload)?.['seq']));
  database.close();
}

const LISTEN = `require('node:http').createServer((_, answer) => answer.end('{}')).listen(Number(process.argv[1]), '127.0.0.1')`;

/** A Node process that listens and answers. The caller ends it. */
export const spawnListener = (port: number): ChildProcess =>
  spawn(process.execPath, ['-e', LISTEN, String(port)], { stdio: 'ignore' });
