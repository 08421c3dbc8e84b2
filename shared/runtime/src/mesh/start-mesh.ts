/**
 * Services brought up in one process on one port: one of them alone, or all of them. The only place that knows the order.
 *
 * 1. Settings, the services' files and the data folder are checked before anything is opened, and each tells all its problems.
 * 2. The port is taken first, so that `/health` answers while the store or the bus is waited for.
 * 3. The data folder is locked only where something is kept in it: replicas that share a store need no folder.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Auth, type BackendState, createAuth, serve } from '@leasehold/http';
import { bound, type Clock, type Log, seededRng } from '@leasehold/kernel';
import type { Metrics, Secrets } from '@leasehold/observability';
import { lockFolder } from '@leasehold/sqlite';
import { openPlatform, withDataCentres } from '../platform/compose.ts';
import { createFront } from '../platform/front.ts';
import { lendProviders } from '../platform/make-backends.ts';
import type { ProcessScope } from '../process/process.port.ts';
import { expectedAudience } from '../settings/groups.ts';
import { ensureSecrets } from '../settings/secrets.ts';
import type { LoadedSettings, MeshSecrets } from '../settings/settings.port.ts';
import { createReadiness, type Part, type ReadinessWatch } from './readiness.ts';
import type { RunningService, ServiceDefinition } from './service.port.ts';

export interface MeshOptions {
  readonly services: readonly ServiceDefinition[];
  readonly loaded: LoadedSettings;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  readonly scope: ProcessScope;
  readonly clock: Clock;
}

export interface Mesh {
  readonly url: string;
  readonly secrets: MeshSecrets;
}

/** How long `/ready` says 503 on the way out before no more connections are taken: whoever asks often learns it by then. */
const NOTICE_MS = bound('drain notice ms', 500);

/** What whoever opens the documentation first reads. */
const DESCRIPTION =
  'Provisions what a tenant of the platform leases, keeps it as it should be, and takes all of it down when the tenant leaves. Begin with `POST /api/v1/provision`, then follow `status_url`.';

export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { loaded, log, metrics, scope, clock } = options;
  const { plan } = loaded;
  const { dataDir, host, port } = loaded.settings.common;
  await lendProviders(loaded.settings, plan, (providers) => {
    for (const service of options.services) service.check(loaded.settings, providers);
  });
  if (keepsFiles(loaded)) {
    const lock = lockFolder(dataDir);
    scope.onClose('data folder', () => lock.release());
  }
  const secrets = await ensureSecrets({ dataDir, settings: loaded.settings, clock, random: randomBytes });
  hide(options.secrets, loaded, secrets);
  const rng = seededRng(randomBytes(4).readInt32LE());
  const front = createFront({
    title: 'Leasehold',
    description: DESCRIPTION,
    version: options.version,
    auth: authOf(loaded, secrets, clock),
    clock,
    log,
    metrics,
    rng: rng.fork('http'),
    health: () => true,
  });
  const serving = await serve(front.app, { host, port, notice: () => clock.sleep(NOTICE_MS.value) });
  scope.onClose('http', () => serving.close());
  const onWait = front.waitFor;
  const settings = await withDataCentres({ ...loaded, clock, rng, log, scope, onWait });
  const holder = `${process.pid}-${randomUUID()}`;
  let watch: ReadinessWatch | undefined;
  const onTrouble = (part: Part) => watch?.suspect(part);
  const platform = await openPlatform({ settings, plan, clock, rng, log, metrics, holder, scope, onTrouble, onWait });
  const installed = options.services.map(({ name }) => name);
  const shared = { settings, plan, platform, installed, clock, log, metrics, holder, scope };
  const running: RunningService[] = [];
  for (const { name, compose } of options.services) running.push(await compose({ ...shared, rng: rng.fork(name) }));
  const backends = () => ({ ...platform.backends.states(), consumers: consumerState(running) });
  watch = createReadiness({ ...platform, clock, log, backends });
  scope.onClose('readiness', () => watch?.close());
  front.open({
    routes: running.flatMap((service) => service.routes),
    idempotency: platform.idempotency,
    ready: watch.look,
  });
  // Registered last, so that it goes first: requests under way need all the rest.
  scope.onClose('requests', () => serving.close());
  log.info('ready', { url: serving.url });
  return { url: serving.url, secrets };
}

/** Beside the backends: events that do not move on are nobody's failure to be seen otherwise. It takes no replica out. */
function consumerState(running: readonly RunningService[]): BackendState {
  const stalls = running.flatMap((service) => service.stalled() ?? []);
  if (stalls.length === 0) return { state: 'up', latency_ms: null };
  return { state: 'degraded', latency_ms: null, message: stalls.join('; ') };
}

const keepsFiles = ({ plan }: LoadedSettings): boolean =>
  plan.bus === 'embedded' ||
  plan.store === 'embedded' ||
  Object.values(plan.backends).some(({ mode }) => mode === 'embedded');

function authOf({ settings }: LoadedSettings, { tokens }: MeshSecrets, clock: Clock): Auth {
  const { issuer } = settings.auth;
  const audience = expectedAudience(settings);
  return createAuth({
    keys: tokens,
    clock,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  });
}

/** What is held in confidence never appears in a log, whatever it is part of. */
function hide(registry: Secrets, { secrets }: LoadedSettings, { tokens, masterKey }: MeshSecrets): void {
  const made = tokens.kind === 'secret' ? [tokens.secret] : [];
  for (const text of [...secrets, ...made, Buffer.from(masterKey).toString('base64')]) registry.register(text);
}
