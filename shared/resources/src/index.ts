export {
  type CassandraBackend,
  type CassandraBackendOptions,
  createCassandraBackend,
} from './cassandra-keyspace/backend.ts';
export { createEmbeddedCassandraBackend, type EmbeddedCassandraOptions } from './cassandra-keyspace/embedded.ts';
export { KEYSPACE_KIND } from './cassandra-keyspace/provider.ts';
export type { CassandraSettings } from './cassandra-keyspace/session.ts';
export type { KeyspaceSeen, KeyspaceSpec } from './cassandra-keyspace/spec.ts';
export { MIGRATIONS, type Migration, type Step, type TableShape } from './cassandra-keyspace/tables.ts';
export type { Around, CallKind, CallName } from './edge/caller.ts';
export type { Tls } from './edge/http-client.ts';
export {
  createElasticsearchBackend,
  type ElasticsearchBackend,
  type ElasticsearchBackendOptions,
} from './elasticsearch-index/backend.ts';
export type { ElasticsearchSettings } from './elasticsearch-index/client.ts';
export {
  createEmbeddedElasticsearchBackend,
  type EmbeddedElasticsearchOptions,
} from './elasticsearch-index/embedded.ts';
export { INDEX_KIND } from './elasticsearch-index/provider.ts';
export type { IndexSeen, IndexSpec, Lifecycle } from './elasticsearch-index/spec.ts';
export { createIgniteBackend, type IgniteBackend, type IgniteBackendOptions } from './ignite-cache/backend.ts';
export type { IgniteSettings } from './ignite-cache/connection.ts';
export { createEmbeddedIgniteBackend, type EmbeddedIgniteOptions } from './ignite-cache/embedded.ts';
export { CACHE_KIND } from './ignite-cache/provider.ts';
export type { CacheSeen, CacheSpec } from './ignite-cache/spec.ts';
export {
  createKubernetesBackend,
  type KubernetesBackend,
  type KubernetesBackendOptions,
} from './kubernetes-namespace/backend.ts';
export { KUBERNETES_NAMESPACE_KIND } from './kubernetes-namespace/provider.ts';
export type { KubernetesNamespaceSeen, KubernetesNamespaceSpec } from './kubernetes-namespace/spec.ts';
export { createMinioBackend, type MinioBackend, type MinioBackendOptions } from './minio-bucket/backend.ts';
export type { MinioSettings } from './minio-bucket/client.ts';
export { createEmbeddedMinioBackend, type EmbeddedMinioOptions } from './minio-bucket/embedded.ts';
export { BUCKET_KIND } from './minio-bucket/provider.ts';
export type { BucketSeen, BucketSpec, LifecycleDays, Vendor } from './minio-bucket/spec.ts';
export {
  createOpenProjectBackend,
  type OpenProjectBackend,
  type OpenProjectBackendOptions,
} from './openproject-project/backend.ts';
export { PROJECT_KIND } from './openproject-project/provider.ts';
export type { ProjectSeen, ProjectSpec } from './openproject-project/spec.ts';
export type { PulsarSettings } from './pulsar-namespace/admin.ts';
export { createPulsarBackend, type PulsarBackend, type PulsarBackendOptions } from './pulsar-namespace/backend.ts';
export { createEmbeddedPulsarBackend, type EmbeddedPulsarOptions } from './pulsar-namespace/embedded.ts';
export { NAMESPACE_KIND } from './pulsar-namespace/provider.ts';
export type { NamespaceSeen, NamespaceSpec, Permissions, Rate } from './pulsar-namespace/spec.ts';
