/**
 * The settings of the backends, as data: the platform's names, to the letter. Owns which variables exist and what they
 * mean; backends.ts owns what their presence decides.
 */

import { optional, type Setting, type SettingGroup, type SettingProblem, secret, withDefault } from './definition.ts';
import {
  brokerUrl,
  choice,
  type Endpoint,
  endpoint,
  flag,
  host,
  hosts,
  matching,
  path,
  readableFile,
  replication,
  text,
  url,
  whole,
} from './formats.ts';

const CASSANDRA_PORT = 9042;
const keyspaceName = matching(
  /^[a-z][a-z0-9_]{0,47}$/,
  'a lower-case keyspace name of at most 48 letters, digits and _',
);
const tenantName = matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name of letters, digits, _, . and -');

const tls = (prefix: string, backend: string, extra: { readonly later?: true } = {}) => ({
  caFile: optional(
    `${prefix}_CA_FILE`,
    readableFile,
    `certificate authority that signed ${backend}'s certificate (PEM)`,
    extra,
  ),
  certFile: optional(`${prefix}_CERT_FILE`, readableFile, `our certificate for ${backend} (PEM)`, extra),
  keyFile: optional(
    `${prefix}_KEY_FILE`,
    readableFile,
    `the private key of our certificate for ${backend} (PEM)`,
    extra,
  ),
});

/** `needed` must be set as soon as `because` is. */
const together = (given: ReadonlySet<string>, because: string, needed: readonly string[]): readonly SettingProblem[] =>
  given.has(because)
    ? needed
        .filter((variable) => !given.has(variable))
        .map((variable) => ({ variable, message: `missing; expected because ${because} is set` }))
    : [];

const pair = (given: ReadonlySet<string>, a: string, b: string): readonly SettingProblem[] => [
  ...together(given, a, [b]),
  ...together(given, b, [a]),
];

const tlsPair = (given: ReadonlySet<string>, prefix: string) =>
  pair(given, `${prefix}_CERT_FILE`, `${prefix}_KEY_FILE`);

const group = <const F extends Readonly<Record<string, Setting>>>(definition: SettingGroup<F>): SettingGroup<F> =>
  definition;

export const pulsarGroup = group({
  name: 'pulsar',
  title: "Pulsar: the bus, and tenants' namespaces",
  fields: {
    url: optional('PULSAR_URL', brokerUrl, 'the broker'),
    adminUrl: optional('PULSAR_ADMIN_URL', url(['http', 'https']), 'the admin API', {
      defaultMeaning: 'the host of PULSAR_URL with port 8080',
    }),
    wsUrl: optional('PULSAR_WS_URL', url(['ws', 'wss', 'http', 'https']), 'the WebSocket API', {
      defaultMeaning: 'the host of PULSAR_URL with port 8080',
    }),
    token: secret('PULSAR_TOKEN', text, 'token for broker, admin API and WebSocket API'),
    tenant: withDefault('PULSAR_TENANT', tenantName, 'platformq', 'the Pulsar tenant of the platform'),
    cluster: optional('PULSAR_CLUSTER', tenantName, 'the cluster that namespaces are allowed on', {
      defaultMeaning: 'asked of the broker',
    }),
    transport: withDefault(
      'PULSAR_TRANSPORT',
      choice(['native', 'websocket', 'auto']),
      'auto',
      'how messages travel; auto is native where the addon loads',
    ),
    tokenSigningKey: secret('PULSAR_TOKEN_SIGNING_KEY', text, "signs tenants' own Pulsar tokens"),
    ...tls('PULSAR', 'Pulsar'),
  },
  derive: derivePulsar,
  check: (given) => tlsPair(given, 'PULSAR'),
});

