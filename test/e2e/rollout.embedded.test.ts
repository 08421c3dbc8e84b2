/**
 * A changed tier file reaches a fleet as an operator wants it to: seen first, in waves, halted by the first tenant that fails
 * with the rest untouched, gone on with after the mend and after a kill, and what holds data goes on the operator's word alone.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { statusPath, untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 90_000;
const TENANTS = Array.from({ length: 12 }, (_, at) => `wave-${String(at + 1).padStart(2, '0')}`);
/** In the wave after the canary. */
const BROKEN = 'wave-03';

let product: Product | undefined;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-blueprints-'));
});
afterEach(async () => {
  await product?.clear();
  rmSync(folder, { recursive: true, force: true });
});

const KEYSPACE = { kind: 'cassandra-keyspace' };
const bucket = (temp: number) => ({
  kind: 'minio-bucket',
  spec: { versioning: 'enabled', lifecycleDays: { temp, cache: 3, logs: 7, oldVersions: 7, incompleteUploads: 7 } },
});
const CACHE = {
  kind: 'ignite-cache',
  part: 'sessions',
  spec: { backups: 1, atomicity: 'atomic', expirySeconds: 3600 },
};
const INDEX = { kind: 'elasticsearch-index', part: 'marketplace' };

function writeTier(resources: readonly object[]): void {
  const file = {
    tier: 'free',
    limits: {
      cpu_cores: 2,
      memory_gb: 4,
      storage_gb: 10,
      max_pods: 5,
      max_services: 3,
      gpu_count: 0,
      monthly_cost_usd: '0',
    },
    priority: 1,
    burst: null,
    deletion: { grace_hours: 24, protected: false },
    tenant_topics: [],
    resources,
  };
  writeFileSync(join(folder, 'free.yaml'), stringify(file));
}

const indexOf = (tenantId: string) => `${tenantId}_marketplace.json`;

interface Fleet {
  readonly mesh: Product;
  /** Names below a folder of the embedded backends. */
  listed(place: string): readonly string[];
  /** How many tenants have the tier's blueprint. */
  counts(): Promise<Tree>;
  plan(request: object): Promise<Tree>;
  start(request: object): Promise<string>;
  reaches(id: string, state: string): Promise<Tree>;
  /** The process ends, and another reads the changed file. */
  change(resources: readonly object[]): Promise<void>;
}

async function openFleet(tenants: readonly string[], resources: readonly object[]): Promise<Fleet> {
  writeTier(resources);
  const mesh = await startProduct({ BLUEPRINT_DIR: folder });
  product = mesh;
  const { api, dataDir, tail } = mesh;
  for (const id of tenants) await api.provision(id);
  await untilAll(api, tenants, 'completed', WAIT_MS, tail);
  const read = (id: string) => api.expect(200, 'GET', `/api/v1/rollouts/${id}`);
  const change: Fleet['change'] = async (next) => {
    await mesh.stop();
    writeTier(next);
    mesh.launch();
    await mesh.ready();
  };
  return {
    mesh,
    listed: (place) => readdirSync(join(dataDir, place)).filter((file) => !file.startsWith('.')),
    counts: async () => (await api.expect(200, 'GET', '/api/v1/blueprints')).items[0].tenants,
    plan: (request) => api.expect(200, 'POST', '/api/v1/rollouts?dry_run=true', request),
    start: async (request) => (await api.expect(202, 'POST', '/api/v1/rollouts', request)).rollout_id,
    reaches: async (id, state) => {
      const look = async () => {
        const seen = await read(id);
        return seen.state === state && seen;
      };
      return until(`the rollout to be ${state}`, look, { boundMs: WAIT_MS, tell: tail });
    },
    change,
  };
}

/** What a dry run of the whole change says, and that nothing came of it. */
async function expectPlan(fleet: Fleet, request: object): Promise<void> {
  const { api } = fleet.mesh;
  const records = () => Promise.all(TENANTS.map((id) => api.expect(200, 'GET', `/api/v1/tenants/${id}`)));
  const before = await records();
  const plan = await fleet.plan(request);
  expect(plan.tenants).toEqual({ behind: 12, planned: 12, skipped: 0, unplanned: 0 });
  expect([plan.waves, plan.data_loss, plan.groups.length]).toEqual([[1, 3, 8], [], 1]);
  expect(plan.counts).toEqual([
    { kind: 'cassandra-keyspace', create: 0, update: 0, keep: 12, delete: 0 },
    { kind: 'elasticsearch-index', create: 12, update: 0, keep: 0, delete: 0 },
    { kind: 'ignite-cache', create: 0, update: 0, keep: 0, delete: 12 },
    { kind: 'minio-bucket', create: 0, update: 12, keep: 0, delete: 0 },
  ]);
  expect(plan.canary.actions.map((each: Tree) => `${each.action} ${each.name}`)).toEqual([
    'keep tenant_wave_01',
    'update tenant-wave-01',
    'create wave-01_marketplace',
    'delete sessions_wave-01',
  ]);
  expect([await records(), fleet.listed('elasticsearch')]).toEqual([before, []]);
}

