/** Every list in words: a table of what there is, a sentence where there is nothing, and word of more; each single thing is drawn. */
import { expect, test } from 'vitest';
import { accepted, letter, record, status } from '../test/builders.ts';
import { bad, startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const json = (body: unknown) => ({ kind: 'json', status: 200, body }) as const;
const page = (items: readonly unknown[], more = false) => json({ items, next_cursor: more ? 'next' : null });
const AT = '2026-01-31T12:00:00.000Z';
const rollout = { rollout_id: 'ro-1', state: 'running', targets: [], created_at: AT };
const MORE = 'There are more: add --all.\n';

const LISTS: readonly (readonly [string, string, unknown, RegExp, string])[] = [
  ['tenant list', 'GET /api/v1/tenants', record(), /^acme +/m, 'no tenants\n'],
  ['dead-letter list', 'GET /api/v1/dead-letters', letter(), /^dl-\S+ +/m, 'no dead letters\n'],
  ['blueprint rollouts', 'GET /api/v1/rollouts', rollout, /^ro-1 +/m, 'no rollouts\n'],
  [
    'blueprint tenants ro-1',
    'GET /api/v1/rollouts/ro-1/tenants',
    { tenant_id: 'acme', outcome: 'failed' },
    /^acme +\? +failed/m,
    'no tenant has come to an end yet\n',
  ],
  [
    'audit',
    'GET /api/v1/audit',
    { at: AT, actor: 'ada', action: 'suspend', tenant_id: 'acme' },
    /ada/,
    'nothing on record\n',
  ],
  [
    'tenant import',
    'GET /api/v1/import',
    { tenant_id: 'legacy', resources: [{ kind: 'minio-bucket', name: 'tenant-legacy', mark: 'none' }] },
    /^legacy +minio-bucket/m,
    'every tenant on the backends is known\n',
  ],
];

test.each(LISTS)('%s: a table, or a sentence; a page is not called all', async (words, route, item, row, none) => {
  await using server = await startServer({ [route]: (_asked, times) => page(times > 0 ? [] : [item], times === 0) });
  const some = await runCli(words.split(' '), server);
  expect([some.code, some.out.endsWith(MORE)]).toEqual([0, true]);
  expect(some.out).toMatch(row);
  expect(some.out).not.toContain(none);
  const nothing = await runCli(words.split(' '), server);
  expect([nothing.code, nothing.out]).toEqual([0, none]);
});

test.each(['tenant list', 'audit'])('%s: an empty page with more behind it is not called all', async (words) => {
  const route = `GET /api/v1/${words === 'audit' ? words : 'tenants'}`;
  await using server = await startServer({ [route]: () => page([], true) });
  expect((await runCli(words.split(' '), server)).out).toBe(`none among the first\n${MORE}`);
});

const OPERATION = {
  operation_id: 'op_acme_1',
  tenant_id: 'acme',
  kind: 'provision',
  generation: 1,
  requested_by: null,
  started_at: AT,
  finished_at: AT,
  outcome: 'completed',
  steps: [],
};

test.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
  ['op get op_acme_1', { 'GET /api/v1/operations/op_acme_1': OPERATION }, /op_acme_1 completed provision of acme/],
  ['dead-letter get dl-1', { 'GET /api/v1/dead-letters/dl-1': letter({ id: 'dl-1' }) }, /dl-1/],
  ['tenant drift acme', { 'GET /api/v1/tenants/acme/drift': { tenant_id: 'acme', drift: [] } }, /acme/],
  [
    'tenant get acme',
    {
      'GET /api/v1/tenants/acme/provisioning-status': status(),
      'GET /api/v1/tenants/acme': record({ protected: true }),
    },
    /acme[\s\S]*protected[\s\S]*cassandra-keyspace/,
  ],
  ['blueprint halt ro-1', { 'POST /api/v1/rollouts/ro-1/halt': { ...rollout, state: 'halted' } }, /ro-1 halted/],
  [
    'blueprint cancel ro-1',
    { 'POST /api/v1/rollouts/ro-1/cancel': { ...rollout, state: 'cancelled' } },
    /ro-1 cancelled/,
  ],
])('%s is drawn', async (words, answers, drawn) => {
  await using server = await startServer(
    Object.fromEntries(Object.entries(answers).map(([route, body]) => [route, () => json(body)])),
  );
  const ran = await runCli(words.split(' '), server);
  expect([ran.code, ran.err]).toEqual([0, '']);
  expect(ran.out).toMatch(drawn);
});

