export {
  type CassandraBackend,
  type CassandraBackendOptions,
  createCassandraBackend,
} from './cassandra-keyspace/backend.ts';
export { KEYSPACE_KIND } from './cassandra-keyspace/provider.ts';
export type { CassandraSettings } from './cassandra-keyspace/session.ts';
export type { KeyspaceSeen, KeyspaceSpec } from './cassandra-keyspace/spec.ts';
export { MIGRATIONS, type Migration, type Step, type TableShape } from './cassandra-keyspace/tables.ts';
export { createEmbeddedCassandraBackend, type EmbeddedCassandraOptions } from './cassandra-keyspace/twin.ts';
export type { Around, CallKind, CallName } from './edge/caller.ts';
export type { Tls } from './edge/http-client.ts';
export { createMinioBackend, type MinioBackend, type MinioBackendOptions } from './minio-bucket/backend.ts';
export type { MinioSettings } from './minio-bucket/client.ts';
export { BUCKET_KIND } from './minio-bucket/provider.ts';
export type { BucketSeen, BucketSpec, LifecycleDays, Vendor } from './minio-bucket/spec.ts';
export { createEmbeddedMinioBackend, type EmbeddedMinioOptions } from './minio-bucket/twin.ts';
export type { PulsarSettings } from './pulsar-namespace/admin.ts';
export { createPulsarBackend, type PulsarBackend, type PulsarBackendOptions } from './pulsar-namespace/backend.ts';
export { NAMESPACE_KIND } from './pulsar-namespace/provider.ts';
export type { NamespaceSeen, NamespaceSpec, Permissions, Rate } from './pulsar-namespace/spec.ts';
export { createEmbeddedPulsarBackend, type EmbeddedPulsarOptions } from './pulsar-namespace/twin.ts';
