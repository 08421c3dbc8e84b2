/**
 * A second service in the house: the specimen beside the tenant provisioner in one process, and as a process of its own. What it gets
 * from the controller is its own, and neither service touches what is the other's.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { createProduct, type Product } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 60_000;
const READY_MS = 170_000;
const FILING = '/api/v1/filing';

let product: Product;
const start = async (entry: string): Promise<void> => {
  product = await createProduct({}, { entry });
  product.launch();
  await product.ready(READY_MS);
};
const say = (topic: string, body: object): Promise<Tree> =>
  product.api.expect(202, 'POST', `${FILING}/events/${topic}`, body);
const opened = (tenant_id: string, size_gb = 2, name = 'letters') =>
  say('drawer-opened-events', { tenant_id, drawer: name, size_gb });
const drawer = async (id: string): Promise<Tree> => (await product.api.get(`${FILING}/drawers/${id}`)).body;
const waitFor = (what: string, look: () => Promise<boolean>): Promise<boolean> =>
  until(what, look, { boundMs: WAIT_MS, everyMs: 50, tell: product.tail });
const stands = (id: string, status: string): Promise<boolean> =>
  waitFor(`${id} to be ${status}`, async () => (await drawer(id)).status === status);
const listed = async (path: string): Promise<readonly Tree[]> =>
  (await product.api.expect(200, 'GET', FILING + path)).items;

function itLives(): void {
  test('an event makes what a drawer is, another takes it down, and a restart between them forgets nothing', async () => {
    expect((await product.api.get(`${FILING}/drawers/acme.letters`)).status).toBe(404);
    await opened('acme');
    await stands('acme.letters', 'completed');
    const { operation_id, resources } = await drawer('acme.letters');
    expect(resources).toMatchObject([{ kind: 'minio-bucket', name: 'drawer-acme-letters', status: 'ready' }]);
    const operation = await product.api.expect(200, 'GET', `${FILING}/operations/${operation_id}`);
    expect(operation).toMatchObject({ kind: 'open', tenant_id: 'acme', outcome: 'completed' });
    await product.kill();
    product.launch();
    await product.ready(READY_MS);
    await say('drawer-closed-events', { tenant_id: 'acme', drawer: 'letters' });
    await stands('acme.letters', 'deleted');
  });

  test('a dry run tells what would be done and does nothing', async () => {
    const plan = `${FILING}/drawers/foreseen.letters/plan?size_gb=3`;
    expect(await product.api.expect(200, 'GET', plan)).toEqual({ actions: ['create drawer-foreseen-letters'] });
    expect((await product.api.get(`${FILING}/drawers/foreseen.letters`)).status).toBe(404);
    await opened('foreseen', 3);
    await stands('foreseen.letters', 'completed');
    expect(await product.api.expect(200, 'GET', plan)).toEqual({ actions: ['keep drawer-foreseen-letters'] });
  });
}

function itIsLookedAfter(): void {
  test('a list shows the drawers of one tenant alone where it is asked for, page by page, and none that is closed', async () => {
    for (const name of ['letters', 'maps', 'seals']) await opened('many', 2, name);
    await opened('manyother');
    for (const id of ['many.letters', 'many.maps', 'many.seals', 'manyother.letters']) await stands(id, 'completed');
    await say('drawer-closed-events', { tenant_id: 'many', drawer: 'seals' });
    await stands('many.seals', 'deleted');
    const path = `${FILING}/drawers?tenant_id=many&limit=1`;
    const first = await product.api.expect(200, 'GET', path);
    const rest = await product.api.expect(200, 'GET', `${path}&cursor=${first.next_cursor}`);
    expect([...first.items, ...rest.items].map(({ id, status }: Tree) => [id, status])).toEqual([
      ['many.letters', 'completed'],
      ['many.maps', 'completed'],
    ]);
    const all = (await listed('/drawers?limit=200')).map(({ id }) => id);
    expect(all).toEqual(expect.arrayContaining(['many.letters', 'many.maps', 'manyother.letters']));
    expect(all).not.toContain('many.seals');
  });

  test('what was removed behind its back is found after a start, and mended by an operation that the sweep began', async () => {
    for (const tenant of ['robbed', 'spared']) await opened(tenant);
    for (const tenant of ['robbed', 'spared']) await stands(`${tenant}.letters`, 'completed');
    const [robbed, spared] = [await drawer('robbed.letters'), await drawer('spared.letters')];
    const bucket = join(product.dataDir, 'minio', 'drawer-robbed-letters');
    expect(existsSync(bucket)).toBe(true);
    await product.stop();
    rmSync(bucket, { recursive: true });
    product.launch();
    await product.ready(READY_MS);
    await waitFor('the bucket to be there again', async () => existsSync(bucket));
    await stands('robbed.letters', 'completed');
    const { operation_id } = await drawer('robbed.letters');
    expect(operation_id).not.toBe(robbed.operation_id);
    const mended = await product.api.expect(200, 'GET', `${FILING}/operations/${operation_id}`);
    expect(mended).toMatchObject({ kind: 'reconcile', requested_by: 'sweep', outcome: 'completed' });
    expect((await drawer('spared.letters')).operation_id).toBe(spared.operation_id);
  });
}

function itIsOperated(): void {
  test('what it cannot handle is a dead letter of its own, and is handed in again with a word that is on record', async () => {
    await opened('bad', 0);
    await say('drawer-closed-events', { tenant_id: 'late', drawer: 'letters' });
    await waitFor('both to be on record', async () => (await listed('/dead-letters')).length === 2);
    const found = new Map((await listed('/dead-letters')).map((each) => [each.tenant_id, each]));
    expect([found.get('bad')?.error_code, found.get('late')?.error_code]).toEqual(['invalid', 'not-found']);
    await opened('late');
    await stands('late.letters', 'completed');
    const redrive = `${FILING}/dead-letters/${(found.get('late') as Tree).id}/redrive`;
    const came = await product.api.expect(200, 'POST', redrive, { reason: 'it is there now' });
    expect(came).toMatchObject({ outcome: 'applied', state: 'solved' });
    await stands('late.letters', 'deleted');
    const redriven = (await listed('/audit?limit=50')).filter(({ command }) => command === 'redrive');
    expect(redriven).toMatchObject([{ reason: 'it is there now' }]);
    const own = await listed('/audit?tenant_id=late.letters');
    expect(own.map(({ command, tenant_id }) => [command, tenant_id])).toContainEqual(['close', 'late']);
  });

  test('an operator’s pause is its own, and so is a word to look again', async () => {
    await product.api.expect(200, 'PUT', `${FILING}/control`, { reconcile: 'paused' });
    await opened('paused');
    await stands('paused.letters', 'provisioning');
    expect((await drawer('paused.letters')).resources[0].attempts).toBe(0);
    const changed = (await listed('/audit?limit=50')).filter(({ command }) => command === 'control');
    expect(changed).toMatchObject([{ after: { reconcile: 'paused' } }]);
    await product.api.expect(200, 'PUT', `${FILING}/control`, { reconcile: 'running' });
    await stands('paused.letters', 'completed');
    const { operation_id } = await product.api.expect(202, 'POST', `${FILING}/drawers/paused.letters/reconcile`);
    const operation = `${FILING}/operations/${operation_id}`;
    await waitFor('the look to end', async () => (await product.api.get(operation)).body.outcome === 'completed');
  });
}

describe('by itself', () => {
  beforeAll(() => start('test/specimen/main.ts'));
  afterAll(() => product?.clear());
  itLives();
  itIsLookedAfter();
  itIsOperated();
});

describe('beside the tenant provisioner', () => {
  beforeAll(() => start('test/specimen/main.ts both'));
  afterAll(() => product?.clear());
  itLives();
  itIsLookedAfter();
  itIsOperated();

  test('neither sees what is the other’s: dead letters, switches, audit and objects', async () => {
    await product.api.expect(200, 'PUT', `${FILING}/control`, { reconcile: 'paused' });
    await product.api.provision('beside', 'free');
    await untilAll(product.api, ['beside'], 'completed', WAIT_MS, product.tail);
    await product.api.expect(200, 'PUT', `${FILING}/control`, { reconcile: 'running' });
    expect((await product.api.expect(200, 'GET', '/api/v1/control')).reconcile).toBe('running');
    expect((await product.api.expect(200, 'GET', '/api/v1/dead-letters')).items).toEqual([]);
    const { items } = await product.api.expect(200, 'GET', '/api/v1/audit?limit=100');
    expect(items.map(({ command }: Tree) => command)).not.toContain('open');
    await opened('beside');
    await stands('beside.letters', 'completed');
    await product.api.remove('beside', '?grace_hours=0&force=true');
    await untilAll(product.api, ['beside'], 'deleted', WAIT_MS, product.tail);
    expect((await drawer('beside.letters')).status).toBe('completed');
  });
});
