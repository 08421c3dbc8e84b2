/**
 * A store that refuses the platform's own credentials for everything, before a real MinIO: no tenant fails for it, however often it is
 * refused; it is told once, at the backend; and when it is mended all go on by themselves.
 */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';

const WAIT_MS = 120_000;
const DENIAL = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>';

interface Status {
  readonly status: string;
  readonly conditions: readonly { readonly type: string; readonly message: string }[];
  readonly resources: readonly { readonly kind: string; readonly attempts: number; readonly status: string }[];
}

let denies = true;
let front: Server;
let product: Product;
/** No other run has them. */
const ids = ['a', 'b'].map((label) => `deny-${(process.pid % 46_656).toString(36)}-${label}`);

beforeAll(async () => {
  const to = new URL(`http://${process.env['STACK_MINIO_ENDPOINT']}`);
  front = createServer((incoming, answer) => {
    if (denies) return void answer.writeHead(403, { 'content-type': 'application/xml' }).end(DENIAL);
    const { method, url: path, headers } = incoming;
    const onward = request({ host: to.hostname, port: to.port, method, path, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  product = await startProduct({
    MINIO_ENDPOINT: `127.0.0.1:${(front.address() as AddressInfo).port}`,
    MINIO_ACCESS_KEY: process.env['STACK_MINIO_ACCESS_KEY'] ?? '',
    MINIO_SECRET_KEY: process.env['STACK_MINIO_SECRET_KEY'] ?? '',
  });
});
afterAll(async () => {
  if (product && !denies) {
    for (const id of ids) await product.api.call('DELETE', `/api/v1/tenants/${id}?grace_hours=0&force=true`);
    await untilAll(product.api, ids, 'deleted', WAIT_MS, product.tail).catch(() => undefined);
  }
  await product?.clear();
  front?.closeAllConnections();
  front?.close();
});

test(
  'tenants wait for a store that refuses everybody, which is told once, and go on when it is mended',
  async () => {
    const { api, tail } = product;
    const status = async (id: string) => (await api.get(statusPath(id))).body as unknown as Status;
    const bucketOf = ({ resources }: Status) => resources.find(({ kind }) => kind === 'minio-bucket');
    for (const id of ids) await api.provision(id);
    // More tries than a tenant has of its own.
    const tried = await until(
      'many tries',
      async () => {
        const all = await Promise.all(ids.map(status));
        return all.every((one) => (bucketOf(one)?.attempts ?? 0) > 0 || one.conditions.length > 1) && all;
      },
      { boundMs: WAIT_MS, tell: tail },
    );
    await until(
      'the backend as it is',
      async () => JSON.stringify((await api.get('/ready')).body).includes('credentials'),
      {
        boundMs: WAIT_MS,
        tell: tail,
      },
    );
    for (const one of tried) {
      expect(one.status).toBe('provisioning');
      expect(one.conditions.map(({ type }) => type)).toContain('BackendUnavailable');
    }
    expect(String((await api.get('/metrics')).body)).toMatch(/leasehold_backend_up\{[^}]*backend="minio"[^}]*\} 0/);
    denies = false;
    await untilAll(api, ids, 'completed', WAIT_MS, tail);
    const told = product
      .output()
      .split('\n')
      .filter((line) => line.includes('backend is away') && line.includes('minio'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('check its credentials');
  },
  2 * WAIT_MS,
);
