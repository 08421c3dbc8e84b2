/** A tenant's life as a caller of the REST API meets it: what is answered, what is refused and how, and what of it is recorded. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openServed, type Served } from '../../test/served-routes.ts';

const HOUR_MS = 3_600_000;
const ACME = '/api/v1/tenants/acme';
const STATUS = '/api/v1/tenants/acme/provisioning-status';
const BODY = { tenant_id: 'acme', tenant_name: 'Acme', tier: 'free' };
const LIMITS = {
  cpu_cores: 4,
  memory_gb: 8,
  storage_gb: 20,
  max_pods: 9,
  max_services: 4,
  gpu_count: 0,
  monthly_cost_usd: '12',
};
let served: Served;
beforeEach(async () => {
  served = await openServed();
});
afterEach(() => served.close());

const ask = (...given: Parameters<Served['ask']>) => served.ask(...given);
const stateNow = async () => (await served.stage.tenants.read('acme')).state;
async function complete(over: object = {}): Promise<void> {
  expect((await ask('POST /api/v1/provision', { ...BODY, ...over })).status).toBe(202);
  await served.complete('acme');
}

test('a creation is accepted with where to look, and the same again is the same operation', async () => {
  const first = await ask('POST /api/v1/provision', BODY);
  expect(first).toMatchObject({
    status: 202,
    location: STATUS,
    body: { tenant_id: 'acme', status: 'pending', status_url: STATUS },
  });
  const again = await ask('POST /api/v1/provision', BODY);
  expect([again.status, again.body['operation_id']]).toEqual([202, first.body['operation_id']]);
  expect(await stateNow()).toMatchObject({ name: 'Acme', tier: 'free', generation: 1, requestedBy: 'ops' });
});

test('a creation says its limits and on whose behalf it is', async () => {
  await complete({ tier: 'custom', limits: LIMITS, requested_by: 'ada' });
  expect(await stateNow()).toMatchObject({ tier: 'custom', limits: LIMITS, requestedBy: 'ada' });
});

test('a contradiction and missing limits are problems of their own, and leave nothing', async () => {
  await complete();
  const other = await ask('POST /api/v1/provision', { ...BODY, tenant_name: 'Other' });
  expect([other.status, other.body['type'], other.body['detail']]).toEqual([
    409,
    expect.stringContaining('tenant-conflict'),
    'The tenant exists: its name is "Acme", not "Other".',
  ]);
  const custom = await ask('POST /api/v1/provision', { tenant_id: 'b', tenant_name: 'B', tier: 'custom' });
  expect([custom.status, custom.body['type']]).toEqual([422, expect.stringContaining('limits-missing')]);
  expect((await ask('GET /api/v1/tenants/b')).status).toBe(404);
});

test('a dry run of a creation or a tier change answers with the plan and touches nothing', async () => {
  const made = await ask('POST /api/v1/provision?dry_run=true', BODY);
  expect(made).toMatchObject({
    status: 200,
    location: null,
    body: { actions: [{ action: 'create' }, { action: 'create' }] },
  });
  expect((await ask(`GET ${ACME}`)).status).toBe(404);
  await complete();
  const changed = await ask(`POST ${ACME}/tier?dry_run=true`, { tier: 'starter' });
  expect(changed).toMatchObject({ status: 200, body: { actions: [expect.anything(), expect.anything()] } });
  expect((await stateNow()).tier).toBe('free');
});

test('what is asked of a tenant that nobody knows is not found, whatever it is', async () => {
  for (const [line, body] of [
    [`GET ${ACME}`],
    [`POST ${ACME}/tier`, { tier: 'starter' }],
    [`DELETE ${ACME}`],
    [`PUT ${ACME}/protection`, { protected: true }],
    [`POST ${ACME}/restore`],
    [`POST ${ACME}/suspend`],
    [`POST ${ACME}/resume`],
  ] as const)
    expect((await ask(line, body)).status, line).toBe(404);
  expect((await stateNow()).phase).toBe('none');
});

test('a record tells who the tenant is and how it stands', async () => {
  await complete();
  expect(await ask(`GET ${ACME}`)).toMatchObject({
    status: 200,
    body: {
      tenant_id: 'acme',
      tenant_name: 'Acme',
      tier: 'free',
      status: 'completed',
      generation: 1,
      protected: false,
    },
  });
});

test('a tier is changed, with limits where the tier takes them, and not while another change is under way', async () => {
  await complete();
  const changed = await ask(`POST ${ACME}/tier`, { tier: 'custom', limits: LIMITS });
  expect(changed).toMatchObject({ status: 202, location: STATUS, body: { tenant_id: 'acme', status_url: STATUS } });
  expect(await stateNow()).toMatchObject({ tier: 'custom', limits: LIMITS });
  expect((await ask(`POST ${ACME}/tier`, { tier: 'starter' })).status).toBe(409);
  await served.complete('acme');
  expect((await ask(`POST ${ACME}/tier`, { tier: 'custom' })).body['type']).toContain('limits-missing');
});

test('a deletion has the grace of the tier, or the one that is asked for, with its reason and who asked', async () => {
  await complete();
  const asked = await ask(`DELETE ${ACME}`);
  expect(asked).toMatchObject({ status: 202, location: STATUS });
  const { nowMs } = served.stage.world;
  expect((await stateNow()).deletion).toMatchObject({ graceUntilMs: nowMs + 24 * HOUR_MS, forced: false, by: 'ops' });
  await ask(`DELETE ${ACME}?grace_hours=2`);
  expect((await stateNow()).deletion?.graceUntilMs).toBe(nowMs + 2 * HOUR_MS);
  await ask(`POST ${ACME}/restore`);
  await served.complete('acme');
  await ask(`DELETE ${ACME}?grace_hours=0.5&reason=bankrupt`);
  expect((await stateNow()).deletion).toMatchObject({ graceUntilMs: nowMs + HOUR_MS / 2, reason: 'bankrupt' });
});

test('what is protected is deleted with force alone', async () => {
  await complete();
  const shielded = await ask(`PUT ${ACME}/protection`, { protected: true });
  expect(shielded).toMatchObject({ status: 200, body: { tenant_id: 'acme', protected: true } });
  const refused = await ask(`DELETE ${ACME}`);
  expect([refused.status, refused.body['type']]).toEqual([409, expect.stringContaining('protected')]);
  expect((await ask(`DELETE ${ACME}?force=true`)).status).toBe(202);
  expect((await stateNow()).deletion?.forced).toBe(true);
});

test('it is suspended, resumed and restored, each in its turn', async () => {
  await complete();
  const phase = async (verb: string) => {
    const answer = await ask(`POST ${ACME}/${verb}`);
    return [answer.status, answer.location, (await stateNow()).phase];
  };
  expect(await phase('suspend')).toEqual([202, STATUS, 'suspended']);
  expect(await phase('resume')).toEqual([202, STATUS, 'active']);
  await ask(`DELETE ${ACME}`);
  expect((await phase('suspend'))[0]).toBe(409);
  expect(await phase('restore')).toEqual([202, STATUS, 'active']);
});

test('a list chooses by tier and status, goes on after its cursor, and shows to each caller its own', async () => {
  for (const [tenant_id, tier] of [
    ['a', 'free'],
    ['b', 'starter'],
    ['c', 'free'],
  ] as const)
    await ask('POST /api/v1/provision', { tenant_id, tenant_name: tenant_id, tier });
  await served.complete('c');
  await ask('DELETE /api/v1/tenants/b?grace_hours=0');
  await served.complete('b');
  const listed = async (query: string, as?: Parameters<Served['ask']>[2]) => {
    const { body } = await ask(`GET /api/v1/tenants${query}`, undefined, as);
    const items = body['items'] as readonly { readonly tenant_id: string }[];
    return [items.map(({ tenant_id }) => tenant_id), body['next_cursor']] as const;
  };
  expect(await listed('')).toEqual([['a', 'c'], null]);
  expect(await listed('?status=deleted')).toEqual([['b'], null]);
  expect(await listed('?tier=starter')).toEqual([[], null]);
  expect(await listed('?tier=free&status=completed')).toEqual([['c'], null]);
  expect(await listed('', { roles: ['tenant-user'], tenantId: 'c' })).toEqual([['c'], null]);
  const [first, cursor] = await listed('?limit=1');
  expect([first, typeof cursor]).toEqual([['a'], 'string']);
  expect((await listed(`?limit=5&cursor=${cursor}`))[0]).toEqual(['c']);
  // A cursor goes on in the list that gave it, and in no other.
  expect((await ask(`GET /api/v1/tenants?tier=free&cursor=${cursor}`)).status).toBe(400);
});
