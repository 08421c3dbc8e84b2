/**
 * The way to an API server: where it is and who we are, from a kubeconfig or the service account of the pod. Reading them
 * (exec plugins, rotated tokens, OIDC) is `@kubernetes/client-node`'s, loaded on first use; calls are made with our own HTTP
 * client, because each needs a time limit and an abort that ends its socket, which that package's calls lack.
 *
 * 1. No kubeconfig is picked up that was not named.
 * 2. A credential that changes on disk is used within a minute; a changed certificate means new sockets.
 * 3. A kubeconfig that cannot be read is `Unavailable` (code `BadKubeconfig`): repaired on disk, the next call finds it.
 */
import type { RequestOptions } from 'node:https';
import { unavailable } from '@leasehold/kernel';
import { createHttpClient, type HttpClient, type Tls } from '../edge/http-client.ts';
import { lazy } from '../edge/lazy.ts';

export interface KubernetesSettings {
  /** Path of a kubeconfig; absent: the service account that a pod is given. */
  readonly kubeconfig?: string;
  /** Takes the place of what the kubeconfig says. */
  readonly tls?: Tls;
}

export interface Connection {
  /** The client and the headers of one call. @throws Fault `Unavailable`, code `BadKubeconfig`. */
  use(): Promise<{ readonly http: HttpClient; readonly headers: Readonly<Record<string, string>> }>;
  close(): Promise<void>;
}

interface Identity {
  readonly server: string;
  apply(): Promise<RequestOptions>;
}

export function createConnection(settings: KubernetesSettings): Connection {
  const identity = lazy(
    () => loadIdentity(settings),
    () => Promise.resolve(),
  );
  let present: { readonly key: string; readonly http: HttpClient } | undefined;
  const clientFor = (server: string, tls: Tls): HttpClient => {
    const key = JSON.stringify([server, tls]);
    if (present?.key !== key) {
      present?.http.close();
      present = { key, http: createHttpClient(server, tls) };
    }
    return present.http;
  };
  return {
    async use() {
      try {
        const { server, apply } = await identity.get();
        const options = await apply();
        const headers = Object.entries((options.headers ?? {}) as Readonly<Record<string, string>>);
        return {
          http: clientFor(server, { ...tlsIn(options), ...settings.tls }),
          headers: Object.fromEntries(headers),
        };
      } catch (error) {
        identity.drop();
        throw unreadable(error);
      }
    },
    async close() {
      present?.http.close();
      present = undefined;
      await identity.close();
    },
  };
}

async function loadIdentity({ kubeconfig }: KubernetesSettings): Promise<Identity> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new Error(`its current context ${JSON.stringify(config.getCurrentContext())} names no cluster`);
  if (cluster.proxyUrl !== undefined) throw new Error('proxy-url is not supported');
  return {
    server: cluster.server,
    async apply() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}

const pem = (value: RequestOptions['ca']): string | undefined =>
  value === undefined || value === null ? undefined : Array.isArray(value) ? value.join('\n') : String(value);

function tlsIn({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Tls {
  return {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert as RequestOptions['ca']) }),
    ...(key === undefined ? {} : { key: pem(key as RequestOptions['ca']) }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** The loader's own words name the file and the field, never a credential. */
const unreadable = (cause: unknown) =>
  unavailable(`the kubeconfig cannot be used: ${cause instanceof Error ? cause.message : 'unknown reason'}`, {
    code: 'BadKubeconfig',
    backend: 'kubernetes',
    away: true,
    cause,
  });
