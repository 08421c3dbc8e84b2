/**
 * A lazy session with a Cassandra cluster: connects on first use, translates the driver's errors, runs schema statements
 * one at a time and insists on schema agreement after each.
 *
 * 1. Making a session never fails. A cluster that is away, or accepts and stays mute, is `Unavailable` within the time limit.
 * 2. The driver keeps no copy of the schema: reading it back after each statement would cost a fifth of the time.
 * 3. No statement is retried here: what repeats it observes first.
 */

import { type Bound, bound, invalid, unavailable } from '@leasehold/kernel';
import type { Client, types } from 'cassandra-driver';
import { type Around, type Caller, createCaller } from '../edge/caller.ts';
import type { Tls } from '../edge/http-client.ts';
import { lazy } from '../edge/lazy.ts';
import { guardControlConnection } from './control-connection.ts';
import { cassandraFault } from './fault.ts';

export interface CassandraSettings {
  /** `host` or `host:port`. */
  readonly hosts: readonly string[];
  readonly localDataCenter: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
  /** One statement that reads. Shipped: 5 s. */
  readonly timeoutMs?: number;
  /** One statement that changes the schema: a dropped keyspace takes up to 2 s on a small node. Shipped: 30 s. */
  readonly ddlTimeoutMs?: number;
  readonly around?: Around;
}

export interface CassandraSession {
  /** All rows of a query on the schema tables, in pages, at most `cassandra-rows`. */
  rows(name: string, cql: string, params: readonly unknown[], signal: AbortSignal): Promise<readonly types.Row[]>;
  /** Rows of a DESCRIBE statement, which cannot be prepared: `keyspace_name`, `type`, `name`, `create_statement`. */
  describe(name: string, cql: string, signal: AbortSignal): Promise<readonly types.Row[]>;
  /** One schema statement, after every earlier one of this session; the provider's parallelism bounds how many wait. */
  ddl(name: string, cql: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const PAGE_ROWS = bound('cassandra-page-rows', 1000);
const ROWS = bound('cassandra-rows', 200_000);

export function createCassandraSession(settings: CassandraSettings): CassandraSession {
  const readMs = bound('cassandra-read-ms', settings.timeoutMs ?? 5000);
  const ddlMs = bound('cassandra-ddl-ms', settings.ddlTimeoutMs ?? 30_000);
  const client = lazy(
    () => connect(settings, readMs, ddlMs),
    (made) => made.shutdown(),
  );
  const call = createCaller({
    backend: 'cassandra',
    timeoutMs: readMs,
    translate: cassandraFault,
    around: settings.around,
    onTimeout: () => client.drop(),
  });
  let last: Promise<unknown> = Promise.resolve();
  return {
    rows: (name, cql, params, signal) =>
      call({ name, kind: 'read' }, signal, async () => readAll(await client.get(), cql, params)),
    describe: (name, cql, signal) =>
      call({ name, kind: 'read' }, signal, async () => {
        const described = await (await client.get()).execute(cql, [], { prepare: false, isIdempotent: true });
        return described.rows;
      }),
    ddl(name, cql, signal) {
      const turn = last.then(() => runDdl(call, { name, timeoutMs: ddlMs }, () => client.get(), cql, signal));
      last = turn.catch(() => undefined);
      return turn;
    },
    close: () => client.close(),
  };
}

async function readAll(client: Client, cql: string, params: readonly unknown[]): Promise<readonly types.Row[]> {
  const rows: types.Row[] = [];
  let pageState: string | undefined;
  do {
    const options = { prepare: true, isIdempotent: true, fetchSize: PAGE_ROWS.value };
    const page = await client.execute(cql, [...params], pageState === undefined ? options : { ...options, pageState });
    rows.push(...page.rows);
    pageState = page.pageState ?? undefined;
    if (pageState !== undefined && rows.length >= ROWS.value) throw tooMany();
  } while (pageState !== undefined);
  return rows;
}

async function runDdl(
  call: Caller,
  statement: { readonly name: string; readonly timeoutMs: Bound },
  client: () => Promise<Client>,
  cql: string,
  signal: AbortSignal,
): Promise<void> {
  // Connecting has a limit of its own: a cluster that is away is told before the long limit of a schema statement.
  const connected = await call({ name: 'connect', kind: 'read' }, signal, client);
  await call({ ...statement, kind: 'effect' }, signal, async () => {
    const { info } = await connected.execute(cql, [], { prepare: false, isIdempotent: false });
    // The driver's type declarations leave this field out.
    if ((info as { readonly isSchemaInAgreement?: boolean }).isSchemaInAgreement === false) {
      throw unavailable('cassandra nodes do not agree on the schema', {
        code: 'SchemaDisagreement',
        backend: 'cassandra',
        unknownOutcome: true,
      });
    }
  });
}

async function connect(settings: CassandraSettings, readMs: Bound, ddlMs: Bound): Promise<Client> {
  const { default: cassandra } = await import('cassandra-driver');
  const { policies } = cassandra;
  const client = new cassandra.Client({
    contactPoints: [...settings.hosts],
    localDataCenter: settings.localDataCenter,
    isMetadataSyncEnabled: false,
    protocolOptions: { maxSchemaAgreementWaitSeconds: Math.max(1, Math.floor(ddlMs.value / 2000)) },
    socketOptions: { connectTimeout: readMs.value, readTimeout: ddlMs.value },
    policies: {
      retry: new policies.retry.FallthroughRetryPolicy(),
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(1000),
    },
    ...(settings.username === undefined
      ? {}
      : { credentials: { username: settings.username, password: settings.password ?? '' } }),
    ...(settings.tls === undefined ? {} : { sslOptions: { rejectUnauthorized: true, ...settings.tls } }),
  });
  guardControlConnection(client, () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.shutdown().catch(() => undefined);
    throw error;
  }
}

/** Half a listing would read as if the other half were lost. */
const tooMany = () =>
  invalid(`cassandra lists more than ${ROWS.value} rows of its schema`, {
    code: 'TooManyElements',
    backend: 'cassandra',
  });