/** One of the second wave fails: its index has the mark of another. @returns the rollout. */
async function expectHalt(fleet: Fleet, request: object): Promise<string> {
  const { mesh, listed, counts } = fleet;
  const { api, tail } = mesh;
  const foreign = { tenantId: 'another', generation: 1, tier: 'free', state: {} };
  writeFileSync(join(mesh.dataDir, 'elasticsearch', indexOf(BROKEN)), JSON.stringify(foreign));
  const id = await fleet.start(request);
  expect((await api.call('POST', '/api/v1/rollouts', { body: { tier: 'free' } })).status).toBe(409);
  const halted = await fleet.reaches(id, 'halted');
  expect(halted.reasons.at(-1).message).toContain(BROKEN);
  expect(halted.reasons.at(-1).message).toContain('belongs to another owner');
  await untilAll(api, TENANTS.slice(0, 2), 'completed', WAIT_MS, tail);
  expect((await api.get(statusPath(BROKEN))).body.status).toBe('failed');
  for (const each of TENANTS.slice(4)) expect(listed('elasticsearch')).not.toContain(indexOf(each));
  expect((await counts()).behind).toBe(8);
  return id;
}

test('twelve tenants go over in waves, a failing one halts them, and a resumption survives a kill', async () => {
  const fleet = await openFleet(TENANTS, [KEYSPACE, bucket(1), CACHE]);
  const { mesh, listed, counts } = fleet;
  const { api, dataDir, tail } = mesh;
  await fleet.change([KEYSPACE, bucket(2), INDEX]);
  expect(await counts()).toEqual({ current: 0, behind: 12, with_more: 0 });
  const request = { tier: 'free', waves: [1, 3, 8], removals: 'delete' };
  await expectPlan(fleet, request);
  const id = await expectHalt(fleet, request);

  rmSync(join(dataDir, 'elasticsearch', indexOf(BROKEN)));
  await api.expect(202, 'POST', `/api/v1/rollouts/${id}/resume`, {});
  await until('the last wave', async () => (await counts()).behind < 8, { boundMs: WAIT_MS, everyMs: 10 });
  await mesh.kill();
  mesh.launch();
  await mesh.ready();
  const done = await fleet.reaches(id, 'completed');
  expect([done.outcomes, done.wave]).toEqual([{ updated: 12, unchanged: 0, skipped: 0, failed: 0 }, 3]);
  await untilAll(api, TENANTS, 'completed', WAIT_MS, tail);
  expect(await counts()).toEqual({ current: 12, behind: 0, with_more: 0 });
  expect([listed('elasticsearch').toSorted(), listed('ignite')]).toEqual([TENANTS.map(indexOf), []]);
  for (const each of TENANTS)
    expect(readFileSync(join(dataDir, 'minio', `tenant-${each}`, '.leasehold.json'), 'utf8')).toContain('"temp":2');
  const { items } = await api.expect(200, 'GET', `/api/v1/rollouts/${id}/tenants`);
  expect(items.map((each: Tree) => each.tenant_id).toSorted()).toEqual(TENANTS);
  const audit = await api.expect(200, 'GET', '/api/v1/audit');
  expect(audit.items.map((each: Tree) => each.command)).toContain('rollout-resume');
});

test('what holds data and is no longer named stays without the word for it, and goes with it', async () => {
  const tenants = TENANTS.slice(0, 3);
  const fleet = await openFleet(tenants, [KEYSPACE, bucket(1), CACHE]);
  await fleet.change([KEYSPACE]);
  const request = { tier: 'free', waves: [50], removals: 'delete' };
  await fleet.reaches(await fleet.start(request), 'completed');
  expect([await fleet.counts(), fleet.listed('ignite')]).toEqual([{ current: 3, behind: 0, with_more: 3 }, []]);
  expect(fleet.listed('minio')).toHaveLength(3);
  const word = { ...request, allow_data_loss: true };
  expect((await fleet.plan(word)).data_loss).toEqual([{ kind: 'minio-bucket', objects: 3 }]);
  expect(fleet.listed('minio')).toHaveLength(3);
  await fleet.reaches(await fleet.start(word), 'completed');
  expect([fleet.listed('minio'), (await fleet.counts()).with_more]).toEqual([[], 0]);
  await untilAll(fleet.mesh.api, tenants, 'completed', WAIT_MS, fleet.mesh.tail);
});
