/** Rollouts as an operator meets them: who is behind, the plan, beginning, reading, halting, resuming and ending one. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openServed, type Served } from '../../test/served-routes.ts';

const ROLLOUTS = '/api/v1/rollouts';
let served: Served;
beforeEach(async () => {
  served = await openServed();
});
afterEach(() => served.close());

const ask = (...given: Parameters<Served['ask']>) => served.ask(...given);
/** Complete, and of another file than the present one. */
async function behind(...ids: readonly string[]): Promise<void> {
  const { tenants } = served.stage;
  for (const id of ids) {
    await ask('POST /api/v1/provision', { tenant_id: id, tenant_name: id, tier: 'free' });
    await served.complete(id);
    await tenants.decide(id, (rows) => ({
      state: { ...rows.state, blueprint: { digest: 'old' } },
      ...{ waiting: [], outgoing: [], reasons: [], finished: [], disposition: { kind: 'applied' } },
      ...{ workAtMs: undefined, wakeAtMs: undefined },
    }));
  }
}
const items = ({ body }: Awaited<ReturnType<typeof ask>>) => body['items'] as readonly Record<string, unknown>[];
const tierOf = (list: readonly Record<string, unknown>[], tier: string) => list.find((one) => one['tier'] === tier);

test('of each tier it is told what its file makes, who is behind, and which rollout is under way', async () => {
  await behind('a');
  await ask('POST /api/v1/provision', { tenant_id: 'b', tenant_name: 'b', tier: 'free' });
  await ask('POST /api/v1/provision', { tenant_id: 'gone', tenant_name: 'gone', tier: 'starter' });
  await served.complete('gone');
  await ask('DELETE /api/v1/tenants/gone?grace_hours=0');
  await served.complete('gone');
  const list = items(await ask('GET /api/v1/blueprints'));
  expect(list.map(({ tier }) => tier)).toEqual(['free', 'starter', 'professional', 'enterprise', 'custom']);
  expect(tierOf(list, 'free')).toEqual({
    tier: 'free',
    digest: 'blueprint-free',
    resources: 2,
    tenants: { current: 1, behind: 1, with_more: 0 },
    rollout: null,
  });
  expect(tierOf(list, 'starter')).toMatchObject({ tenants: { current: 0, behind: 0, with_more: 0 } });
  const { body } = await ask(`POST ${ROLLOUTS}`, { tier: 'free' });
  const after = items(await ask('GET /api/v1/blueprints'));
  expect([tierOf(after, 'free')?.['rollout'], tierOf(after, 'starter')?.['rollout']]).toEqual([
    body['rollout_id'],
    null,
  ]);
});

test('objects beyond the blueprint are counted', async () => {
  await behind('a');
  await served.stage.tenants.decide('a', (rows) => ({
    state: { ...rows.state, blueprint: { digest: 'blueprint-free', kept: ['ignite-cache'] } },
    ...{ waiting: [], outgoing: [], reasons: [], finished: [], disposition: { kind: 'applied' } },
    ...{ workAtMs: undefined, wakeAtMs: undefined },
  }));
  const list = items(await ask('GET /api/v1/blueprints'));
  expect(tierOf(list, 'free')).toMatchObject({ tenants: { current: 1, behind: 0, with_more: 1 } });
});

test('a plan tells who is behind and begins nothing', async () => {
  await behind('a', 'b');
  const plan = await ask(`POST ${ROLLOUTS}?dry_run=true`, { tier: 'free' });
  expect(plan).toMatchObject({
    status: 200,
    location: null,
    body: { targets: [{ tier: 'free', digest: 'blueprint-free' }], tenants: { behind: 2 } },
  });
  expect(items(await ask(`GET ${ROLLOUTS}`))).toEqual([]);
});

test('a rollout begins planned, with the options as they were said, and who asked', async () => {
  await behind('a');
  const begun = await ask(`POST ${ROLLOUTS}`, {
    ...{ tier: 'free', waves: [2, 3], max_failures: 4, deadline_seconds: 60, pause_seconds: 5 },
    ...{ removals: 'delete', include_failed: true },
  });
  expect(begun).toMatchObject({
    status: 202,
    location: `${ROLLOUTS}/${begun.body['rollout_id']}`,
    body: {
      ...{ state: 'planned', requested_by: 'ops', behind: 1, targets: [{ tier: 'free', digest: 'blueprint-free' }] },
      options: {
        ...{ waves: [2, 3], max_failures: 4, deadline_seconds: 60, pause_seconds: 5 },
        ...{ removals: 'delete', allow_data_loss: false, include_failed: true },
      },
    },
  });
});

