/**
 * What is said of a tenant that is suspended, leaves or has left is what was seen: of its access, its protection and its data. Over
 * the embedded backends, by hand on their disk and with the switches, through a kill of the process.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 30_000;
const ROLES = { a: ['consume', 'produce'], b: ['consume', 'produce'] };

let product: Product;
beforeAll(async () => {
  product = await startProduct({ PLATFORM_ROLES: 'a,b' });
});
afterAll(() => product?.clear());

const complete = async (...ids: readonly string[]): Promise<void> => {
  for (const id of ids) await product.api.provision(id);
  await untilAll(product.api, ids, 'completed', WAIT_MS, product.tail);
};
const statusOf = async (id: string): Promise<Tree> => (await product.api.get(statusPath(id))).body;
const conditionIn = (status: Tree, wanted: string): Tree =>
  status.conditions.find(({ type, status }: Tree) => type === wanted && status === 'True');
const control = (change: object): Promise<Tree> => product.api.expect(200, 'PUT', '/api/v1/control', change);
const post = (id: string, verb: string): Promise<Tree> =>
  product.api.expect(202, 'POST', `/api/v1/tenants/${id}/${verb}`);
const words = (status: Tree): string => JSON.stringify(status);
const untilStatus = (id: string, what: string, holds: (status: Tree) => boolean): Promise<Tree> =>
  until(
    `${id}: ${what}`,
    async () => {
      const status = await statusOf(id);
      return holds(status) && status;
    },
    { boundMs: WAIT_MS, tell: product.tail },
  );

const record = (id: string): string => join(product.dataDir, 'pulsar', `platformq%2F${id}.json`);
const permissions = (id: string): unknown => JSON.parse(readFileSync(record(id), 'utf8')).state.permissions;
/** As somebody does by hand. */
function grantBack(id: string): void {
  const content = JSON.parse(readFileSync(record(id), 'utf8'));
  content.state.permissions = ROLES;
  writeFileSync(record(id), JSON.stringify(content));
}

test.each([
  ['suspend', { backends: { pulsar: 'paused' } }, { backends: { pulsar: 'running' } }],
  ['suspend', { reconcile: 'paused' }, { reconcile: 'running' }],
  ['delete', { backends: { pulsar: 'paused' } }, { backends: { pulsar: 'running' } }],
])('%s under a pause (%j) says that access stands, until it is seen withdrawn', async (verb, paused, running) => {
  const id = `paused-${verb}-${Object.keys(paused)[0]}`;
  await complete(id);
  await control(paused);
  if (verb === 'suspend') await post(id, 'suspend');
  else await product.api.remove(id, 'grace_hours=1');
  const standing = await untilStatus(id, 'standing', (status) => conditionIn(status, 'AccessStanding') !== undefined);
  expect(permissions(id)).toEqual(ROLES);
  expect(standing.status).not.toBe('suspended');
  expect(words(standing)).not.toContain('access is withdrawn');
  expect(conditionIn(standing, 'AccessStanding').message).toMatch(/platformq\/.*paused by an operator/);
  expect(standing.duration_ms).toBeNull();
  await control(running);
  const closed = await untilStatus(id, 'suspended', ({ status }) => status === 'suspended');
  expect([permissions(id), conditionIn(closed, 'AccessStanding')]).toEqual([{}, undefined]);
});

test('access given back by hand to suspended and leaving tenants is taken away again, after a kill too', async () => {
  await complete('back-a', 'back-b');
  await post('back-a', 'suspend');
  await product.api.remove('back-b', 'grace_hours=1');
  await untilAll(product.api, ['back-a', 'back-b'], 'suspended', WAIT_MS, product.tail);
  await product.kill();
  for (const id of ['back-a', 'back-b']) grantBack(id);
  product.launch();
  await product.ready();
  for (const id of ['back-a', 'back-b']) {
    await until(`${id} to be shut off again`, () => words(permissions(id) as Tree) === '{}', {
      boundMs: WAIT_MS,
      tell: product.tail,
    });
    const closed = await untilStatus(id, 'suspended', ({ status }) => status === 'suspended');
    expect(conditionIn(closed, 'AccessStanding')).toBeUndefined();
  }
});

test('a policy put on the bucket by hand is denied before a tenant is called suspended, and again when put again; resuming gives it back', async () => {
  const file = join(product.dataDir, 'minio', 'tenant-open', '.leasehold.json');
  const content = (): Tree => JSON.parse(readFileSync(file, 'utf8'));
  const open = { grants: ['Anybody'], denial: null };
  const putByHand = (): void => {
    const { state, ...rest } = content();
    writeFileSync(file, JSON.stringify({ ...rest, state: { ...state, policy: open } }));
  };
  await complete('open');
  putByHand();
  await post('open', 'suspend');
  const closed = await untilStatus('open', 'suspended', ({ status }) => status === 'suspended');
  expect(conditionIn(closed, 'AccessStanding')).toBeUndefined();
  expect(content().state.policy).toEqual({ ...open, denial: 'whole' });
  await product.kill();
  putByHand();
  product.launch();
  await product.ready();
  await until('the policy to be denied again', () => content().state.policy.denial === 'whole', {
    boundMs: WAIT_MS,
    tell: product.tail,
  });
  await post('open', 'resume');
  await untilAll(product.api, ['open'], 'completed', WAIT_MS, product.tail);
  expect(content().state.policy).toEqual(open);
});

