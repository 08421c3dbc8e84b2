/**
 * A laptop has upstream services too: events by REST on the embedded bus, and everything that follows from them, with no server
 * at all. What exists is looked for on disk, what was published in the bus's own file, through the process's folder.
 *
 * The tests share one process; each has tenants of its own.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nameOf, statusPath, untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import { openStream } from '../support/sse.ts';
import { bucketOf, keyspaceOf } from '../support/tenant-facts.ts';
import { adminToken } from '../support/token.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 20_000;
/** What ships: the brake lets so many deletions by event pass in an hour. */
const BRAKE = 20;
const ASKED = 25;

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.clear());

const say = (topic: string, body: object): Promise<Tree> =>
  product.api.expect(202, 'POST', `/api/v1/events/${topic}`, body);
const created = (id: string, more: object = {}): Promise<Tree> =>
  say('tenant-created-events', { tenant_id: id, tenant_name: nameOf(id), tier: 'free', ...more });
const complete = (...ids: readonly string[]): Promise<void> =>
  untilAll(product.api, ids, 'completed', WAIT_MS, product.tail);
const statusOf = async (id: string): Promise<Tree> => (await product.api.get(statusPath(id))).body;
const condition = async (id: string, type: string): Promise<Tree> =>
  (await statusOf(id)).conditions.find((each: Tree) => each.type === type);
const control = (change: object): Promise<Tree> => product.api.expect(200, 'PUT', '/api/v1/control', change);
const waitFor = (what: string, look: () => Promise<boolean>): Promise<boolean> =>
  until(what, look, { boundMs: WAIT_MS, everyMs: 50, tell: product.tail });

async function letters(): Promise<readonly Tree[]> {
  return (await product.api.expect(200, 'GET', '/api/v1/dead-letters?limit=200')).items;
}

/** Messages of one tenant on one of the mesh's topics, read from the bus's file. */
function published(topic: string, tenantId: string): readonly Tree[] {
  const file = new DatabaseSync(join(product.dataDir, 'bus.sqlite'), { readOnly: true });
  try {
    const rows = file
      .prepare(
        'SELECT payload FROM messages WHERE key = ? AND topic_id = (SELECT id FROM topics WHERE name = ?) ORDER BY seq',
      )
      .all(tenantId, `persistent://platformq/system/${topic}`);
    return rows.map((row) => JSON.parse(Buffer.from(row['payload'] as Uint8Array).toString('utf8')));
  } finally {
    file.close();
  }
}

const onDisk = (id: string): readonly boolean[] => [
  existsSync(join(product.dataDir, 'cassandra', `${keyspaceOf(id)}.sqlite`)),
  existsSync(join(product.dataDir, 'minio', bucketOf(id))),
  existsSync(join(product.dataDir, 'pulsar', `${encodeURIComponent(`platformq/${id}`)}.json`)),
];

test('an event makes a tenant; the same event again, and another with the same words, change nothing', async () => {
  for (let time = 0; time < 3; time++) await created('echo', { event_id: 'echo-1' });
  await say('tenant-created-events?namespace=global', { tenant_id: 'ECHO', tenant_name: nameOf('echo'), tier: 'Free' });
  await complete('echo');
  await say('tenant-upgraded-events', { tenant_id: 'echo', previous_tier: 'free', new_tier: 'starter' });
  const told = () => published('tenant-provisioned-events', 'echo');
  await waitFor('the tier change to be told', async () => told().length >= 2);
  expect(told().map(({ tier, generation }) => [tier, generation])).toEqual([
    ['free', 1],
    ['starter', 1],
  ]);
  expect(onDisk('echo')).toEqual([true, true, true]);
  const { items } = await product.api.expect(200, 'GET', '/api/v1/audit?tenant_id=echo&limit=200');
  const dispositions = items
    .filter((entry: Tree) => entry.command === 'create')
    .map((entry: Tree) => entry.disposition);
  expect(dispositions.filter((word: string) => word === 'applied')).toHaveLength(1);
});