test('a redrive says what came of it, and why where that is told', async () => {
  const results = [
    { id: 'dl-1', outcome: 'applied', state: 'solved' },
    { id: 'dl-1', outcome: 'waiting', state: 'waiting', detail: 'acme is being deleted' },
    { id: 'dl-1', outcome: 'invalid', state: 'open', detail: 'no such tier' },
    { id: 'dl-1', outcome: 'invalid', state: 'open' },
  ];
  await using server = await startServer({
    'POST /api/v1/dead-letters/dl-1/redrive': (_asked, times) => json(results[times]),
  });
  const redrive = () => runCli(['dead-letter', 'redrive', 'dl-1', '--reason', 'mended'], server);
  expect((await redrive()).out).toBe('dl-1: applied\n');
  expect((await redrive()).out).toMatch(/^dl-1: waiting, acme is being deleted\nIt waits for its tenant/);
  const why = await redrive();
  expect([why.code, why.err]).toEqual([
    1,
    expect.stringContaining('it failed again (invalid: no such tier); it stays'),
  ]);
  expect((await redrive()).err).toContain('it failed again (invalid); it stays open');
});

const READ = 'GET /api/v1/rollouts/ro-1';
const RESUME = 'POST /api/v1/rollouts/ro-1/resume';

test('who waits for a rollout is told each step once, and its end', async () => {
  const seen = (state: string, wave: number) => ({ ...rollout, state, wave, outcomes: { updated: wave } });
  const states = [seen('running', 1), seen('running', 1), seen('running', 2), seen('completed', 2)];
  await using server = await startServer({ [READ]: (_asked, times) => json(states[times]) });
  const ran = await runCli(['blueprint', 'get', 'ro-1', '--watch'], server);
  expect([ran.code, server.asked.length]).toEqual([0, 4]);
  const told = `${ran.out}${ran.err}`.split('\n').filter((line) => /running/.test(line));
  expect(new Set(told).size).toBe(told.length);
  expect(told.length).toBe(2);
});

test('who does not wait is told how to see it, unless it is over', async () => {
  await using server = await startServer({
    [RESUME]: (_asked, times) => json({ ...rollout, state: ['running', 'completed'][times] }),
  });
  const resumed = await runCli(['blueprint', 'resume', 'ro-1', '--skip-failed'], server);
  expect(resumed.out).toContain('See it with `leasehold blueprint get ro-1 --watch`.');
  expect((await runCli(['blueprint', 'resume', 'ro-1'], server)).out).not.toContain('See it with');
  expect(server.asked.map(({ body }) => body)).toEqual([{ skip_failed: true }, { skip_failed: false }]);
});

test('a rollout that does not end in time, or is left, goes on', async () => {
  await using server = await startServer({ [READ]: () => json(rollout) });
  const late = await runCli(['blueprint', 'get', 'ro-1', '--watch', '--timeout', '30s'], server);
  expect(late.code).toBe(5);
  expect(late.err).toContain('not over after 30.0 s; the rollout goes on');
  expect(late.err).toContain('`leasehold blueprint get ro-1 --watch` shows it again.');
  const interrupt = new AbortController();
  // What is told of the first look comes right before the wait for the next.
  const onOut = () => void setTimeout(() => interrupt.abort(new Error('SIGINT')), 0);
  const ran = await runCli(['blueprint', 'get', 'ro-1', '--watch'], {
    url: server.url,
    interrupt,
    instantMs: 0,
    onOut,
  });
  expect([ran.code, ran.err]).toEqual([130, expect.stringContaining('the rollout goes on')]);
});

test('switches: a backend is named with its state, and nothing else is taken', async () => {
  await using server = await startServer({
    'PUT /api/v1/control': () => json({ reconcile: 'running', deletions: 'running', backends: { minio: 'paused' } }),
  });
  const set = await runCli(['control', 'set', '--backend', 'minio=paused'], server);
  expect([set.code, set.out]).toEqual([0, expect.stringContaining('minio')]);
  for (const words of ['minio', '=paused', 'minio=off', 'minio=paused=running']) {
    const ran = await runCli(['control', 'set', '--backend', words], server);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(`got ${JSON.stringify(words)}`)]);
  }
  expect(server.asked).toHaveLength(1);
});

test('an accepted change is told with its operation, where there is one, and how to follow it', async () => {
  const answers = [accepted(), accepted({ operation_id: undefined })];
  await using server = await startServer({
    'POST /api/v1/tenants/acme/suspend': (_asked, times) => json(answers[times]),
  });
  const told = async () => (await runCli(['tenant', 'suspend', 'acme'], server)).out;
  expect(await told()).toMatch(
    /; status pending \(operation op_acme_1\)\nSee it with `leasehold tenant watch acme`\.\n$/,
  );
  expect(await told()).toMatch(/; status pending\nSee it/);
});

test('what is not there is the server’s to say', async () => {
  await using server = await startServer({ [READ]: () => bad('not-found', 'no such rollout') });
  expect((await runCli(['blueprint', 'get', 'ro-1'], server)).code).toBe(4);
});
