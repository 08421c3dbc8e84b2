/**
 * The routes of the service as a caller meets them: over HTTP with a token, on a real ledger and backends in memory. Each answer is
 * checked against the schema that its route promises.
 *
 * 1. Nothing runs in the background: what a request begins stays begun.
 * 2. A tier's blueprint is two objects under the contract's names, which know it by their settings.
 */
import type { Limits, Tier } from '@leasehold/contracts';
import { type App, createApp, createAuth, createMemoryIdempotencyStore, mintToken, type Role } from '@leasehold/http';
import { seededRng, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Blueprint, Catalog } from '../src/app/catalog.ts';
import { createControl } from '../src/app/control.ts';
import { createRollouts, type Rollouts } from '../src/app/rollout/rollouts.ts';
import { standingClock } from '../src/app/run.fixture.ts';
import { decideOutcomes, decideRunEnd } from '../src/domain/decide.ts';
import { contextOf, openScene } from '../src/domain/scene.ts';
import { provisionerRoutes, type RouteParts } from '../src/routes.ts';
import { BUCKET, KEYSPACE, nameOf } from './settled.ts';
import { openTenantsOnBackends, type TenantsOnBackends } from './tenants-on-backends.ts';

const SECRET = 'a secret of at least thirty-two characters';

export interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: Record<string, unknown>;
}

export interface Served {
  readonly stage: TenantsOnBackends;
  readonly rollouts: Rollouts;
  /** `GET /api/v1/tenants`, as `ops`, a platform-admin, or as somebody else. */
  ask(
    line: string,
    body?: unknown,
    as?: { readonly roles: readonly Role[]; readonly tenantId?: string },
  ): Promise<Answer>;
  /** A run has brought everything about that is wanted of the tenant. */
  complete(tenantId: string): Promise<void>;
  close(): Promise<void>;
}

function catalogOf(stage: TenantsOnBackends): Catalog {
  const { tier: facts, graph } = stage.context();
  const blueprint = (tier: Tier): Blueprint => ({
    tier,
    digest: facts(tier).blueprint,
    limits: facts(tier).limits,
    file: { tier, resources: [{}, {}] } as never,
    graph: (limits: Limits, tenantId) => graph(tier, limits, tenantId),
  });
  return { facts, graph, blueprint, file: (tier: Tier) => blueprint(tier).file, read: () => undefined };
}

async function complete({ tenants }: TenantsOnBackends, tenantId: string): Promise<void> {
  const scene = openScene();
  scene.state = (await tenants.read(tenantId)).state;
  await tenants.decide(tenantId, ({ state, waiting }, now) =>
    decideOutcomes(state, waiting, scene.settledPatches(), now),
  );
  await tenants.decide(tenantId, ({ state, waiting }, now) => decideRunEnd(state, waiting, 'whole', now));
}

export async function openServed(): Promise<Served> {
  const { graph } = contextOf(openScene());
  const stage = await openTenantsOnBackends({
    graph: (tier, limits, tenantId) =>
      graph(tier, limits, tenantId).map((node) => ({ ...node, name: nameOf(node.kind, tenantId) })),
  });
  const { world, tenants, inventory, context, backend } = stage;
  const { ledger, clock } = world;
  const providers = new Map(
    [KEYSPACE, BUCKET].map((kind) => [kind, backend.provider(kind, { adopt: async () => undefined })]),
  );
  const control = createControl({ ledger, clock });
  const rollouts = createRollouts({ ledger, clock, log: silentLog, metrics: silentMetrics });
  const deps = { ...stage.looking(providers), metrics: silentMetrics, catalog: catalogOf(stage) };
  const provisioner = { deps, tenants, inventory, context, control, rollouts } as unknown as RouteParts;
  // What the server bounds by time never runs out.
  const still = standingClock(() => world.nowMs);
  const app: App = createApp({
    title: 'T',
    version: '1.0.0',
    routes: provisionerRoutes(provisioner, [KEYSPACE, BUCKET]),
    auth: createAuth({ keys: { kind: 'secret', secret: SECRET }, clock: still }),
    clock: still,
    log: silentLog,
    metrics: silentMetrics,
    rng: seededRng(1),
    idempotency: createMemoryIdempotencyStore(still),
    health: () => true,
    ready: async () => ({ ready: true, backends: {} }),
    checkAnswers: true,
  });
  return {
    stage,
    rollouts,
    ask: async (line, body, as = { roles: ['platform-admin'] }) => {
      const [method, path] = line.split(' ') as [string, string];
      const token = await mintToken(SECRET, { sub: 'ops', ttlMs: 3_600_000, ...as }, clock);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await app.fetch(new Request(`http://served${path}`, { method, headers, ...sent }));
      const { status, headers: told } = answer;
      return { status, location: told.get('location'), body: (await answer.json()) as Answer['body'] };
    },
    complete: (tenantId) => complete(stage, tenantId),
    close: () => stage.close(),
  };
}