test('what contradicts is a dead letter; a redrive decides it anew and keeps what came of it', async () => {
  await created('twice');
  await complete('twice');
  await created('twice', { tier: 'starter' });
  const find = async () => (await letters()).find((letter) => letter.tenant_id === 'twice');
  await waitFor('the dead letter', async () => (await find()) !== undefined);
  const letter = await find();
  expect(letter).toMatchObject({ error_code: 'tenant-conflict', attempts: 1, redrives: [] });
  const detail = await product.api.expect(200, 'GET', `/api/v1/dead-letters/${letter.id}`);
  expect(detail).toMatchObject({ key: 'twice', decoded: { tenant_id: 'twice', tier: 'starter' } });

  await product.api.expect(422, 'POST', `/api/v1/dead-letters/${letter.id}/redrive`, {});
  const still = await product.api.expect(200, 'POST', `/api/v1/dead-letters/${letter.id}/redrive`, { reason: 'try' });
  expect(still.outcome).not.toBe('applied');
  await product.api.expect(202, 'POST', '/api/v1/tenants/twice/tier', { tier: 'starter' });
  await complete('twice');
  const now = await product.api.expect(200, 'POST', `/api/v1/dead-letters/${letter.id}/redrive`, {
    reason: 'it fits now',
  });
  expect(now.outcome).toBe('repeat');
  const { redrives } = await product.api.expect(200, 'GET', `/api/v1/dead-letters/${letter.id}`);
  expect(redrives.map(({ by, reason }: Tree) => [by, reason])).toEqual([
    ['admin', 'try'],
    ['admin', 'it fits now'],
  ]);
});

test('a paused backend holds what needs it, visibly; others go on, and all of it once it runs again', async () => {
  await control({ backends: { minio: 'paused' } });
  await created('frozen');
  await waitFor('the keyspace beside a waiting bucket', async () => {
    const { resources = [] } = await statusOf('frozen');
    const word = (kind: string) => resources.find((each: Tree) => each.kind === kind)?.status;
    return word('cassandra-keyspace') === 'ready' && word('minio-bucket') === 'pending';
  });
  expect(await condition('frozen', 'Frozen')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('minio'),
  });
  expect((await statusOf('frozen')).status).toBe('provisioning');
  expect(onDisk('frozen')).toEqual([true, false, true]);
  await control({ backends: { minio: 'running' } });
  await complete('frozen');
  expect(await condition('frozen', 'Frozen')).toBeUndefined();
  const wrong = await product.api.call('PUT', '/api/v1/control', { body: { backends: { minioo: 'paused' } } });
  expect([wrong.status, JSON.stringify(wrong.body.errors)]).toEqual([422, expect.stringContaining('minio?')]);
});

test('all work paused: nothing begins until it runs again', async () => {
  await control({ reconcile: 'paused' });
  await created('later');
  await waitFor('the tenant to be known', async () => (await product.api.get(statusPath('later'))).status === 200);
  expect(await condition('later', 'Frozen')).toMatchObject({ message: expect.stringContaining('reconcile') });
  expect([(await statusOf('later')).status, ...onDisk('later')]).toEqual(['pending', false, false, false]);
  await control({ reconcile: 'running' });
  await complete('later');
});

test('protection withstands events and DELETE; without it a deletion is taken back within its grace', async () => {
  await created('guarded', { tier: 'professional' });
  await complete('guarded');
  await say('tenant-deleted-events', { tenant_id: 'guarded', deleted_by: 'billing' });
  await waitFor('the refusal', async () =>
    (await letters()).some((letter) => letter.tenant_id === 'guarded' && letter.error_code === 'protected'),
  );
  const refused = await product.api.call('DELETE', '/api/v1/tenants/guarded');
  expect([refused.status, refused.body.code]).toEqual([409, 'protected']);
  await product.api.expect(200, 'PUT', '/api/v1/tenants/guarded/protection', { protected: false });
  await product.api.remove('guarded', 'grace_hours=1&reason=a%20test');
  // Said once each right was seen withdrawn.
  await untilAll(product.api, ['guarded'], 'suspended', WAIT_MS, product.tail);
  const record = await product.api.expect(200, 'GET', '/api/v1/tenants/guarded');
  expect(record).toMatchObject({ status: 'suspended', deletion: { reason: 'a test', requested_by: 'admin' } });
  await product.api.expect(202, 'POST', '/api/v1/tenants/guarded/restore');
  await complete('guarded');
  expect(onDisk('guarded')).toEqual([true, true, true]);
  const phases = () => published('tenant-deleting-events', 'guarded').map(({ phase }) => phase);
  await waitFor('both phases to be told', async () => phases().length === 2);
  expect(phases()).toEqual(['suspended', 'restored']);
});

