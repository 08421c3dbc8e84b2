/**
 * Plans of the shipped tiers as text that a person reviews: a change of what a tier gets, or of how it is planned, shows here.
 * Each is what an operator would read in a dry run, over embedded backends that really hold what the plan speaks of. What has
 * no embedded form is planned for new tenants only, who have nothing there yet.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Limits, Tier } from '@leasehold/contracts';
import {
  ABSENT,
  freshRecord,
  type Goal,
  type NodeRecord,
  type Provider,
  renderPlan,
  type Scope,
  type SurveyInput,
  survey,
} from '@leasehold/engine';
import { silentLog, systemClock } from '@leasehold/kernel';
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

let folder: string;
type Providers = ReadonlyMap<string, Provider>;
let embedded: Providers;
const byKind = (parts: readonly { readonly providers: readonly unknown[] }[]): Providers =>
  new Map((parts.flatMap((part) => part.providers) as Provider[]).map((each) => [each.kind, each]));
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golden-'));
  const options = { dataDir: folder };
  const parts = [
    createEmbeddedCassandraBackend(options),
    createEmbeddedMinioBackend(options),
    createEmbeddedPulsarBackend(options),
    createEmbeddedIgniteBackend(options),
    createEmbeddedElasticsearchBackend(options),
  ];
  embedded = byKind(parts);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scope: Scope = { signal: new AbortController().signal, clock: systemClock, log: silentLog, fence: 1 };

/** With the two kinds that only a server can hold, on servers without tenants. */
const withServers = (): Providers => {
  const parts = [createKubernetesBackend({}), createOpenProjectBackend({ url: 'http://127.0.0.1:1', apiKey: 'none' })];
  const empty = [...byKind(parts)].map(([kind, provider]): [string, Provider] => [
    kind,
    { ...provider, observe: async () => ABSENT },
  ]);
  return new Map([...embedded, ...empty]);
};

function stage(tier: Tier, tenantId: string, providers: Providers = embedded) {
  const catalog = createCatalog({
    files: readBlueprints(undefined),
    providers,
    pulsarTenant: 'platformq',
    platformRoles: ['billing', 'console'],
    services: ['tenant-provisioner'],
  });
  const graph = catalog.graph(tier, catalog.facts(tier).limits as Limits, tenantId);
  const refOf: SurveyInput['refOf'] = ({ kind, name }) => ({ kind, name, tenantId, generation: 1, tier });
  const born = new Map(graph.map((node) => [node.id, { ...freshRecord(node), born: true } satisfies NodeRecord]));
  const draw = async (title: string, goal: Goal, records: ReadonlyMap<string, NodeRecord>) => {
    const sightings = await survey({
      graph,
      records,
      goal,
      refOf,
      providers,
      call: (_provider, _verb, call) => call(scope),
      clock: systemClock,
      acceptLoss: false,
      signal: scope.signal,
    });
    return renderPlan(
      title,
      sightings.flatMap((sighting) => (sighting.kind === 'planned' ? [sighting.plan] : [])),
    );
  };
  const make = async () => {
    for (const node of graph) {
      const provider = providers.get(node.kind);
      if (!provider) continue;
      const ref = refOf(node);
      await provider.ensure(ref, node.spec, provider.plan(ref, node.spec, await provider.observe(ref, scope)), scope);
    }
  };
  return { draw, make, born, graph, refOf };
}

const golden = (name: string) => join(import.meta.dirname, 'golden', `${name}.txt`);

test.each(['free', 'starter', 'professional', 'enterprise'] as const)('a new tenant of the tier %s', async (tier) => {
  const { draw } = stage(tier, 'acme', withServers());
  await expect(await draw(`acme, tier ${tier}`, 'converge', new Map())).toMatchFileSnapshot(golden(`new-${tier}`));
});

test('from free to professional: only what differs', async () => {
  const before = stage('free', 'mover');
  await before.make();
  const { draw, born } = stage('professional', 'mover');
  await expect(await draw('mover, free to professional', 'converge', born)).toMatchFileSnapshot(
    golden('free-to-professional'),
  );
});

test('a complete tenant: nothing to do', async () => {
  const { draw, make, born } = stage('free', 'calm');
  await make();
  await expect(await draw('calm, tier free', 'converge', born)).toMatchFileSnapshot(golden('complete'));
});

test('data that is gone is told, not remade', async () => {
  const { draw, make, born, graph, refOf } = stage('free', 'loser');
  await make();
  for (const node of graph.filter(({ kind }) => kind !== 'minio-bucket'))
    await embedded.get(node.kind)?.delete(refOf(node), scope);
  await expect(await draw('loser, tier free', 'converge', born)).toMatchFileSnapshot(golden('lost'));
});

test('taking down', async () => {
  const { draw, make, born } = stage('free', 'leaver');
  await make();
  await expect(await draw('leaver, tier free', 'remove', born)).toMatchFileSnapshot(golden('removal'));
});

test.each(['free', 'starter', 'professional', 'enterprise'] as const)(
  'the graph of %s is plain JSON: what is kept of it is what is read again',
  (tier) => {
    const { graph } = stage(tier, 'acme', withServers());
    expect(JSON.parse(JSON.stringify(graph))).toStrictEqual(graph);
  },
);
