/** Taking tenants over, as an operator meets it: what is listed, what the plan says, what is refused and what is begun. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openServed, type Served } from '../../test/served-routes.ts';
import { BUCKET, KEYSPACE } from '../../test/settled.ts';

const STATUS = '/api/v1/tenants/legacy/provisioning-status';
let served: Served;
beforeEach(async () => {
  served = await openServed();
});
afterEach(() => served.close());

const ask = (...given: Parameters<Served['ask']>) => served.ask(...given);
const make = (kind: string, name: string, owner?: string, told: object = {}) =>
  served.stage.backend.things.set(`${kind} ${name}`, { owner, told: { ...told } });
const stateNow = async () => (await served.stage.tenants.read('legacy')).state;

test('tenants that exist on the backends alone are listed page by page', async () => {
  for (const id of ['a', 'b', 'c']) make(BUCKET, `tenant-${id}`);
  const listed = async (query: string) => {
    const { status, body } = await ask(`GET /api/v1/import${query}`);
    const items = body['items'] as readonly { readonly tenant_id: string }[];
    return [status, items.map(({ tenant_id }) => tenant_id), body['next_cursor']] as const;
  };
  expect(await listed('')).toEqual([200, ['a', 'b', 'c'], null]);
  const [, first, cursor] = await listed('?limit=2');
  expect([first, typeof cursor]).toEqual([['a', 'b'], 'string']);
  expect(await listed(`?limit=2&cursor=${cursor}`)).toEqual([200, ['c'], null]);
});

test('a backend that is away makes the list unavailable', async () => {
  served.stage.backend.away.add(BUCKET);
  expect((await ask('GET /api/v1/import')).status).toBe(503);
});

test('the plan of an import names whom it would make, and touches nothing', async () => {
  make(BUCKET, 'tenant-legacy', undefined, { tier: 'starter', tenantName: 'Legacy Ltd' });
  const planned = await ask('POST /api/v1/import?dry_run=true', { tenant_id: 'legacy' });
  expect(planned).toMatchObject({
    status: 200,
    body: { tenant_name: 'Legacy Ltd', tier: 'starter', actions: [{ action: 'create' }, { action: 'update' }] },
  });
  expect((await stateNow()).phase).toBe('none');
});

test('an import is a creation with the word to adopt, as the caller says it', async () => {
  make(BUCKET, 'tenant-legacy');
  const given = { tenant_id: 'legacy', tenant_name: 'Mine', tier: 'starter', requested_by: 'ada', remake: true };
  const taken = await ask('POST /api/v1/import', { ...given, generation: 7 });
  expect(taken).toMatchObject({ status: 202, location: STATUS, body: { tenant_id: 'legacy', status_url: STATUS } });
  expect(await stateNow()).toMatchObject({
    name: 'Mine',
    tier: 'starter',
    requestedBy: 'ada',
    adopt: true,
    remake: true,
    generation: 7,
  });
});

test('without further words nothing is made anew, the generation is the next, and the caller is who asked', async () => {
  make(BUCKET, 'tenant-legacy');
  expect((await ask('POST /api/v1/import', { tenant_id: 'legacy' })).status).toBe(202);
  const state = await stateNow();
  expect(state).toMatchObject({ name: 'legacy', tier: 'free', requestedBy: 'ops', adopt: true, generation: 1 });
  expect(state).not.toHaveProperty('remake');
});

test('limits of the custom tier are taken over', async () => {
  make(BUCKET, 'tenant-legacy');
  const limits = { cpu_cores: 1, memory_gb: 1, storage_gb: 1, max_pods: 1, max_services: 1, gpu_count: 0 };
  const whole = { ...limits, monthly_cost_usd: null };
  await ask('POST /api/v1/import', { tenant_id: 'legacy', tier: 'custom', limits: whole });
  expect((await stateNow()).limits).toEqual(whole);
});

test('where the plan has a refusal nothing is touched, and what stands in the way is named', async () => {
  make(BUCKET, 'tenant-legacy', 'somebody');
  make(KEYSPACE, 'tenant_legacy');
  const refused = await ask('POST /api/v1/import', { tenant_id: 'legacy' });
  expect(refused.status).toBe(409);
  expect(refused.body['detail']).toMatch(/^Nothing was touched: minio-bucket tenant-legacy .*another owner\.$/);
  expect((await stateNow()).phase).toBe('none');
  make(KEYSPACE, 'tenant_legacy', 'somebody');
  const both = await ask('POST /api/v1/import', { tenant_id: 'legacy' });
  expect(both.body['detail']).toMatch(/^Nothing was touched: cassandra-keyspace tenant_legacy .*\. minio-bucket /);
});

test('where nothing exists there is nothing to import', async () => {
  const refused = await ask('POST /api/v1/import', { tenant_id: 'legacy' });
  expect([refused.status, refused.body['detail']]).toEqual([409, expect.stringContaining('nothing to import')]);
});