test('too many deletions by event are braked, visibly, until an operator lets them go', async () => {
  const ids = Array.from({ length: ASKED }, (_, i) => `mass-${i}`);
  await Promise.all(ids.map((id) => created(id)));
  await complete(...ids);
  for (const id of ids) await say('tenant-deleted-events', { tenant_id: id });
  const words = async () => Object.values(await product.api.statuses(ids));
  await waitFor(
    `${BRAKE} to be suspended`,
    async () => (await words()).filter((w) => w === 'suspended').length >= BRAKE,
  );
  const held = async () =>
    (await Promise.all(ids.map((id) => condition(id, 'DeletionHeld')))).filter((each) => each?.status === 'True');
  await waitFor('the others to be held', async () => (await held()).length === ASKED - BRAKE);
  expect((await words()).filter((word) => word === 'completed')).toHaveLength(ASKED - BRAKE);
  expect(await product.api.expect(200, 'GET', '/api/v1/control')).toMatchObject({ deletions: 'braked', brake: 'shut' });
  // A person's own deletion is not braked.
  const free = ids.find((_, i) => i === ASKED - 1) as string;
  await product.api.remove(free);
  await untilAll(product.api, [free], 'deleted', WAIT_MS, product.tail);

  await control({ deletions: 'running' });
  await untilAll(
    product.api,
    ids.filter((id) => id !== free),
    'suspended',
    // Shorter than the half minute after which a held deletion looks by itself.
    WAIT_MS,
    product.tail,
  );
  expect(await held()).toEqual([]);
});

test('a stream of a status resumes where it was left, ends with the operation, and is over for who comes back', async () => {
  await control({ backends: { minio: 'paused' } });
  await product.api.provision('watched');
  const token = adminToken(product.dataDir);
  const url = product.url + statusPath('watched');
  const stream = await openStream(url, token, WAIT_MS);
  expect(stream.status).toBe(200);
  const first = await stream.next();
  expect(first).toMatchObject({ event: 'status', data: { tenant_id: 'watched' } });
  stream.leave();
  await control({ backends: { minio: 'running' } });

  const again = await openStream(url, token, WAIT_MS, first?.id);
  const seen = await again.rest();
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.at(-1)?.data.status).toBe('completed');
  const ids = [first, ...seen].map((event) => event?.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(seen.at(-1)?.data).toEqual(await statusOf('watched'));

  // Who comes back after the end is told nothing new.
  expect((await openStream(url, token, WAIT_MS, seen.at(-1)?.id)).status).toBe(204);
});

test('an event that is no event of the platform is refused by name; other tenants’ topics are not there', async () => {
  const unknown = await product.api.call('POST', '/api/v1/events/tenant-creatd-events', { body: {} });
  expect(unknown.status).toBe(404);
  const elsewhere = await product.api.call('POST', '/api/v1/events/tenant-created-events?namespace=nowhere', {
    body: {},
  });
  expect(elsewhere.status).toBe(404);
  // Known names, but nobody listens there: such an event would be lost in silence.
  for (const path of ['tenant-deleted-events?namespace=global', 'tenant-created-events?namespace=compute'])
    expect((await product.api.call('POST', `/api/v1/events/${path}`, { body: {} })).status).toBe(404);
});

test('a tenant’s own topic takes its events, and none that names another tenant', async () => {
  await created('owner');
  await complete('owner');
  const topic = 'tenant-upgraded-events?namespace=owner';
  await waitFor('its topic to be heard', async () => {
    const body = { tenant_id: 'stranger', previous_tier: 'free', new_tier: 'starter' };
    return (await product.api.call('POST', `/api/v1/events/${topic}`, { body })).status === 202;
  });
  const mismatch = async () => (await letters()).find((letter) => letter.error_code === 'tenant-mismatch');
  await waitFor('the dead letter', async () => (await mismatch()) !== undefined);
  expect((await mismatch())?.error_message).toContain('stranger');
  await say(topic, { tenant_id: 'owner', previous_tier: 'free', new_tier: 'starter' });
  await waitFor('the new tier', async () => (await statusOf('owner')).tier === 'starter');
  const other = await product.api.call('POST', '/api/v1/events/tenant-created-events?namespace=owner', { body: {} });
  expect(other.status).toBe(404);
});