test('protection that is set during the grace holds its end, visibly, and the deletion goes on without it', async () => {
  await complete('held');
  await product.api.remove('held', 'grace_hours=0.0005');
  await product.api.expect(200, 'PUT', '/api/v1/tenants/held/protection', { protected: true });
  await untilStatus('held', 'held by protection', (status) => conditionIn(status, 'DeletionProtected') !== undefined);
  const now = await product.api.call('DELETE', '/api/v1/tenants/held?grace_hours=0');
  expect([now.status, now.body.code]).toEqual([409, 'protected']);
  expect(existsSync(join(product.dataDir, 'minio', 'tenant-held'))).toBe(true);
  await product.api.expect(200, 'PUT', '/api/v1/tenants/held/protection', { protected: false });
  await untilAll(product.api, ['held'], 'deleted', WAIT_MS, product.tail);
});

const bucket = (id: string): string => join(product.dataDir, 'minio', `tenant-${id}`);
const keyspace = (id: string): string => join(product.dataDir, 'cassandra', `tenant_${id}.sqlite`);

test('a deletion does not say that nothing is left of a bucket without our mark or a keyspace that cannot be read', async () => {
  await complete('left');
  writeFileSync(join(bucket('left'), 'data.txt'), 'precious');
  const mark = join(bucket('left'), '.leasehold.json');
  renameSync(mark, `${bucket('left')}.mark`);
  writeFileSync(keyspace('left'), 'not what it was');
  await product.api.remove('left');
  const status = await untilStatus('left', 'what is left', (seen) =>
    ['tenant-left', 'tenant_left'].every((name) => conditionIn(seen, 'LeftBehind')?.message.includes(name)),
  );
  expect([status.status, words(status).includes('nothing of the tenant is left')]).toEqual(['deleting', false]);
  expect(String((await product.api.get('/metrics')).body)).toMatch(
    /leasehold_left_behind_resources\{[^}]*kind="minio-bucket"[^}]*\} 1\b/,
  );
  expect([existsSync(join(bucket('left'), 'data.txt')), existsSync(keyspace('left'))]).toEqual([true, true]);

  // With its mark back the bucket goes; what cannot be read is left behind on an operator's word, and named for good.
  renameSync(`${bucket('left')}.mark`, mark);
  await post('left', 'reconcile');
  await until('the bucket to go', () => !existsSync(bucket('left')), { boundMs: WAIT_MS, tell: product.tail });
  await untilStatus('left', 'the keyspace', (seen) => conditionIn(seen, 'LeftBehind')?.message.includes('tenant_left'));
  await product.api.remove('left', 'force=true');
  const gone = await untilStatus('left', 'deleted', (seen) => seen.status === 'deleted');
  expect(words(gone)).not.toContain('nothing of the tenant is left');
  expect(conditionIn(gone, 'LeftBehind').message).toContain('cassandra-keyspace tenant_left');
  expect(gone.resources.find(({ name }: Tree) => name === 'tenant_left').message).toContain('left behind');
  expect(existsSync(keyspace('left'))).toBe(true);
  rmSync(keyspace('left'));
});

test('a dry run says what a creation would fail by, as the creation itself does', async () => {
  mkdirSync(bucket('taken'), { recursive: true });
  writeFileSync(join(bucket('taken'), 'theirs.txt'), 'theirs');
  const body = { tenant_id: 'taken', tenant_name: 'Taken', tier: 'free' };
  const plan = await product.api.expect(200, 'POST', '/api/v1/provision?dry_run=true', body);
  const planned = plan.actions.find(({ kind }: Tree) => kind === 'minio-bucket');
  expect(planned).toMatchObject({ action: 'keep', refused: 'NameTaken' });
  expect(planned.reason).toContain('the tenant would fail by it');
  await product.api.expect(202, 'POST', '/api/v1/provision', body);
  const failed = await untilStatus('taken', 'failed', ({ status }) => status === 'failed');
  expect(conditionIn(failed, 'NameTaken')).toBeDefined();
  await product.api.remove('taken');
  const gone = await untilStatus('taken', 'deleted', ({ status }) => status === 'deleted');
  expect(conditionIn(gone, 'LeftBehind')).toBeUndefined();
  expect(conditionIn(gone, 'Ready') ?? gone.conditions[0].message).toContain('what was never its own: minio-bucket');
});
