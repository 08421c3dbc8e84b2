/** What each command sends: method, path, query and body by hand from the contract. Where one request leads to another, the first. */
import { expect, test } from 'vitest';
import { startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const LIMITS = '{"cpu_cores":1}';
const page = (more: object = {}) => ({ limit: '50', ...more });

test.each<[string, string, object, unknown]>([
  ['tenant create acme', 'POST /api/v1/provision', {}, { tenant_id: 'acme', tenant_name: 'acme', tier: 'free' }],
  [
    'tenant create acme --name Acme --tier custom --limits LIMITS',
    'POST /api/v1/provision',
    {},
    { tenant_id: 'acme', tenant_name: 'Acme', tier: 'custom', limits: { cpu_cores: 1 } },
  ],
  [
    'tenant create acme --dry-run',
    'POST /api/v1/provision',
    { dry_run: 'true' },
    { tenant_id: 'acme', tenant_name: 'acme', tier: 'free' },
  ],
  ['tenant plan acme', 'GET /api/v1/tenants/acme', {}, undefined],
  ['tenant get acme --output json', 'GET /api/v1/tenants/acme/provisioning-status', {}, undefined],
  ['tenant list', 'GET /api/v1/tenants', page(), undefined],
  [
    'tenant list --tier FREE --status Completed --all',
    'GET /api/v1/tenants',
    { limit: '200', tier: 'free', status: 'completed' },
    undefined,
  ],
  ['tenant watch acme', 'GET /api/v1/tenants/acme/provisioning-status', {}, undefined],
  ['tenant drift acme', 'GET /api/v1/tenants/acme/drift', {}, undefined],
  ['tenant tier acme starter', 'POST /api/v1/tenants/acme/tier', {}, { tier: 'starter' }],
  [
    'tenant tier acme custom --limits LIMITS --dry-run',
    'POST /api/v1/tenants/acme/tier',
    { dry_run: 'true' },
    { tier: 'custom', limits: { cpu_cores: 1 } },
  ],
  ['tenant restore acme', 'POST /api/v1/tenants/acme/restore', {}, undefined],
  ['tenant suspend acme', 'POST /api/v1/tenants/acme/suspend', {}, undefined],
  ['tenant resume acme', 'POST /api/v1/tenants/acme/resume', {}, undefined],
  ['tenant reconcile acme', 'POST /api/v1/tenants/acme/reconcile', {}, { accept_data_loss: false }],
  [
    'tenant reconcile acme --accept-data-loss --accept-weakening --reason why',
    'POST /api/v1/tenants/acme/reconcile',
    {},
    { accept_data_loss: true, accept_weakening: true, reason: 'why' },
  ],
  ['tenant protect acme', 'PUT /api/v1/tenants/acme/protection', {}, { protected: true }],
  ['tenant unprotect acme', 'PUT /api/v1/tenants/acme/protection', {}, { protected: false }],
  ['tenant delete acme --yes', 'DELETE /api/v1/tenants/acme', {}, undefined],
  [
    'tenant delete acme --yes --grace-hours 0.5 --force --reason why',
    'DELETE /api/v1/tenants/acme',
    { grace_hours: '0.5', force: 'true', reason: 'why' },
    undefined,
  ],
  ['tenant import', 'GET /api/v1/import', page(), undefined],
  ['tenant import acme', 'POST /api/v1/import', { dry_run: 'true' }, { tenant_id: 'acme' }],
  [
    'tenant import acme --yes --name Acme --tier custom --limits LIMITS --remake --generation 3',
    'POST /api/v1/import',
    {},
    { tenant_id: 'acme', tenant_name: 'Acme', tier: 'custom', remake: true, generation: 3, limits: { cpu_cores: 1 } },
  ],
  ['blueprint list', 'GET /api/v1/blueprints', {}, undefined],
  ['blueprint plan free', 'POST /api/v1/rollouts', { dry_run: 'true' }, { tier: 'free' }],
  ['blueprint rollout', 'POST /api/v1/rollouts', {}, {}],
  [
    'blueprint rollout free --waves 1,5 --max-failures 0 --deadline 90s --pause 1500ms --delete --allow-data-loss --include-failed',
    'POST /api/v1/rollouts',
    {},
    {
      tier: 'free',
      waves: [1, 5],
      max_failures: 0,
      deadline_seconds: 90,
      pause_seconds: 2,
      removals: 'delete',
      allow_data_loss: true,
      include_failed: true,
    },
  ],
  ['blueprint rollouts', 'GET /api/v1/rollouts', page(), undefined],
  ['blueprint get r1', 'GET /api/v1/rollouts/r1', {}, undefined],
  ['blueprint tenants r1 --all', 'GET /api/v1/rollouts/r1/tenants', { limit: '200' }, undefined],
  ['blueprint halt r1', 'POST /api/v1/rollouts/r1/halt', {}, undefined],
  ['blueprint cancel r1', 'POST /api/v1/rollouts/r1/cancel', {}, undefined],
  ['blueprint resume r1', 'POST /api/v1/rollouts/r1/resume', {}, { skip_failed: false }],
  ['blueprint resume r1 --skip-failed', 'POST /api/v1/rollouts/r1/resume', {}, { skip_failed: true }],
  [
    'event publish tenant-created-events {"a":1}',
    'POST /api/v1/events/tenant-created-events',
    { namespace: 'system' },
    { a: 1 },
  ],
  [
    'event publish tenant-created-events {} --namespace global',
    'POST /api/v1/events/tenant-created-events',
    { namespace: 'global' },
    {},
  ],
  ['dead-letter list', 'GET /api/v1/dead-letters', page(), undefined],
  [
    'dead-letter list --topic t --code c --tenant acme --state open --since 2026-01-31',
    'GET /api/v1/dead-letters',
    page({ topic: 't', code: 'c', tenant_id: 'acme', state: 'open', since: '2026-01-31' }),
    undefined,
  ],
  ['dead-letter get d1', 'GET /api/v1/dead-letters/d1', {}, undefined],
  ['dead-letter redrive d1 --reason why', 'POST /api/v1/dead-letters/d1/redrive', {}, { reason: 'why' }],
  ['op get op_acme_1', 'GET /api/v1/operations/op_acme_1', {}, undefined],
  ['audit', 'GET /api/v1/audit', page(), undefined],
  [
    'audit acme --actor ada --since 2026-01-31',
    'GET /api/v1/audit',
    page({ tenant_id: 'acme', actor: 'ada', since: '2026-01-31' }),
    undefined,
  ],
  ['control get', 'GET /api/v1/control', {}, undefined],
  ['control set --reconcile paused', 'PUT /api/v1/control', {}, { reconcile: 'paused' }],
  [
    'control set --deletions running --backend minio=paused --backend ignite=running',
    'PUT /api/v1/control',
    {},
    { deletions: 'running', backends: { minio: 'paused', ignite: 'running' } },
  ],
])('%s', async (line, request, query, body) => {
  await using server = await startServer({});
  await runCli(
    line.split(' ').map((word) => (word === 'LIMITS' ? LIMITS : word)),
    server,
  );
  const [asked] = server.asked;
  expect([`${asked?.method} ${asked?.path}`, asked?.query, asked?.body]).toEqual([request, query, body]);
});

test.each([
  ['control set', 'nothing to set'],
  ['control set --backend minio', '--backend expects name=paused'],
  ['control set --backend minio=off', '--backend expects name=paused'],
  ['control set --backend =paused', '--backend expects name=paused'],
  ['tenant import --yes', '--yes is about one tenant'],
  ['tenant import --remake', '--remake is about one tenant'],
  ['tenant import acme --all', '--all lists tenants'],
  ['tenant import acme --wait', 'add --yes'],
  ['blueprint plan --allow-data-loss', 'add --delete'],
])('%s would do something else than was asked for, and is refused', async (line, why) => {
  await using server = await startServer({});
  const ran = await runCli(line.split(' '), server);
  expect([ran.code, server.asked]).toEqual([2, []]);
  expect(ran.err).toContain(why);
});