export const cassandraGroup = group({
  name: 'cassandra',
  title: "Cassandra: tenants' keyspaces",
  fields: {
    hosts: optional('CASSANDRA_HOSTS', hosts(CASSANDRA_PORT), 'contact points'),
    localDc: optional('CASSANDRA_LOCAL_DC', tenantName, 'the local data centre', {
      defaultMeaning: 'asked of the first contact point',
    }),
    username: optional('CASSANDRA_USERNAME', text, 'role that makes keyspaces and roles'),
    password: secret('CASSANDRA_PASSWORD', text, 'its password'),
    replication: optional('CASSANDRA_REPLICATION', replication, "data centres and replicas of tenants' keyspaces", {
      defaultMeaning: 'the local data centre with 1, and a warning',
    }),
    ...tls('CASSANDRA', 'Cassandra'),
  },
  check: (given) => [...pair(given, 'CASSANDRA_USERNAME', 'CASSANDRA_PASSWORD'), ...tlsPair(given, 'CASSANDRA')],
});

export const storeGroup = group({
  name: 'store',
  title: "The store: the mesh's own state",
  fields: {
    hosts: optional('STORE_CASSANDRA_HOSTS', hosts(CASSANDRA_PORT), 'contact points', { fallback: 'CASSANDRA_HOSTS' }),
    localDc: optional('STORE_CASSANDRA_LOCAL_DC', tenantName, 'the local data centre', {
      fallback: 'CASSANDRA_LOCAL_DC',
    }),
    username: optional('STORE_CASSANDRA_USERNAME', text, 'role that owns the keyspace', {
      fallback: 'CASSANDRA_USERNAME',
    }),
    password: secret('STORE_CASSANDRA_PASSWORD', text, 'its password', { fallback: 'CASSANDRA_PASSWORD' }),
    replication: optional('STORE_CASSANDRA_REPLICATION', replication, 'data centres and replicas', {
      fallback: 'CASSANDRA_REPLICATION',
    }),
    keyspace: withDefault('STORE_KEYSPACE', keyspaceName, 'leasehold', "the keyspace of the mesh's own state"),
    caFile: optional('STORE_CASSANDRA_CA_FILE', readableFile, 'certificate authority (PEM)', {
      fallback: 'CASSANDRA_CA_FILE',
    }),
    certFile: optional('STORE_CASSANDRA_CERT_FILE', readableFile, 'our certificate (PEM)', {
      fallback: 'CASSANDRA_CERT_FILE',
    }),
    keyFile: optional('STORE_CASSANDRA_KEY_FILE', readableFile, 'its private key (PEM)', {
      fallback: 'CASSANDRA_KEY_FILE',
    }),
  },
  check: (given) => [
    ...pair(given, 'STORE_CASSANDRA_USERNAME', 'STORE_CASSANDRA_PASSWORD'),
    ...tlsPair(given, 'STORE_CASSANDRA'),
  ],
});

