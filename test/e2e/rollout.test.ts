/**
 * A changed tier file over real servers and a Cassandra store: two processes, the waves of one rollout, and what the servers
 * themselves say of the buckets and namespaces afterwards. The process that leads is killed in the middle.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import { admin } from '../support/servers.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 180_000;
const SHIPPED = join(import.meta.dirname, '..', '..', 'services', 'tenant-provisioner', 'blueprints', 'free.yaml');

let folder: string;
let mesh: Installation;
let products: Product[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-blueprints-'));
  mesh = createInstallation('wav');
});
afterAll(async () => {
  for (const product of products) await product.clear();
  await mesh?.clear();
  rmSync(folder, { recursive: true, force: true });
});

/** The tier free as it ships, with another retention of the main namespace and, in the end, without the tenant's own one. */
function writeTier(retentionMinutes: number, withData: boolean): void {
  const file = parse(readFileSync(SHIPPED, 'utf8')) as Tree;
  const resources = file.resources
    .filter(({ part }: Tree) => withData || part !== 'data')
    .map((each: Tree) =>
      each.kind === 'pulsar-namespace' && each.part === undefined
        ? { ...each, spec: { ...each.spec, retentionMinutes } }
        : each,
    );
  writeFileSync(join(folder, 'free.yaml'), stringify({ ...file, resources }));
}

test('five tenants of real servers go over to a changed file though the process that leads is killed', async () => {
  writeTier(10_080, true);
  products = [await startProduct(mesh.settings({ BLUEPRINT_DIR: folder }))];
  const [first] = products as [Product];
  const tenants = [1, 2, 3, 4, 5].map((serial) => mesh.tenant(serial));
  for (const id of tenants) await first.api.provision(id);
  await untilAll(first.api, tenants, 'completed', WAIT_MS, first.tail);
  await first.stop();
  writeTier(2_880, false);
  first.launch();
  await first.ready();
  const second = await startProduct(mesh.settings({ BLUEPRINT_DIR: folder }));
  products.push(second);
  const request = { waves: [1, 2], removals: 'delete', allow_data_loss: true };
  const plan = await first.api.expect(200, 'POST', '/api/v1/rollouts?dry_run=true', request);
  expect([plan.tenants.planned, plan.data_loss]).toEqual([5, [{ kind: 'pulsar-namespace', objects: 5 }]]);
  const { rollout_id: id } = await first.api.expect(202, 'POST', '/api/v1/rollouts', request);
  const seen = async (): Promise<Tree> => (await second.api.expect(200, 'GET', `/api/v1/rollouts/${id}`)) as Tree;
  await until('the second wave', async () => (await seen()).wave >= 2, {
    boundMs: WAIT_MS,
    everyMs: 20,
    tell: first.tail,
  });
  await first.kill();
  const done = await until('the end', async () => ((await seen()).state === 'completed' ? seen() : undefined), {
    boundMs: WAIT_MS,
    tell: second.tail,
  });
  expect(done.outcomes).toEqual({ updated: 5, unchanged: 0, skipped: 0, failed: 0 });
  await untilAll(second.api, tenants, 'completed', WAIT_MS, second.tail);
  const namespaces = (await admin(process.env, 'GET', `namespaces/${mesh.pulsarTenant}`)) as readonly string[];
  for (const tenant of tenants) {
    expect(namespaces).toContain(`${mesh.pulsarTenant}/${tenant}`);
    expect(namespaces).not.toContain(`${mesh.pulsarTenant}/${tenant}.data`);
    const retention = await admin(process.env, 'GET', `namespaces/${mesh.pulsarTenant}/${tenant}/retention`);
    expect(retention).toMatchObject({ retentionTimeInMinutes: 2_880 });
  }
});
