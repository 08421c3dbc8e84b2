/**
 * How a Pulsar cluster is reached, and the part of the bus that goes over its admin API whatever the transport.
 *
 * 1. Nothing is contacted before the first call.
 */
import type { Clock, Log, Rng } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { createDispatcher, type TlsFiles } from './http-agent.ts';
import { createPartitions, type Partitions } from './partitions.ts';
import type { Bus } from './port.ts';
import { createPulsarAdmin, type PulsarAdmin } from './pulsar-admin.ts';
import { createEnsure } from './pulsar-ensure.ts';
import { createSchemaRegistry, type SchemaRegistry } from './schema-registry.ts';

export interface PulsarConnection {
  /** `http://host:8080`. */
  readonly adminUrl: string;
  readonly token?: string;
  readonly tls?: TlsFiles;
  /** Asked of the broker when absent. */
  readonly cluster?: string;
  /** The Pulsar tenant of the installation. */
  readonly tenant: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly bounds?: Partial<BusBounds>;
}

/** The part of a Pulsar bus that goes over the admin API, shared by both transports. */
export interface PulsarControl {
  readonly admin: PulsarAdmin;
  readonly registry: SchemaRegistry;
  readonly ensure: Bus['ensure'];
  readonly partitions: Partitions;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createPulsarControl(options: PulsarConnection, bounds: BusBounds): PulsarControl {
  const dispatcher = options.tls ? createDispatcher(options.tls) : undefined;
  const admin = createPulsarAdmin({ ...options, bounds, dispatcher });
  const registry = createSchemaRegistry(admin, bounds);
  const partitions = createPartitions({ admin, clock: options.clock, log: options.log, bounds });
  return {
    admin,
    partitions,
    registry,
    ensure: createEnsure({ admin, cluster: options.cluster, log: options.log, bounds }),
    ping: async (signal) => {
      // Every role that the broker knows may ask this, and no tenant need exist yet.
      await admin.call({ method: 'GET', path: '/admin/v2/clusters' }, signal);
    },
    close: async () => {
      partitions.close();
      await (await dispatcher)?.close();
    },
  };
}
