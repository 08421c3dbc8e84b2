import { expect, test } from 'vitest';
import { good, startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';

const entry = {
  at: '2026-01-31T12:00:00.000Z',
  tenant_id: 'acme',
  actor: 'ada',
  requested_by: null,
  reason: null,
  event_id: null,
  request_id: 'r1',
  command: 'suspend',
  disposition: 'applied',
  before: { status: 'completed' },
  after: { status: 'suspended' },
  reasons: [{ code: 'Suspended', message: 'asked for by an operator' }],
};
const control = {
  ...entry,
  tenant_id: null,
  command: 'control',
  before: { reconcile: 'running' },
  after: { reconcile: 'paused' },
  reasons: [],
};

test('the audit is a line for each entry: its reasons, or what changed; filters go to the server', async () => {
  await using server = await startServer({
    'GET /api/v1/audit': () => good('audit', { items: [control, entry], next_cursor: null }),
  });
  const ran = await runCli(['audit', 'acme', '--actor', 'ada', '--since', '2026-01-31'], server);
  expect([ran.code, ran.err]).toEqual([0, '']);
  expect(ran.out.trimEnd().split('\n')).toEqual([
    'AT                    TENANT  WHO  WHAT     OUTCOME  WHY',
    '2026-01-31 12:00:00Z  -       ada  control  applied  reconcile: "running" -> "paused"',
    '2026-01-31 12:00:00Z  acme    ada  suspend  applied  asked for by an operator',
  ]);
  expect(server.asked[0]?.query).toMatchObject({ tenant_id: 'acme', actor: 'ada', since: '2026-01-31' });
});

test('the words of whoever asked are shown: in whose name, and why', async () => {
  const deleted = { ...entry, command: 'delete', requested_by: 'carol', reason: 'does not pay' };
  const redriven = {
    ...control,
    command: 'redrive',
    reason: 'mended',
    reasons: [{ code: 'Redriven', message: 'mended' }],
  };
  await using server = await startServer({
    'GET /api/v1/audit': () => good('audit', { items: [deleted, redriven], next_cursor: null }),
  });
  expect((await runCli(['audit'], server)).out.trimEnd().split('\n').slice(1)).toEqual([
    '2026-01-31 12:00:00Z  acme    ada for carol  delete   applied  asked for by an operator; "does not pay"',
    '2026-01-31 12:00:00Z  -       ada            redrive  applied  "mended"',
  ]);
});

test('what was never a time is refused before anything is asked', async () => {
  await using server = await startServer({});
  const ran = await runCli(['audit', '--since', '03/11/2026'], server);
  expect([ran.code, server.asked.length]).toEqual([2, 0]);
  expect(ran.err).toContain('--since expects a time');
});

test('no entry at all is said', async () => {
  await using server = await startServer({
    'GET /api/v1/audit': () => good('audit', { items: [], next_cursor: null }),
  });
  expect((await runCli(['audit'], server)).out).toBe('nothing on record\n');
});
