/**
 * Asks a cluster which data centre its first contact point is in, for installations that do not name theirs.
 */
import { bound } from '@leasehold/kernel';
import { cassandraFault } from './failure.ts';
import type { CassandraStoreOptions } from './options.ts';

const ASK_MS = bound('ask-data-centre-ms', 8_000);

/** @throws Fault `Unavailable` when the cluster does not answer in time. */
export async function askLocalDataCenter(
  options: Pick<CassandraStoreOptions, 'contactPoints' | 'credentials' | 'tls'>,
): Promise<string> {
  const { Client, policies } = (await import('cassandra-driver')).default;
  const { contactPoints, credentials, tls } = options;
  const client = new Client({
    contactPoints: contactPoints.slice(0, 1),
    // Any node will do: the question is what it calls itself.
    policies: { loadBalancing: new policies.loadBalancing.RoundRobinPolicy() },
    socketOptions: { connectTimeout: ASK_MS.value, readTimeout: ASK_MS.value },
    ...(credentials ? { credentials: { ...credentials } } : {}),
    ...(tls ? { sslOptions: { ...tls } } : {}),
  });
  try {
    const { rows } = await client.execute('SELECT data_center FROM system.local', [], { prepare: true });
    return String(rows[0]?.data_center);
  } catch (error) {
    throw cassandraFault(error);
  } finally {
    await client.shutdown().catch(() => undefined);
  }
}