export const minioGroup = group({
  name: 'minio',
  title: "MinIO or another S3 store: tenants' buckets",
  fields: {
    endpoint: optional('MINIO_ENDPOINT', endpoint, 'the S3 endpoint'),
    accessKey: optional('MINIO_ACCESS_KEY', text, 'access key of an administrator'),
    secretKey: secret('MINIO_SECRET_KEY', text, 'its secret key'),
    useSsl: optional('MINIO_USE_SSL', flag, 'speak TLS to the endpoint', {
      defaultMeaning: 'true for an https:// endpoint, else false',
    }),
    region: optional('S3_REGION', text, 'the region of the store, as its signatures name it', {
      defaultMeaning: 'asked of the store',
    }),
    vendor: withDefault('S3_VENDOR', choice(['minio', 'generic']), 'minio', 'generic: S3 calls only, no admin API'),
    ...tls('MINIO', 'MinIO'),
  },
  derive: deriveMinio,
  check: (given) => [
    ...together(given, 'MINIO_ENDPOINT', ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY']),
    ...tlsPair(given, 'MINIO'),
  ],
});

const IGNITE_PORT = '10800';

export const igniteGroup = group({
  name: 'ignite',
  title: "Ignite: tenants' caches",
  fields: {
    host: optional('IGNITE_HOST', host, 'a server node'),
    port: withDefault('IGNITE_PORT', whole(1, 65_535), IGNITE_PORT, 'its port for thin clients'),
    username: optional('IGNITE_USERNAME', text, 'user'),
    password: secret('IGNITE_PASSWORD', text, 'its password'),
    ...tls('IGNITE', 'Ignite'),
  },
  check: (given) => [...pair(given, 'IGNITE_USERNAME', 'IGNITE_PASSWORD'), ...tlsPair(given, 'IGNITE')],
});

export const elasticsearchGroup = group({
  name: 'elasticsearch',
  title: "Elasticsearch: tenants' indices",
  fields: {
    host: optional('ELASTICSEARCH_HOST', endpoint, 'a node, as URL or host:port'),
    apiKey: secret('ELASTICSEARCH_API_KEY', text, 'API key; or user and password'),
    username: optional('ELASTICSEARCH_USERNAME', text, 'user'),
    password: secret('ELASTICSEARCH_PASSWORD', text, 'its password'),
    ...tls('ELASTICSEARCH', 'Elasticsearch'),
  },
  check: (given) => [
    ...pair(given, 'ELASTICSEARCH_USERNAME', 'ELASTICSEARCH_PASSWORD'),
    ...tlsPair(given, 'ELASTICSEARCH'),
    ...(given.has('ELASTICSEARCH_API_KEY') && given.has('ELASTICSEARCH_USERNAME')
      ? [{ variable: 'ELASTICSEARCH_USERNAME', message: 'set beside ELASTICSEARCH_API_KEY; expected one of the two' }]
      : []),
  ],
});

export const kubernetesGroup = group({
  name: 'kubernetes',
  title: "Kubernetes: tenants' namespaces, and where the platform's services run",
  fields: {
    namespace: withDefault(
      'K8S_NAMESPACE',
      matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a namespace: at most 63 lower-case letters, digits and -'),
      'platformq',
      "where the platform's services run",
    ),
    kubeconfig: optional('KUBECONFIG', path, 'the kubeconfig', {
      defaultMeaning: 'the service account, inside a cluster',
    }),
    inClusterHost: optional('KUBERNETES_SERVICE_HOST', text, 'set by Kubernetes inside a cluster', { ambient: true }),
    ...tls('KUBERNETES', 'Kubernetes'),
  },
  check: (given) => tlsPair(given, 'KUBERNETES'),
});

export const openprojectGroup = group({
  name: 'openproject',
  title: 'OpenProject: projects',
  fields: {
    url: optional('OPENPROJECT_URL', url(['http', 'https']), 'the server'),
    apiKey: secret('OPENPROJECT_API_KEY', text, 'API key'),
    ...tls('OPENPROJECT', 'OpenProject'),
  },
  check: (given) => [...together(given, 'OPENPROJECT_URL', ['OPENPROJECT_API_KEY']), ...tlsPair(given, 'OPENPROJECT')],
});

type Values = Readonly<Record<string, unknown>>;

const PULSAR_WEB_PORT = 8080;

/** The host of the first broker; TLS to the broker means TLS to its web service too, so that no token travels in clear. */
function derivePulsar(values: Values): Values {
  if (typeof values.url !== 'string') return values;
  const match = /^pulsar(\+ssl)?:\/\/(\[[^\]]+\]|[^,:]+)/.exec(values.url);
  const encrypted = match?.[1] === undefined ? '' : 's';
  const server = `${match?.[2]}:${PULSAR_WEB_PORT}`;
  const given = typeof values.wsUrl === 'string' ? values.wsUrl.replace(/^http/, 'ws') : undefined;
  return {
    ...values,
    adminUrl: values.adminUrl ?? `http${encrypted}://${server}`,
    wsUrl: given ?? `ws${encrypted}://${server}`,
  };
}

function deriveMinio(values: Values): Values {
  const endpointValue = values.endpoint as Endpoint | undefined;
  return endpointValue === undefined
    ? values
    : { ...values, useSsl: values.useSsl ?? endpointValue.scheme === 'https' };
}
