/**
 * What stands in for the module of Cassandra's driver in tests without a server: the parts that this repository uses, over clusters in
 * memory (cluster.ts). A test says so with `vi.mock`, and the code under test is the product's, down to its session.
 */
import { EventEmitter } from 'node:events';
import { type AskedWith, clusterAt, type FakeCluster } from './cluster.ts';
import type { Bound } from './statement.ts';

/** As the protocol numbers them. */
export const consistencies = { quorum: 4, localQuorum: 6, serial: 8, localSerial: 9 } as const;

interface ClientOptions {
  readonly contactPoints: readonly string[];
  readonly queryOptions?: AskedWith & { readonly serialConsistency?: number };
}

export const noHost = (inner?: Error): Error =>
  Object.assign(new Error('All host(s) tried for query failed'), {
    name: 'NoHostAvailableError',
    innerErrors: inner === undefined ? {} : { '127.0.0.1:9042': inner },
  });

/** How connecting and defining go: a wait before there is a connection, and whether the servers agree on a definition. */
export const dialling = { wait: undefined as Promise<void> | undefined, agreed: true };

/** Clients that were made, so that a test sees what they were told. */
export const clients: FakeClient[] = [];

export class FakeClient extends EventEmitter {
  readonly options: ClientOptions;
  isOpen = false;
  shutdowns = 0;
  constructor(options: ClientOptions) {
    super();
    this.options = options;
    clients.push(this);
  }

  async connect(): Promise<void> {
    await dialling.wait;
    this.cluster();
    this.isOpen = true;
  }

  private cluster(): FakeCluster {
    const found = clusterAt(this.options.contactPoints[0] ?? '');
    if (found === undefined) throw noHost();
    return found;
  }

  async execute(cql: string, params: readonly Bound[], options: AskedWith = {}) {
    const all = { ...this.options.queryOptions, ...options };
    const isSerial = all.consistency === consistencies.serial || all.consistency === consistencies.localSerial;
    const { rows, pageState, applied } = await this.cluster().ask([{ cql, params }], all, isSerial);
    return { rows, pageState, wasApplied: () => applied, info: { isSchemaInAgreement: dialling.agreed } };
  }

  async batch(
    queries: readonly { readonly query: string; readonly params: readonly Bound[] }[],
    options: AskedWith = {},
  ) {
    const all = { ...this.options.queryOptions, ...options };
    const asked = queries.map(({ query, params }) => ({ cql: query, params }));
    const { rows, applied } = await this.cluster().ask(asked, all, false);
    return { rows, wasApplied: () => applied };
  }

  async shutdown(): Promise<void> {
    this.isOpen = false;
    this.shutdowns += 1;
  }
}

const policy = class {};

export default {
  Client: FakeClient,
  types: { consistencies },
  policies: {
    retry: { IdempotenceAwareRetryPolicy: policy, RetryPolicy: policy },
    reconnection: { ExponentialReconnectionPolicy: policy },
    loadBalancing: { RoundRobinPolicy: policy },
  },
};
