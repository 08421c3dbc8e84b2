/** A tenant that was made where a backend was not configured is the same tenant where it is: with the shipped tiers, for every kind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Limits, TIERS } from '@leasehold/contracts';
import { freshRecord, type Provider } from '@leasehold/engine';
import {
  createEmbeddedCassandraBackend,
  createEmbeddedElasticsearchBackend,
  createEmbeddedIgniteBackend,
  createEmbeddedMinioBackend,
  createEmbeddedPulsarBackend,
  createKubernetesBackend,
  createOpenProjectBackend,
} from '@leasehold/resources';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCatalog } from './app/catalog.ts';
import { readBlueprints } from './compose.ts';
import { withCompleteSpecs } from './domain/specs.ts';
import { emptyState } from './domain/state.ts';

let folder: string;
let providers: readonly Provider[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'missing-backends-'));
  const options = { dataDir: folder };
  providers = [
    createEmbeddedCassandraBackend(options),
    createEmbeddedMinioBackend(options),
    createEmbeddedPulsarBackend(options),
    createEmbeddedIgniteBackend(options),
    createEmbeddedElasticsearchBackend(options),
    createKubernetesBackend({}),
    createOpenProjectBackend({ url: 'http://127.0.0.1:1', apiKey: 'none' }),
  ].flatMap((backend) => backend.providers as readonly Provider[]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIMITS: Limits = {
  cpu_cores: 3,
  memory_gb: 5,
  storage_gb: 7,
  max_pods: 11,
  max_services: 13,
  gpu_count: 1,
  monthly_cost_usd: null,
};

const byKind = (chosen: readonly Provider[]) => new Map(chosen.map((provider) => [provider.kind, provider]));

function graphOf(tier: (typeof TIERS)[number], chosen: readonly Provider[]) {
  const catalog = createCatalog({
    files: readBlueprints(undefined),
    providers: byKind(chosen),
    pulsarTenant: 'platformq',
    platformRoles: ['billing', 'console'],
    services: ['tenant-provisioner'],
  });
  return catalog.graph(tier, catalog.facts(tier).limits ?? LIMITS, 'acme');
}

test.each(TIERS)('a tenant of the tier %s, whichever backends were lacking when it was made', (tier) => {
  const kinds = new Map(
    providers.map(({ kind, spec }) => [kind, { complete: (raw: unknown): unknown => spec.safeParse(raw).data }]),
  );
  const whole = graphOf(tier, providers);
  expect(new Set(whole.map(({ kind }) => kind)).size).toBe(providers.length);
  for (const lacking of [[], ...providers.map(({ kind }) => [kind]), providers.map(({ kind }) => kind)]) {
    const made = graphOf(
      tier,
      providers.filter(({ kind }) => !lacking.includes(kind)),
    );
    const state = { ...emptyState('acme'), graph: made, records: made.map(freshRecord) };
    expect(withCompleteSpecs(state, kinds).graph, `without ${lacking}`).toEqual(whole);
  }
});
