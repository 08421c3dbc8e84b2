/** A plan that must fail is shown as such and ends the command with a failure, whichever command asked for it. */
import { planSchema } from '@leasehold/contracts';
import { expect, test } from 'vitest';
import { startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const action = (kind: string, name: string, more: object) => ({ id: kind, kind, name, depends_on: [], ...more });
const TAKEN = action('minio-bucket', 'tenant-acme', {
  action: 'keep',
  reason: 'NameTaken: the name belongs to another owner; the tenant would fail by it',
  refused: 'NameTaken',
});
const FINE = action('cassandra-keyspace', 'tenant_acme', { action: 'create', reason: 'does not exist yet' });

const planOf = (...actions: readonly object[]) =>
  planSchema.parse({ actions, estimated_monthly_cost: { amount: '0', currency: 'USD' } });
const rolloutPlan = (plan: { readonly actions: readonly object[] }) => ({
  targets: [],
  tenants: { behind: 1, planned: 1, skipped: 0, unplanned: 0 },
  waves: [1],
  counts: [],
  data_loss: [],
  groups: [],
  skipped: [],
  canary: { tenant_id: 'acme', actions: plan.actions },
});

const COMMANDS = [
  [['tenant', 'create', 'acme', '--dry-run']],
  [['tenant', 'plan', 'acme']],
  [['tenant', 'tier', 'acme', 'starter', '--dry-run']],
  [['tenant', 'import', 'acme']],
  [['blueprint', 'plan']],
  [['blueprint', 'rollout', '--dry-run']],
] as const;

const serverOf = (plan: ReturnType<typeof planOf>) => {
  const answer = (body: object) => () => ({ kind: 'json' as const, status: 200, body });
  return startServer({
    'POST /api/v1/provision': answer(plan),
    'POST /api/v1/tenants/acme/tier': answer(plan),
    'POST /api/v1/import': answer({ ...plan, tenant_name: 'Acme', tier: 'free' }),
    'POST /api/v1/rollouts': answer(rolloutPlan(plan)),
  });
};

test.each(COMMANDS)('%j: what must fail is shown, and is a failure', async (command) => {
  await using server = await serverOf(planOf(FINE, TAKEN));
  const ran = await runCli([...command], server);
  expect(ran.code).toBe(1);
  expect(ran.out).toMatch(/! (minio-bucket +)?tenant-acme/);
  expect(ran.err).toContain('tenant-acme: NameTaken: the name belongs to another owner');
});

test.each(COMMANDS)('%j: a plan that can be carried out ends well', async (command) => {
  await using server = await serverOf(planOf(FINE));
  const ran = await runCli([...command], server);
  expect([ran.code, ran.err]).toEqual([0, '']);
});

test('what is refused is counted apart from what is kept, and JSON is the plan alone', async () => {
  await using server = await serverOf(planOf(FINE, TAKEN));
  expect((await runCli(['tenant', 'create', 'acme', '--dry-run'], server)).out).toContain('1 to create, 1 refused');
  const json = await runCli(['tenant', 'create', 'acme', '--dry-run', '--output', 'json'], server);
  expect([json.code, JSON.parse(json.out).actions.length]).toEqual([1, 2]);
});