test('without words all tiers are meant, in waves from a canary up, and nothing is taken down; data goes on a word alone', async () => {
  const { body } = await ask(`POST ${ROLLOUTS}`, {});
  expect((body['targets'] as readonly unknown[]).length).toBe(5);
  expect(body['options']).toMatchObject({ waves: [1, 2, 4, 8, 16, 32, 50], removals: 'keep', allow_data_loss: false });
  await ask(`POST ${ROLLOUTS}/${body['rollout_id']}/cancel`);
  const bold = await ask(`POST ${ROLLOUTS}`, { tier: 'free', removals: 'delete', allow_data_loss: true });
  expect(bold.body['options']).toMatchObject({ removals: 'delete', allow_data_loss: true });
});

test('of a tier one at a time: a second is refused and names the first', async () => {
  const first = (await ask(`POST ${ROLLOUTS}`, { tier: 'free' })).body['rollout_id'] as string;
  const second = await ask(`POST ${ROLLOUTS}`, {});
  expect([second.status, second.body['detail']]).toEqual([409, expect.stringContaining(first)]);
  expect((await ask(`POST ${ROLLOUTS}`, { tier: 'starter' })).status).toBe(202);
});

test('it is read with its tenants, halted, resumed and ended, each once, and what cannot be said is refused', async () => {
  const id = (await ask(`POST ${ROLLOUTS}`, { tier: 'free' })).body['rollout_id'] as string;
  const say = async (verb: string, body?: object) => {
    const answer = await ask(`POST ${ROLLOUTS}/${id}/${verb}`, body);
    return [answer.status, answer.body['state'] ?? answer.body['detail'], answer.location];
  };
  const at = `${ROLLOUTS}/${id}`;
  expect(await ask(`GET ${at}`)).toMatchObject({
    status: 200,
    body: { rollout_id: id, state: 'planned', members: [] },
  });
  expect(await ask(`GET ${at}/tenants`)).toMatchObject({ status: 200, body: { items: [], next_cursor: null } });
  expect(await say('halt')).toEqual([202, 'halted', at]);
  expect(await say('halt')).toEqual([202, 'halted', at]);
  expect(await say('resume', { skip_failed: false })).toEqual([202, 'running', at]);
  expect(await say('cancel')).toEqual([202, 'cancelled', at]);
  expect(await say('cancel')).toEqual([202, 'cancelled', at]);
  for (const verb of ['halt', 'resume'])
    expect(await say(verb, verb === 'resume' ? {} : undefined)).toEqual([
      409,
      expect.stringContaining('cancelled'),
      null,
    ]);
  expect((await ask(`GET ${at}`)).body['state']).toBe('cancelled');
});

test('a rollout that nobody made is not found, whatever is asked of it', async () => {
  for (const [line, body] of [
    [`GET ${ROLLOUTS}/ro-9`],
    [`GET ${ROLLOUTS}/ro-9/tenants`],
    [`POST ${ROLLOUTS}/ro-9/halt`],
    [`POST ${ROLLOUTS}/ro-9/cancel`],
    [`POST ${ROLLOUTS}/ro-9/resume`, {}],
  ] as const)
    expect((await ask(line, body)).status, line).toBe(404);
});

test('they are listed page by page, and each thing that was said is in the audit once', async () => {
  const id = (await ask(`POST ${ROLLOUTS}`, { tier: 'free' })).body['rollout_id'];
  await ask(`POST ${ROLLOUTS}`, { tier: 'starter' });
  await ask(`POST ${ROLLOUTS}/${id}/halt`);
  await ask(`POST ${ROLLOUTS}/${id}/halt`);
  const first = await ask(`GET ${ROLLOUTS}?limit=1`);
  expect([items(first).length, typeof first.body['next_cursor']]).toEqual([1, 'string']);
  const rest = await ask(`GET ${ROLLOUTS}?limit=5&cursor=${first.body['next_cursor']}`);
  expect([items(rest).length, rest.body['next_cursor']]).toEqual([1, null]);
  const audit = JSON.stringify((await ask('GET /api/v1/audit?limit=50')).body);
  expect([audit.split('"rollout-halt"').length - 1, audit.split('"rollout"').length - 1 > 1]).toEqual([1, true]);
});
