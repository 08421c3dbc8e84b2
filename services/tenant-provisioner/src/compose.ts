/**
 * The service made of real parts, on the platform of the process: its tier files, the topics that it needs, and `startProvisioner` with
 * the roles beside it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CONSUMED_TOPICS, PUBLISHED_TOPICS } from '@leasehold/contracts';
import { topicPlan as planTopics, SWEEP_BOUNDS } from '@leasehold/controller';
import type { Provider } from '@leasehold/engine';
import {
  BACKENDS,
  type RunningService,
  readSmallFile,
  type ServiceDefinition,
  type ServiceOptions,
  type Settings,
  untilThere,
} from '@leasehold/runtime';
import { parse as parseYaml } from 'yaml';
import { type BlueprintFile, createCatalog } from './app/catalog.ts';
import { SERVICE } from './app/partition.ts';
import { startProvisioner } from './app/provisioner.ts';
import { startRolloutRole } from './app/rollout/leader.ts';
import { startSweep } from './app/sweep/sweep.ts';
import { provisionerRoutes } from './routes.ts';

/** The service, for the process that runs it. */
export const tenantProvisioner: ServiceDefinition = {
  name: SERVICE,
  check: checkBlueprints,
  compose: composeTenantProvisioner,
};

/** Reads and checks the tier files alone, so that a bad one is told before anything is opened. */
function checkBlueprints(settings: Settings, providers: ReadonlyMap<string, Provider>): void {
  createCatalog(catalogOptions(settings, providers, [SERVICE]));
}

async function composeTenantProvisioner(options: ServiceOptions): Promise<RunningService> {
  const { settings, plan, platform, clock, rng, log, metrics, scope } = options;
  const { providers, guards } = platform.backends.use(BACKENDS);
  const catalog = createCatalog(catalogOptions(settings, providers, options.installed));
  await untilThere(options, 'the bus', () => platform.bus.ensure(topicPlan(settings.pulsar.tenant), scope.signal));
  const provisioner = await startProvisioner({
    ...platform,
    providers,
    guards,
    catalog,
    pulsarTenant: settings.pulsar.tenant,
    tenantTopicsOnBus: plan.backends.pulsar.mode === plan.bus,
    clock,
    rng,
    log,
    metrics,
    holder: options.holder,
  });
  scope.onClose(SERVICE, () => provisioner.close());
  const sweep = startSweep({
    ...provisioner,
    ledger: platform.ledger,
    providers,
    guards,
    pulsarTenant: settings.pulsar.tenant,
    clock,
    rng,
    log,
    metrics,
    bounds: SWEEP_BOUNDS,
    holder: options.holder,
  });
  scope.onClose('sweep', () => sweep.close());
  const role = startRolloutRole(provisioner);
  scope.onClose('rollouts', () => role.close());
  return {
    routes: provisionerRoutes(provisioner, BACKENDS),
    stalled: () => provisioner.stalls.look(),
  };
}

function catalogOptions(settings: Settings, providers: ReadonlyMap<string, Provider>, services: readonly string[]) {
  return {
    files: readBlueprints(settings.mesh.blueprintDir),
    providers,
    pulsarTenant: settings.pulsar.tenant,
    platformRoles: settings.mesh.platformRoles ?? [],
    services,
  };
}

const SHIPPED = join(import.meta.dirname, '..', 'blueprints');

/** An operator's folder, looked at with the settings, replaces what ships, file by file. */
export function readBlueprints(folder: string | undefined): readonly BlueprintFile[] {
  const files = new Map<string, string>();
  for (const from of folder === undefined ? [SHIPPED] : [SHIPPED, folder])
    for (const name of readdirSync(from)) if (/\.ya?ml$/.test(name)) files.set(name, join(from, name));
  return [...files].map(([name, path]) => {
    try {
      return { name, content: { kind: 'parsed' as const, value: parseYaml(readSmallFile(path)) } };
    } catch (error) {
      return {
        name,
        content: { kind: 'unreadable' as const, message: error instanceof Error ? error.message : String(error) },
      };
    }
  });
}

/** What this service needs of the bus before it hears anything. */
export const topicPlan = (pulsarTenant: string) =>
  planTopics(
    pulsarTenant,
    SERVICE,
    CONSUMED_TOPICS.filter(({ service }) => service === SERVICE),
    Object.values(PUBLISHED_TOPICS),
  );
