/**
 * The backends of this release, made from the settings: one entry each says how the real one is made and, where it has one, its
 * embedded backend. Which of them are wanted is the plan's business, and who shares them that of backends.ts; nothing here opens a
 * connection.
 *
 * 1. What the plan skips is not made: its kinds have no provider, and what a service would make of these kinds is left out.
 */
import { HEARD_TENANT_TOPICS } from '@leasehold/contracts';
import type { Backend, Provider } from '@leasehold/engine';
import {
  createCassandraBackend,
  createElasticsearchBackend,
  createEmbeddedCassandraBackend,
  createEmbeddedElasticsearchBackend,
  createEmbeddedIgniteBackend,
  createEmbeddedMinioBackend,
  createEmbeddedPulsarBackend,
  createIgniteBackend,
  createKubernetesBackend,
  createMinioBackend,
  createOpenProjectBackend,
  createPulsarBackend,
} from '@leasehold/resources';
import { hostText } from '../settings/formats.ts';
import { BACKENDS, type BackendName, type Settings } from '../settings/groups.ts';
import type { BackendPlan } from '../settings/settings.port.ts';
import { pemFiles } from './tls.ts';

export interface BackendParts {
  readonly backend: Backend;
  readonly providers: readonly Provider[];
}

type Maker = (settings: Settings) => BackendParts;

/** Backends of this release: one line each. Constructing one opens nothing. */
const MAKERS: Readonly<Partial<Record<BackendName, { readonly real: Maker; readonly embedded?: Maker }>>> = {
  cassandra: {
    real: realCassandra,
    embedded: ({ common: { dataDir } }) => createEmbeddedCassandraBackend({ dataDir }),
  },
  minio: { real: realMinio, embedded: ({ common: { dataDir } }) => createEmbeddedMinioBackend({ dataDir }) },
  pulsar: { real: realPulsar, embedded: ({ common: { dataDir } }) => createEmbeddedPulsarBackend({ dataDir }) },
  ignite: { real: realIgnite, embedded: ({ common: { dataDir } }) => createEmbeddedIgniteBackend({ dataDir }) },
  elasticsearch: {
    real: realElasticsearch,
    embedded: ({ common: { dataDir } }) => createEmbeddedElasticsearchBackend({ dataDir }),
  },
  kubernetes: { real: realKubernetes },
  openproject: { real: realOpenProject },
};

/** Undefined: the plan skips it. */
export function makeBackend(name: BackendName, settings: Settings, plan: BackendPlan): BackendParts | undefined {
  const { mode } = plan.backends[name];
  return mode === 'skipped' ? undefined : MAKERS[name]?.[mode]?.(settings);
}

/**
 * By kind, of all backends of the plan: lent to check files against, before anything is opened. They are closed again: those that a service
 * uses are made once more settings are known (`withDataCentres`).
 */
export async function lendProviders(
  settings: Settings,
  plan: BackendPlan,
  check: (providers: ReadonlyMap<string, Provider>) => void,
  make: typeof makeBackend = makeBackend,
): Promise<void> {
  const parts: BackendParts[] = [];
  try {
    for (const name of BACKENDS) {
      const made = make(name, settings, plan);
      if (made) parts.push(made);
    }
    check(byKind(parts));
  } finally {
    // What nobody has asked anything has nothing to lose.
    await Promise.allSettled(parts.map(({ backend }) => backend.close()));
  }
}

export const byKind = (parts: readonly BackendParts[]): ReadonlyMap<string, Provider> =>
  new Map(parts.flatMap(({ providers }) => providers).map((provider) => [provider.kind, provider]));

function realCassandra({ cassandra }: Settings): BackendParts {
  const { hosts = [], localDc = '', username, password, replication = {} } = cassandra;
  const tls = pemFiles(cassandra);
  return createCassandraBackend({
    hosts: hosts.map(hostText),
    localDataCenter: localDc,
    replication,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls } : {}),
  }) as BackendParts;
}

function realMinio({ minio }: Settings): BackendParts {
  const { endpoint, accessKey = '', secretKey = '', useSsl = false, region, vendor } = minio;
  const tls = pemFiles(minio);
  const { host = '', port } = endpoint ?? {};
  return createMinioBackend({
    endpoint: port === undefined ? host : hostText({ host, port }),
    useTls: useSsl,
    accessKey,
    secretKey,
    vendor,
    ...(region === undefined ? {} : { region }),
    ...(tls ? { tls } : {}),
  }) as BackendParts;
}

function realPulsar({ pulsar }: Settings): BackendParts {
  const { adminUrl = '', token, cluster, tenant } = pulsar;
  const tls = pemFiles(pulsar);
  return createPulsarBackend({
    adminUrl,
    pulsarTenant: tenant,
    heardTopics: HEARD_TENANT_TOPICS,
    ...(token === undefined ? {} : { token }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(tls ? { tls } : {}),
  }) as BackendParts;
}

function realIgnite({ ignite }: Settings): BackendParts {
  const { host = '', port, username, password } = ignite;
  const tls = pemFiles(ignite);
  return createIgniteBackend({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls } : {}),
  }) as BackendParts;
}

const ELASTICSEARCH_PORT = 9200;

function realElasticsearch({ elasticsearch }: Settings): BackendParts {
  const { host: endpoint, apiKey, username, password } = elasticsearch;
  const tls = pemFiles(elasticsearch);
  const { scheme = tls ? 'https' : 'http', host = '', port = ELASTICSEARCH_PORT } = endpoint ?? {};
  return createElasticsearchBackend({
    url: `${scheme}://${hostText({ host, port })}`,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls } : {}),
  }) as BackendParts;
}

function realKubernetes({ kubernetes }: Settings): BackendParts {
  const { kubeconfig, namespace } = kubernetes;
  const tls = pemFiles(kubernetes);
  return createKubernetesBackend({
    platformNamespace: namespace,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(tls ? { tls } : {}),
  }) as BackendParts;
}

function realOpenProject({ openproject }: Settings): BackendParts {
  const { url = '', apiKey = '' } = openproject;
  const tls = pemFiles(openproject);
  return createOpenProjectBackend({ url, apiKey, ...(tls ? { tls } : {}) }) as BackendParts;
}
