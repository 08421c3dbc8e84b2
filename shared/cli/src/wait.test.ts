import { expect, test } from 'vitest';
import { accepted, record, resource, running, status } from '../test/builders.ts';
import { bad, good, type Handler, startServer } from '../test/contract-server.ts';
import { runCli, shown } from '../test/harness.ts';

const CREATE = 'POST /api/v1/provision';
const STATUS = 'GET /api/v1/tenants/acme/provisioning-status';
const create: Handler = () => good('accepted', accepted(), 202);
const bucket = resource('minio-bucket', 'tenant-acme');
const statuses = [
  running({ ...bucket, status: 'creating', duration_ms: null }),
  running(bucket),
  status({ resources: [bucket] }),
];

test('create --wait says each change once and ends well when the tenant is complete', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: () => ({ kind: 'events', statuses, close: 'end' }),
  });
  const ran = await runCli(['tenant', 'create', 'acme', '--wait'], server);
  expect(ran).toEqual({
    code: 0,
    err: '',
    out: [
      'acme: provisioning',
      '  minio-bucket tenant-acme: creating',
      '  minio-bucket tenant-acme: ready (in 43 ms)',
      'acme: completed (74 ms)',
      '',
    ].join('\n'),
  });
  expect(server.asked[0]?.body).toEqual({ tenant_id: 'acme', tenant_name: 'acme', tier: 'free' });
});

test('a stream that is cut is taken up after the last event that came', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: (_asked, times) =>
      times === 0
        ? { kind: 'events', statuses, close: 'cut', upTo: 2 }
        : times === 1
          ? { kind: 'cut' }
          : { kind: 'events', statuses, close: 'end' },
  });
  const ran = await runCli(['tenant', 'create', 'acme', '--wait'], server);
  expect(ran.code).toBe(0);
  expect(ran.out).toContain('the connection is lost, trying again');
  expect(ran.out).toContain('the connection is back');
  expect(server.asked.slice(1).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2']);
});

test('a stream that ends without its last event is asked again from the beginning', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: (_asked, times) => ({ kind: 'events', statuses, close: 'end', upTo: times < 2 ? 2 : 3 }),
  });
  expect((await runCli(['tenant', 'create', 'acme', '--wait'], server)).code).toBe(0);
  expect(server.asked.slice(1).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', undefined]);
});

test('with JSON the result is the last answer, unchanged, and nothing else', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: () => ({ kind: 'events', statuses, close: 'end' }),
  });
  const ran = await runCli(['tenant', 'create', 'acme', '--wait', '--output', 'json'], server);
  expect(ran.out).toBe(`${JSON.stringify(statuses.at(-1))}\n`);
});

test('a tenant that fails ends the wait with why, and where to look', async () => {
  const failed = status({
    status: 'failed',
    resources: [{ ...bucket, status: 'failed', message: 'the name is taken' }],
  });
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: () => ({ kind: 'events', statuses: [failed], close: 'end' }),
  });
  const ran = await runCli(['tenant', 'create', 'acme', '--wait', '--quiet'], server);
  expect(ran.code).toBe(1);
  expect(ran.out).toBe('');
  expect(ran.err).toBe(
    'leasehold: acme is failed: minio-bucket tenant-acme: the name is taken\n  `leasehold op get op_acme_1` shows each step.\n',
  );
});

test('a wait that takes too long ends with 5 and says that the work goes on', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: () => ({ kind: 'events', statuses, close: 'hold', upTo: 1 }),
  });
  const ran = await runCli(['tenant', 'create', 'acme', '--wait', '--timeout', '1s'], server);
  expect(ran.code).toBe(5);
  expect(ran.err).toBe(
    'leasehold: not done after 1.0 s; the work goes on\n  `leasehold tenant watch acme` shows it again.\n',
  );
});

test('Ctrl-C while a tree is drawn leaves the last picture, a visible cursor, and 130', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: () => ({ kind: 'events', statuses, close: 'hold', upTo: 1 }),
  });
  const interrupt = new AbortController();
  const ran = await runCli(['tenant', 'create', 'acme', '--wait', '--no-color'], {
    url: server.url,
    tty: true,
    interrupt,
    onOut: (text) => {
      if (text.includes('creating')) interrupt.abort();
    },
  });
  expect(ran.code).toBe(130);
  expect(ran.err).toContain('the work goes on');
  expect(shown(ran.out)).toEqual({
    cursorVisible: true,
    lines: [
      '… acme provisioning Acme Corporation · free · generation 1',
      '└─ … minio-bucket  tenant-acme  creating',
      '',
    ],
  });
});

test('on a terminal only the end stays on the screen', async () => {
  await using server = await startServer({
    [CREATE]: create,
    [STATUS]: () => ({ kind: 'events', statuses, close: 'end' }),
  });
  const ran = await runCli(['tenant', 'create', 'acme', '--wait', '--no-color'], { url: server.url, tty: true });
  expect(ran.code).toBe(0);
  expect(shown(ran.out).lines).toEqual([
    '✔ acme completed Acme Corporation · free · generation 1 · 74 ms',
    '└─ ✔ minio-bucket  tenant-acme  ready  43 ms',
    '',
  ]);
});

test('watch ends where nothing comes by itself: a tenant in its grace', async () => {
  const suspended = status({ status: 'suspended', duration_ms: null });
  await using server = await startServer({
    [STATUS]: (_asked, times) =>
      times === 0
        ? good('status', suspended)
        : times === 1
          ? { kind: 'events', statuses: [suspended], close: 'end' }
          : { kind: 'over' },
  });
  const ran = await runCli(['tenant', 'watch', 'acme'], server);
  expect([ran.code, ran.err]).toEqual([0, '']);
  expect(server.asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, undefined, '1']);
});

test('watch tells a wrong id at once', async () => {
  await using server = await startServer({ [STATUS]: () => bad('not-found', 'There is no such object.') });
  expect((await runCli(['tenant', 'watch', 'acme'], server)).code).toBe(4);
  expect(server.asked).toHaveLength(1);
});

test('delete --wait ends at the suspension where the grace is longer than the wait, and says how to come back', async () => {
  const deletion = {
    requested_at: '2026-01-31T12:00:00.000Z',
    grace_until: '2026-02-01T12:00:00.000Z',
    requested_by: 'admin',
    reason: null,
  };
  const suspended = status({ status: 'suspended', duration_ms: null });
  await using server = await startServer({
    'DELETE /api/v1/tenants/acme': () => good('accepted', accepted({ status: 'suspended' }), 202),
    'GET /api/v1/tenants/acme': () => good('record', record({ status: 'suspended', deletion })),
    [STATUS]: () => ({ kind: 'events', statuses: [suspended], close: 'hold' }),
  });
  const ran = await runCli(['tenant', 'delete', 'acme', '--wait', '--yes'], server);
  expect(ran.code).toBe(0);
  expect(ran.out).toContain(
    'Its data goes at 2026-02-01 12:00:00Z (in 24 h 0 min). Until then: `leasehold tenant restore acme`.',
  );
});
