import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TIERS } from '@leasehold/contracts';
import { afterAll, expect, test } from 'vitest';
import { accepted, LIMITS, letter, record, status } from '../test/builders.ts';
import { bad, good, startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'leasehold-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CREATE = 'POST /api/v1/provision';
const STATUS = 'GET /api/v1/tenants/acme/provisioning-status';
const RECORD = 'GET /api/v1/tenants/acme';
const REMOVE = 'DELETE /api/v1/tenants/acme';

test('a refusal is one message with code, detail, each place and the request id; 4', async () => {
  const errors = [
    { pointer: '/tenant_id', message: 'must be lower-case' },
    { pointer: '/tier', message: 'expected one of five' },
  ];
  await using server = await startServer({ [CREATE]: () => bad('invalid', '2 places are wrong.', { errors }) });
  const ran = await runCli(['tenant', 'create', 'A_B', '--tier', 'x'], server);
  expect(ran.code).toBe(4);
  expect(ran.out).toBe('');
  expect(ran.err).toBe(
    [
      'leasehold: invalid (422): 2 places are wrong.',
      '  /tenant_id: must be lower-case',
      '  /tier: expected one of five',
      '  request id req-1',
      '',
    ].join('\n'),
  );
});

test('with JSON a refusal is the problem as it came, on standard error', async () => {
  await using server = await startServer({});
  const ran = await runCli(['tenant', 'get', 'acme', '--output', 'json'], server);
  expect(ran).toMatchObject({ code: 4, out: '' });
  expect(JSON.parse(ran.err)).toMatchObject({ code: 'not-found', status: 404, request_id: 'req-1' });
});

test.each([
  [['tenant', 'get', 'acme'], 'there is no tenant "acme"'],
  [['tenant', 'drift', 'a b'.replace(' ', '-')], 'there is no tenant "a-b"'],
  [['tenant', 'suspend', 'gone', '--wait'], 'there is no tenant "gone"'],
  [['tenant', 'watch', 'acme'], 'there is no tenant "acme"'],
  [['op', 'get', 'op_acme_7'], 'there is no operation "op_acme_7"'],
  [['dead-letter', 'redrive', 'dl_1', '--reason', 'mended'], 'there is no dead letter "dl_1"'],
  [['blueprint', 'halt', 'ro_1'], 'there is no rollout "ro_1"'],
])('%j: what is not there is named; 4', async (args, named) => {
  await using server = await startServer({});
  const ran = await runCli(args, server);
  expect(ran.code).toBe(4);
  expect(ran.err).toContain(`not-found (404): ${named}, or it is not yours to see.`);
});

test('JSON is the answer unchanged, with fields that this release does not know', async () => {
  await using server = await startServer({ [STATUS]: () => good('status', status()) });
  const ran = await runCli(['--output', 'json', 'tenant', 'get', 'acme'], server);
  expect(ran.code).toBe(0);
  expect(ran.out).toBe(`${JSON.stringify({ ...status(), field_of_a_later_release: { deep: [1] } })}\n`);
});

test('a POST whose answer is lost is sent again under the same key, also while the first is under way', async () => {
  await using server = await startServer({
    [CREATE]: (_asked, times) =>
      times === 0
        ? { kind: 'cut' }
        : times === 1
          ? bad('idempotency-conflict', 'The first request is still under way.')
          : good('accepted', accepted(), 202),
  });
  const ran = await runCli(['tenant', 'create', 'acme'], server);
  expect(ran.code).toBe(0);
  expect(ran.out).toContain('acme is being created; status pending (operation op_acme_1)');
  expect(server.asked.map(({ headers }) => headers['idempotency-key'])).toEqual(
    Array(3).fill('key-of-this-invocation'),
  );
});

test('a conflict of the first try is an answer, not a reason to try again', async () => {
  await using server = await startServer({ [CREATE]: () => bad('idempotency-conflict', 'Used with another input.') });
  expect((await runCli(['tenant', 'create', 'acme'], server)).code).toBe(4);
  expect(server.asked).toHaveLength(1);
});

test('a GET is tried again when the connection is lost or the server is not ready; a DELETE is not', async () => {
  await using server = await startServer({
    'GET /api/v1/control': (_asked, times) =>
      times === 0
        ? { kind: 'cut' }
        : times === 1
          ? bad('unavailable', 'Not ready: starting.')
          : good('control', {
              reconcile: 'running',
              deletions: 'running',
              brake: 'open',
              backends: {},
              updated_at: null,
            }),
    [REMOVE]: () => ({ kind: 'cut' }),
  });
  expect((await runCli(['control', 'get'], server)).code).toBe(0);
  const removed = await runCli(['tenant', 'delete', 'acme', '--yes'], server);
  expect(removed.code).toBe(3);
  expect(server.asked.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

test('no server: 3, and what to do', async () => {
  const ran = await runCli(['tenant', 'list'], { url: 'http://127.0.0.1:9' });
  expect(ran.code).toBe(3);
  expect(ran.err).toContain('http://127.0.0.1:9 cannot be reached: ');
  expect(ran.err).toContain('npm start');
});

test('a server that is not ready for long: 3', async () => {
  await using server = await startServer({ 'GET /api/v1/tenants': () => bad('unavailable', 'Not ready: starting.') });
  expect((await runCli(['tenant', 'list'], server)).code).toBe(3);
  expect(server.asked).toHaveLength(4);
});

test('some other server is told from ours', async () => {
  const page = { kind: 'json', status: 200, body: undefined, headers: { 'content-type': 'text/html' } } as const;
  await using server = await startServer({ 'GET /api/v1/tenants': () => ({ ...page, status: 500, body: 'oops' }) });
  const ran = await runCli(['tenant', 'list'], server);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('Is this a Leasehold server?');
});

test('without a token nothing is sent; 2', async () => {
  await using server = await startServer({});
  const ran = await runCli(['tenant', 'list'], { url: server.url, env: { LEASEHOLD_TOKEN: '' }, cwd: folder });
  expect(ran.code).toBe(2);
  expect(ran.err).toContain(join(folder, '.leasehold', 'admin.token'));
  expect(server.asked).toHaveLength(0);
});

test.each([
  [['tenant']],
  [['tenant', 'creat', 'acme']],
  [['tenant', 'create']],
  [['tenant', 'get', 'acme', '--output', 'xml']],
  [['tenant', 'create', 'acme', '--wait', '--timeout', 'soon']],
  [['tenant', 'delete', 'acme', '--grace-hours', 'x', '--yes']],
  [['dead-letter', 'redrive', 'dl-1']],
  [['control', 'set']],
  [['control', 'set', '--backend', 'minio']],
  [['event', 'publish', 'tenant-created-events', '{oops']],
  [['tenant', 'list', '--url', 'nowhere']],
])('%j is usage: 2', async (args) => {
  await using server = await startServer({ [CREATE]: () => good('accepted', accepted(), 202) });
  const ran = await runCli(args, args.includes('--url') ? {} : server);
  expect(ran.code).toBe(2);
  expect(ran.err).not.toBe('');
});

test('plan of a new tenant, and of another tier for one that exists', async () => {
  const plan = { actions: [], estimated_monthly_cost: { amount: '1.00', currency: 'USD' } };
  await using server = await startServer({
    [CREATE]: () => good('plan', plan),
    [RECORD]: () => good('record', record()),
    'POST /api/v1/tenants/acme/tier': () => good('plan', plan),
  });
  const fresh = await runCli(['tenant', 'plan', 'fresh'], server);
  expect(fresh.out).toContain('fresh, a new tenant, tier free');
  const tier = await runCli(['tenant', 'plan', 'acme', '--tier', 'starter'], server);
  expect(tier.out).toContain('acme, tier free -> starter');
  expect(server.asked.filter(({ method }) => method === 'POST').map(({ query, body }) => [query, body])).toEqual([
    [{ dry_run: 'true' }, { tenant_id: 'fresh', tenant_name: 'fresh', tier: 'free' }],
    [{ dry_run: 'true' }, { tier: 'starter' }],
  ]);
});

test('limits come from a file or as JSON', async () => {
  await using server = await startServer({ [CREATE]: () => good('accepted', accepted(), 202) });
  writeFileSync(join(folder, 'limits.json'), JSON.stringify(LIMITS));
  for (const limits of ['limits.json', '@limits.json', JSON.stringify(LIMITS)])
    await runCli(['tenant', 'create', 'acme', '--tier', 'custom', '--limits', limits], {
      url: server.url,
      cwd: folder,
    });
  expect(server.asked.map(({ body }) => (body as { limits: unknown }).limits)).toEqual([LIMITS, LIMITS, LIMITS]);
});

test('deletion: nothing without a terminal or --yes, nothing when another word is typed, else the id (1)', async () => {
  await using server = await startServer({
    [RECORD]: () => good('record', record({ protected: true })),
    [REMOVE]: () => good('accepted', accepted({ status: 'deleting' }), 202),
  });
  const url = server.url;
  const removals = () => server.asked.filter(({ method }) => method === 'DELETE');
  expect((await runCli(['tenant', 'delete', 'acme'], { url })).code).toBe(2);
  expect((await runCli(['tenant', 'delete', 'acme'], { url, tty: true, typed: 'yes' })).code).toBe(1);
  expect(removals()).toHaveLength(0);
  const args = ['tenant', 'delete', 'acme', '--grace-hours', '0', '--force', '--reason', 'moved'];
  const ran = await runCli(args, { url, tty: true, typed: 'acme' });
  expect(ran.code).toBe(0);
  expect(ran.err).toContain('There is no grace');
  expect(ran.err).toContain('protected');
  expect(removals()[0]?.query).toEqual({ grace_hours: '0', force: 'true', reason: 'moved' });
});

test('the switches: only what is named is sent', async () => {
  const control = {
    reconcile: 'running',
    deletions: 'paused',
    brake: 'open',
    backends: { minio: 'paused' },
    updated_at: null,
  };
  await using server = await startServer({ 'PUT /api/v1/control': () => good('control', control) });
  await runCli(['control', 'set', '--deletions', 'paused', '--backend', 'minio=paused', 'pulsar=running'], server);
  expect(server.asked[0]?.body).toEqual({ deletions: 'paused', backends: { minio: 'paused', pulsar: 'running' } });
});

test('an event comes as text, from a file or from standard input', async () => {
  const published = { topic: 'persistent://platformq/system/tenant-created-events', message_id: '7' };
  await using server = await startServer({
    'POST /api/v1/events/tenant-created-events': () => good('event', published, 202),
  });
  const event = '{"tenant_id":"acme"}';
  writeFileSync(join(folder, 'event.json'), event);
  for (const given of [event, '@event.json', '-']) {
    const args = ['event', 'publish', 'tenant-created-events', given];
    const ran = await runCli(args, { url: server.url, cwd: folder, typed: event });
    expect(ran.out).toContain('published as message 7');
  }
  expect(server.asked.map(({ body }) => body)).toEqual(Array(3).fill({ tenant_id: 'acme' }));
});

test('a redrive that fails again ends with 1 and says so; one that waits says that it does', async () => {
  const answers = [
    { outcome: 'tenant-conflict', detail: 'the tenant exists', state: 'open' },
    { outcome: 'invalid', detail: null },
    { outcome: 'waiting', detail: null, state: 'waiting' },
    { outcome: 'applied', detail: null, state: 'solved' },
    { outcome: 'repeat', detail: null },
  ];
  await using server = await startServer({
    'POST /api/v1/dead-letters/dl-1/redrive': () => ({
      kind: 'json',
      status: 200,
      body: { id: 'dl-1', ...answers.shift() },
    }),
  });
  const redrive = (...more: string[]) =>
    runCli(['dead-letter', 'redrive', 'dl-1', '--reason', 'mended', ...more], server);
  const failed = await redrive();
  expect([failed.code, failed.out]).toEqual([1, 'dl-1: tenant-conflict, the tenant exists\n']);
  expect(failed.err).toContain('it failed again (tenant-conflict: the tenant exists); it stays open');
  expect((await redrive('--output', 'json')).code).toBe(1);
  const waits = await redrive();
  expect([waits.code, waits.out]).toEqual([0, expect.stringContaining('It waits for its tenant')]);
  expect([(await redrive()).code, (await redrive()).code]).toEqual([0, 0]);
});

test('filters of dead letters go to the server; what is none is usage', async () => {
  await using server = await startServer({
    'GET /api/v1/dead-letters': () => ({ kind: 'json', status: 200, body: { items: [], next_cursor: null } }),
  });
  const filters = ['--topic', 't', '--code', 'stale', '--tenant', 'acme', '--state', 'open', '--since', '2026-01-31'];
  expect((await runCli(['dead-letter', 'list', ...filters], server)).code).toBe(0);
  const query = { topic: 't', code: 'stale', tenant_id: 'acme', state: 'open', since: '2026-01-31' };
  expect(server.asked[0]?.query).toMatchObject(query);
  for (const bad of [
    ['--since', '1'],
    ['--state', 'done'],
  ])
    expect((await runCli(['dead-letter', 'list', ...bad], server)).code).toBe(2);
  expect(server.asked).toHaveLength(1);
});

test('lists: the first page with word of more, or all pages as one document', async () => {
  await using server = await startServer({
    'GET /api/v1/dead-letters': ({ query }) => ({
      kind: 'json',
      status: 200,
      body: { items: [letter({ id: query['cursor'] ?? 'first' })], next_cursor: query['cursor'] ? null : 'second' },
    }),
  });
  const page = await runCli(['dead-letter', 'list'], server);
  expect(page.out).toContain('There are more: add --all.');
  const all = await runCli(['dead-letter', 'list', '--all', '--output', 'json'], server);
  const document = JSON.parse(all.out) as { items: { id: string }[]; next_cursor: null };
  expect(document.items.map(({ id }) => id)).toEqual(['first', 'second']);
  expect(document.next_cursor).toBe(null);
});

test('doctor looks at everything although the server is away, and ends with 3', async () => {
  const ran = await runCli(['doctor'], { url: 'http://127.0.0.1:9', cwd: folder });
  expect(ran.code).toBe(3);
  expect(ran.out).toMatch(/^FAIL\s+server/m);
  expect(ran.out).toMatch(/^warn\s+data folder/m);
  expect(ran.err).toBe('');
});

test('help names every tier and the exit codes', async () => {
  const help = await runCli(['tenant', 'create', '--help']);
  expect(help.code).toBe(0);
  for (const tier of TIERS) expect(help.out).toContain(tier);
  expect((await runCli(['--help'])).out).toContain('5 timed out waiting');
});
