import { expect, test } from 'vitest';
import { record, resource, running, status } from '../test/builders.ts';
import { COLOURS, NO_PAINT } from './paint.ts';
import { changeLines, statusLines } from './status-view.ts';
import { plain } from './text.ts';
import { statusSeen, tenantSeen } from './wire.ts';

const bucket = (more: Parameters<typeof resource>[2]) => resource('minio-bucket', 'tenant-acme', more);

test('golden: a complete tenant', () => {
  const view = { seen: statusSeen(status()), record: tenantSeen(record({ protected: true })), paint: NO_PAINT };
  expect(statusLines(view)).toEqual([
    '✔ acme completed Acme Corporation · free · generation 1 · protected · 74 ms',
    '├─ ✔ cassandra-keyspace  tenant_acme  ready  43 ms',
    '├─ ✔ minio-bucket        tenant-acme  ready  45 ms',
    '├─ conditions',
    '│  └─ ✔ Ready yes: Completed, every resource is as it should be',
    '└─ quota 2 cores, 4 GB memory, 10 GB storage, 5 pods, 3 services, 0 GPUs, 0 USD a month',
  ]);
});

test('golden: one that is coming, and why it takes long', () => {
  const seen = statusSeen({
    ...running(
      resource('cassandra-keyspace', 'tenant_acme'),
      bucket({ status: 'creating', attempts: 3, duration_ms: null, message: 'the backend does not answer' }),
    ),
    conditions: [
      { type: 'BackendUnavailable', status: 'True', reason: 'Away', message: 'minio is away' },
      { type: 'Ready', status: 'False', reason: 'Provisioning', message: 'under way' },
    ],
  });
  expect(statusLines({ seen, paint: NO_PAINT, frame: 1, elapsedMs: 4_200, brief: true })).toEqual([
    '⠙ acme provisioning Acme Corporation · free · generation 1 · 4.2 s',
    '├─ ✔ cassandra-keyspace  tenant_acme  ready     43 ms',
    '├─ ⠙ minio-bucket        tenant-acme  creating  attempt 3  the backend does not answer',
    '└─ ! BackendUnavailable yes: Away, minio is away',
  ]);
});

test('golden: one that leaves', () => {
  const deletion = { requested_at: 'x', grace_until: '2026-02-01T12:00:00.000Z', requested_by: null, reason: 'moved' };
  const seen = statusSeen({ ...status({ status: 'suspended', resources: [], conditions: [] }), quota: null });
  expect(statusLines({ seen, record: tenantSeen(record({ status: 'suspended', deletion })), paint: NO_PAINT })).toEqual(
    [
      '! acme suspended Acme Corporation · free · generation 1 · 74 ms',
      '└─ deletion begins at 2026-02-01 12:00:00Z (moved)',
    ],
  );
});

test('colours change nothing but the colour', () => {
  const view = { seen: statusSeen(status()), paint: NO_PAINT };
  const coloured = statusLines({ ...view, paint: COLOURS });
  expect(coloured[0]).toContain('\u001b[32m✔\u001b[39m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character.
  expect(coloured.map((line) => line.replaceAll(/\u001b\[\d+m/g, '').trimEnd())).toEqual(statusLines(view));
});

test('a change is one line each, and what stays the same is not said again', () => {
  const first = statusSeen(running(bucket({ status: 'creating', duration_ms: null })));
  const then = statusSeen(status({ resources: [bucket({})] }));
  expect(changeLines(undefined, first)).toEqual(['acme: provisioning', '  minio-bucket tenant-acme: creating']);
  expect(changeLines(first, then)).toEqual(['  minio-bucket tenant-acme: ready (in 43 ms)', 'acme: completed (74 ms)']);
  expect(changeLines(then, then)).toEqual([]);
});

test('what a server sends cannot move the cursor', () => {
  const seen = statusSeen({ ...status(), tenant_name: 'evil\u001b[2J\nname' });
  for (const line of statusLines({ seen, paint: NO_PAINT })) expect(line).toBe(plain(line));
});

test('an answer with nothing in it is drawn, not a fault', () => {
  for (const odd of [null, [], 'x', { resources: 'none', conditions: [null, 7] }])
    expect(statusLines({ seen: statusSeen(odd), paint: NO_PAINT })[0]).toContain('unknown');
});
