/**
 * A tier that names a kind and one that does not, for each of the seven: what is new is made, what is no longer named stays, and
 * nothing of it is ever taken down by a change of the tier.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESOURCE_KINDS, type ResourceKind } from '@leasehold/contracts';
import { type GraphNode, goalDigest, type Provider } from '@leasehold/engine';
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
import { type BlueprintFile, type Catalog, createCatalog, type TierFile } from './app/catalog.ts';
import { readBlueprints } from './compose.ts';
import type { Command } from './domain/command.ts';
import { decideCommand, decideOutcomes } from './domain/decide.ts';
import type { Context } from './domain/draft.ts';
import { stageOf, wantedGraph } from './domain/goal.ts';
import { contextOf, create, openScene } from './domain/scene.ts';
import { emptyState, type TenantState } from './domain/state.ts';
import { statusOf } from './domain/status.ts';

let folder: string;
let providers: ReadonlyMap<string, Provider>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tier-change-'));
  const options = { dataDir: folder };
  const parts: readonly { readonly providers: readonly unknown[] }[] = [
    createEmbeddedCassandraBackend(options),
    createEmbeddedMinioBackend(options),
    createEmbeddedPulsarBackend(options),
    createEmbeddedIgniteBackend(options),
    createEmbeddedElasticsearchBackend(options),
    createKubernetesBackend({}),
    createOpenProjectBackend({ url: 'http://127.0.0.1:1', apiKey: 'none' }),
  ];
  const all = parts.flatMap((part) => part.providers) as readonly Provider[];
  providers = new Map(all.map((provider) => [provider.kind, provider]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The tier free without one kind; starter as it ships, with all. */
function catalogWithout(kind: ResourceKind): Catalog {
  const narrowed = ({ name, content }: BlueprintFile): BlueprintFile => {
    const value = content.kind === 'parsed' ? (content.value as TierFile) : undefined;
    if (value?.tier !== 'free') return { name, content };
    const resources = value.resources.filter((resource) => resource.kind !== kind);
    return { name, content: { kind: 'parsed', value: { ...value, resources } } };
  };
  return createCatalog({
    files: readBlueprints(undefined).map(narrowed),
    providers,
    pulsarTenant: 'platformq',
    platformRoles: [],
    services: ['tenant-provisioner'],
  });
}

function lifeIn(catalog: Catalog) {
  const kinds = new Map([...providers].map(([kind, { hasAccess, holdsData }]) => [kind, { hasAccess, holdsData }]));
  const context: Context = { ...contextOf(openScene()), tier: catalog.facts, graph: catalog.graph, kinds };
  const life = {
    state: emptyState('acme') as TenantState,
    kinds,
    ask: (command: Command) => {
      const source = { type: 'rest' as const, subject: 'ops', requestId: 'r', atMs: context.nowMs };
      const decision = decideCommand(life.state, [], command, source, context);
      life.state = decision.state;
      return decision.disposition.kind;
    },
    settle: () => {
      const nodes = new Map(wantedGraph(life.state, kinds).map((node) => [node.id, node]));
      const patches = life.state.records.map(({ id }) => {
        const converged = goalDigest(nodes.get(id) as GraphNode, life.state);
        return { id, status: 'ready' as const, born: true, converged };
      });
      life.state = decideOutcomes(life.state, [], patches, context).state;
    },
  };
  return life;
}

const KINDS = RESOURCE_KINDS as readonly ResourceKind[];

test('there are seven kinds, each in the shipped tiers', () => {
  const catalog = catalogWithout('cassandra-keyspace');
  expect(new Set(catalog.file('starter').resources.map(({ kind }) => kind))).toEqual(new Set(KINDS));
  expect(KINDS).toHaveLength(7);
});

test.each(KINDS)('%s: made by the tier that names it, kept by the one that does not', (kind) => {
  const life = lifeIn(catalogWithout(kind));
  const ofKind = () => life.state.records.filter((record) => record.kind === kind);
  life.ask(create());
  life.settle();
  expect([ofKind(), statusOf(life.state)]).toEqual([[], 'completed']);

  expect(life.ask({ kind: 'tier', tier: 'starter' })).toBe('applied');
  const made = ofKind();
  expect(made.length).toBeGreaterThan(0);
  expect(made.every(({ status, born }) => status === 'pending' && !born)).toBe(true);
  expect(life.state.blueprint?.kept).toBeUndefined();
  life.settle();
  expect(statusOf(life.state)).toBe('completed');

  expect(life.ask({ kind: 'tier', tier: 'free' })).toBe('applied');
  expect(life.state.blueprint).toMatchObject({ kept: made.map(({ id }) => id) });
  expect(life.state.blueprint?.leaving).toBeUndefined();
  const stage = stageOf(life.state, life.kinds);
  expect(stage?.goal).toBe('converge');
  expect(stage?.graph.filter((node) => node.kind === kind)).toHaveLength(made.length);
  life.settle();
  expect([statusOf(life.state), ofKind().length]).toEqual(['completed', made.length]);

  life.ask({ kind: 'tier', tier: 'starter' });
  expect(life.state.blueprint?.kept).toBeUndefined();
});
