/** `tenant import`: the list, the plan, and nothing done without the operator's word. */
import { importCandidateSchema } from '@leasehold/contracts';
import { expect, test } from 'vitest';
import { accepted } from '../test/builders.ts';
import { bad, good, startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const LIST = 'GET /api/v1/import';
const TAKE = 'POST /api/v1/import';

const candidate = importCandidateSchema.parse({
  tenant_id: 'legacy',
  status: null,
  resources: [
    { kind: 'minio-bucket', name: 'tenant-legacy', mark: 'none', generation: null, adoptable: true },
    { kind: 'ignite-cache', name: 'sessions_legacy', mark: 'none', generation: null, adoptable: false },
  ],
});
const plan = {
  actions: [
    {
      id: 'minio-bucket',
      kind: 'minio-bucket',
      name: 'tenant-legacy',
      action: 'update',
      depends_on: [],
      reason: "exists without our mark and is adopted on an operator's word",
    },
  ],
  estimated_monthly_cost: { amount: '0', currency: 'USD' },
  tenant_name: 'Legacy Ltd',
  tier: 'starter',
};

test('without an id tenants are listed, each object with its mark and what an import makes of it', async () => {
  const body = { items: [candidate], next_cursor: null };
  await using server = await startServer({ [LIST]: () => ({ kind: 'json', status: 200, body }) });
  const ran = await runCli(['tenant', 'import'], server);
  expect([ran.code, server.asked[0]?.query['limit']]).toEqual([0, '50']);
  expect(ran.out).toMatch(/legacy +minio-bucket +tenant-legacy +no mark +is adopted/);
  expect(ran.out).toMatch(/ignite-cache +sessions_legacy +no mark +stays as it is/);
});

test('nothing to import is said in words', async () => {
  const body = { items: [], next_cursor: null };
  await using server = await startServer({ [LIST]: () => ({ kind: 'json', status: 200, body }) });
  expect((await runCli(['tenant', 'import'], server)).out).toBe('every tenant on the backends is known\n');
});

test('with an id and without --yes the plan is asked for as a dry run, and nothing else', async () => {
  await using server = await startServer({ [TAKE]: () => good('importPlan', plan) });
  const ran = await runCli(['tenant', 'import', 'legacy'], server);
  expect(ran.code).toBe(0);
  expect(server.asked.map(({ query }) => query['dry_run'])).toEqual(['true']);
  // What was not said is the server's to find: it knows the ledger and the objects.
  expect(server.asked[0]?.body).toEqual({ tenant_id: 'legacy' });
  expect(ran.out).toContain('legacy, taken over as "Legacy Ltd", tier starter');
  expect(ran.out).toContain('adopted on an operator');
  expect(ran.out).toContain('Nothing was touched.');
  expect(ran.out).toContain('--yes');
});

test('--yes takes it over; a refusal is told as ever', async () => {
  await using server = await startServer({
    [TAKE]: (_asked, times) =>
      times === 0 ? good('accepted', accepted(), 202) : bad('tenant-conflict', 'the tenant exists with another tier'),
  });
  const ran = await runCli(['tenant', 'import', 'acme', '--yes', '--name', 'Acme', '--tier', 'free'], server);
  expect(ran.code).toBe(0);
  expect(server.asked[0]?.query).toEqual({});
  expect(server.asked[0]?.body).toMatchObject({ tenant_name: 'Acme', tier: 'free' });
  expect((await runCli(['tenant', 'import', 'acme', '--yes', '--remake'], server)).code).toBe(4);
  expect(server.asked.map(({ body }) => (body as { remake?: boolean }).remake)).toEqual([undefined, true]);
});
