/**
 * The standalone process: every service of the product in one process, on one port. A service more is a line here.
 *
 * 1. Settings, tier files and the data folder are checked before anything is opened, and each tells all its problems.
 * 2. The port is taken first, so that `/health` answers while the store or the bus is waited for.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createAuth, type Route, serve } from '@leasehold/http';
import { type Clock, type Log, seededRng, systemClock } from '@leasehold/kernel';
import type { Metrics, Secrets } from '@leasehold/observability';
import {
  createFront,
  ensureSecrets,
  type LoadedSettings,
  type MeshSecrets,
  openPlatform,
  type ProcessScope,
  withDataCentres,
} from '@leasehold/runtime';
import { lockFolder } from '@leasehold/sqlite';
import { checkBlueprints, composeTenantProvisioner } from '@leasehold/tenant-provisioner';
import { createReadiness } from './readiness.ts';

export interface StandaloneOptions {
  readonly loaded: LoadedSettings;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  readonly scope: ProcessScope;
  readonly clock?: Clock;
}

export interface Standalone {
  readonly url: string;
  readonly secrets: MeshSecrets;
  readonly readyAtMs: number;
}

/** What whoever opens the documentation first reads. */
const DESCRIPTION =
  'Provisions what a tenant of the platform leases, keeps it as it should be, and takes all of it down when the tenant leaves. Begin with `POST /api/v1/provision`, then follow `status_url`.';

export async function composeStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { loaded, log, metrics, scope, clock = systemClock } = options;
  const { plan } = loaded;
  const { dataDir, host, port } = loaded.settings.common;
  checkBlueprints(loaded.settings, plan);
  const lock = lockFolder(dataDir);
  scope.onClose('data folder', () => lock.release());
  const secrets = await ensureSecrets({ dataDir, settings: loaded.settings, clock, random: randomBytes });
  hide(options.secrets, loaded, secrets);
  const rng = seededRng(randomBytes(4).readInt32LE());
  const { issuer, audience } = loaded.settings.auth;
  const front = createFront({
    title: 'Leasehold',
    description: DESCRIPTION,
    version: options.version,
    auth: createAuth({
      keys: secrets.tokens,
      clock,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    }),
    clock,
    log,
    metrics,
    rng: rng.fork('http'),
    health: () => true,
  });
  const serving = await serve(front.app, { host, port });
  scope.onClose('http', () => serving.close());
  const settings = await withDataCentres({ ...loaded, clock, rng, log, scope });
  const holder = `${process.pid}-${randomUUID()}`;
  const platform = await openPlatform({ settings, plan, clock, rng, log, holder, scope });
  const shared = {
    settings,
    plan,
    platform,
    installed: ['tenant-provisioner'] as const,
    clock,
    rng,
    log,
    metrics,
    holder,
    scope,
  };
  const services = [await composeTenantProvisioner({ ...shared, rng: rng.fork('tenant-provisioner') })];
  const routes: Route[] = services.flatMap((service) => service.routes);
  const idempotency = (services[0] as (typeof services)[number]).idempotency;
  front.open({
    routes,
    idempotency,
    ready: createReadiness(platform, log, () => Object.assign({}, ...services.map((service) => service.backends()))),
  });
  log.info('ready', { url: serving.url });
  return { url: serving.url, secrets, readyAtMs: clock.now() };
}

/** What the settings hold in confidence never appears in a log, whatever it is part of. */
function hide(registry: Secrets, { settings }: LoadedSettings, { tokens, masterKey }: MeshSecrets): void {
  const { pulsar, cassandra, store, minio, ignite, elasticsearch, openproject, neighbours } = settings;
  const texts = [
    tokens.kind === 'secret' ? tokens.secret : undefined,
    Buffer.from(masterKey).toString('base64'),
    pulsar.token,
    pulsar.tokenSigningKey,
    cassandra.password,
    store.password,
    minio.secretKey,
    ignite.password,
    elasticsearch.apiKey,
    elasticsearch.password,
    openproject.apiKey,
    neighbours.marketToken,
    neighbours.prometheusToken,
    neighbours.serviceToken,
  ];
  for (const text of texts) if (text !== undefined) registry.register(text);
}
