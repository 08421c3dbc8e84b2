/**
 * What somebody made stronger by hand stays so until an operator says otherwise: it is told, shown in the drift, in a condition and
 * by the command line, and costs no operation after that; the word brings it down, and is in the audit with its reason.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';

const WAIT_MS = 60_000;

let product: Product | undefined;
afterEach(() => product?.clear());

interface Status {
  readonly status: string;
  readonly operation_id: string;
  readonly conditions: readonly { readonly type: string; readonly message: string }[];
}

test('a lifecycle that was made longer by hand is kept and told, beside a repair, until an operator’s word', async () => {
  const mesh = await startProduct();
  product = mesh;
  const { api, dataDir } = mesh;
  await api.provision('acme');
  await untilAll(api, ['acme'], 'completed', WAIT_MS, mesh.tail);
  const path = join(dataDir, 'minio', 'tenant-acme', '.leasehold.json');
  const read = () => JSON.parse(readFileSync(path, 'utf8')).state;
  const raised = JSON.parse(readFileSync(path, 'utf8'));
  const shipped = raised.state.lifecycleDays.logs;
  raised.state.lifecycleDays.logs = 3650;
  raised.state.versioning = 'suspended';
  writeFileSync(path, JSON.stringify(raised));

  const drift = (await api.get('/api/v1/tenants/acme/drift')).body as unknown as { drift: { held?: object[] }[] };
  expect(drift.drift[0]?.held).toMatchObject([{ path: '/lifecycleDays/logs', from: 3650, to: shipped }]);

  await api.expect(202, 'POST', '/api/v1/tenants/acme/reconcile');
  const status = async () => (await api.get(statusPath('acme'))).body as unknown as Status;
  const boundMs = WAIT_MS;
  const told = await until(
    'the condition',
    async () => {
      const now = await status();
      return now.status === 'completed' && now.conditions.some(({ type }) => type === 'NeedsConsent') && now;
    },
    { boundMs, tell: mesh.tail },
  );
  expect(told.conditions.find(({ type }) => type === 'NeedsConsent')?.message).toContain('3650');
  expect([read().lifecycleDays.logs, read().versioning]).toEqual([3650, 'enabled']);

  const word = { accept_weakening: true, reason: 'the law says thirty days' };
  await api.expect(202, 'POST', '/api/v1/tenants/acme/reconcile', word);
  await until('the word', () => read().lifecycleDays.logs === shipped, { boundMs, tell: mesh.tail });
  await until('no condition', async () => !(await status()).conditions.some(({ type }) => type === 'NeedsConsent'), {
    boundMs,
    tell: mesh.tail,
  });
  const audit = await api.get('/api/v1/audit?tenant_id=acme');
  expect(JSON.stringify(audit.body)).toContain(word.reason);
});
