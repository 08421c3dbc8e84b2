/** `blueprint`: the plan is a request that touches nothing, waiting ends as the rollout does, and words reach the server as said. */
import { blueprintSchema, rolloutPlanSchema, rolloutSchema } from '@leasehold/contracts';
import { expect, test } from 'vitest';
import { bad, startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const START = 'POST /api/v1/rollouts';
const READ = 'GET /api/v1/rollouts/ro-1';
const AT = '2026-06-15T12:00:00.000Z';

const seen = (state: string, over: object = {}) =>
  rolloutSchema.parse({
    rollout_id: 'ro-1',
    state,
    targets: [{ tier: 'free', digest: 'abc' }],
    requested_by: 'ops',
    created_at: AT,
    updated_at: AT,
    ended_at: null,
    behind: 12,
    outcomes: { updated: 4, unchanged: 0, skipped: 1, failed: 0 },
    wave: 2,
    members: [],
    options: {
      waves: [1, 5],
      max_failures: 0,
      deadline_seconds: 600,
      pause_seconds: 0,
      removals: 'keep',
      allow_data_loss: false,
      include_failed: false,
    },
    stalled: null,
    reasons: [{ at: AT, code: 'TenantFailed', message: 'acme: the bucket is taken' }],
    ...over,
  });
const plan = rolloutPlanSchema.parse({
  targets: [{ tier: 'free', digest: 'abc' }],
  tenants: { behind: 3, planned: 2, skipped: 1, unplanned: 0 },
  waves: [1, 1],
  counts: [{ kind: 'minio-bucket', create: 0, update: 0, keep: 0, delete: 2 }],
  data_loss: [{ kind: 'minio-bucket', objects: 2 }],
  groups: [
    {
      tenants: 2,
      examples: ['a', 'b'],
      actions: [
        {
          id: 'minio-bucket',
          kind: 'minio-bucket',
          action: 'delete',
          changes: [],
          holds_data: true,
          reason: 'not named',
        },
      ],
    },
  ],
  skipped: [{ code: 'Suspended', message: 'the tenant is suspended', tenants: 1, examples: ['c'] }],
  canary: null,
});
const json = (status: number, body: unknown) => ({ kind: 'json', status, body }) as const;

test('plan and --dry-run ask for the same plan, with every word that was said, and show what is lost', async () => {
  await using server = await startServer({ [START]: () => json(200, plan) });
  const words = ['free', '--waves', '1,5', '--delete', '--allow-data-loss', '--max-failures', '2', '--pause', '30s'];
  const planned = await runCli(['blueprint', 'plan', ...words], server);
  const dry = await runCli(['blueprint', 'rollout', ...words, '--dry-run'], server);
  expect([planned.code, dry.code]).toEqual([0, 0]);
  expect(server.asked.map(({ query }) => query['dry_run'])).toEqual(['true', 'true']);
  const body = {
    tier: 'free',
    waves: [1, 5],
    max_failures: 2,
    pause_seconds: 30,
    removals: 'delete',
    allow_data_loss: true,
  };
  expect(server.asked.map((asked) => asked.body)).toEqual([body, body]);
  expect(planned.out).toContain('2 of minio-bucket hold data and are deleted');
  expect(planned.out).toContain('1 left out (c): the tenant is suspended');
  expect(planned.out).toContain('2 of 3 behind, in waves of 1, 1. Nothing was touched.');
});

test('--wait ends well with a completed rollout', async () => {
  await using server = await startServer({
    [START]: () => json(202, seen('planned')),
    [READ]: (_asked, times) => json(200, seen(times > 1 ? 'completed' : 'running')),
  });
  const ran = await runCli(['blueprint', 'rollout', 'free', '--wait'], server);
  expect([ran.code, server.asked[0]?.body]).toEqual([0, { tier: 'free' }]);
  expect(ran.out).toContain('ro-1 completed');
});

test('a rollout that halts is a failure with its reason and the way on', async () => {
  await using server = await startServer({ [READ]: () => json(200, seen('halted')) });
  const ran = await runCli(['blueprint', 'get', 'ro-1', '--watch'], server);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('the rollout ro-1 is halted: acme: the bucket is taken');
  expect(ran.err).toContain('leasehold blueprint resume ro-1');
});

test('with JSON a rollout is the server’s own answer', async () => {
  await using server = await startServer({ [READ]: () => json(200, seen('running')) });
  const ran = await runCli(['blueprint', 'get', 'ro-1', '--output', 'json'], server);
  expect(JSON.parse(ran.out)).toEqual(seen('running'));
});

test('two rollouts of a tier are refused as ever, and a number that is none is usage', async () => {
  await using server = await startServer({ [START]: () => bad('conflict', 'the rollout ro-1 of free is running') });
  expect((await runCli(['blueprint', 'rollout', 'free'], server)).code).toBe(4);
  expect((await runCli(['blueprint', 'rollout', 'free', '--waves', '1,x'], server)).code).toBe(2);
  expect(server.asked).toHaveLength(1);
});

test('each tier is listed with who is behind', async () => {
  const item = blueprintSchema.parse({
    tier: 'free',
    digest: 'abc',
    resources: 17,
    tenants: { current: 3, behind: 9, with_more: 0 },
    rollout: 'ro-1',
  });
  await using server = await startServer({ 'GET /api/v1/blueprints': () => json(200, { items: [item] }) });
  expect((await runCli(['blueprint', 'list'], server)).out).toMatch(/free +abc +17 +3 +9 +0 +ro-1/);
});
