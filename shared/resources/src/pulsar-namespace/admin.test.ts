import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPulsarAdmin } from './admin.ts';

const PAGE = '<!DOCTYPE html><html><body>Sign in</body></html>';
const never = new AbortController().signal;
const seen: {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly body: string;
}[] = [];
const sent = { method: 'PUT', path: '/x', body: { a: 1 } } as const;

/** Answers `/STATUS/...` with that status and a page, and redirects `/to/...` to the second server. */
const strange = createServer((request, response) => {
  const [, , , status] = request.url?.split('/') ?? [];
  if (status === 'half') response.writeHead(200).end('["one","t');
  else if (status === 'to') response.writeHead(307, { location: `${own(second)}/admin/v2/end` }).end();
  else response.writeHead(Number(status), { 'content-type': 'text/html' }).end(PAGE);
});
const second = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const token = request.headers.authorization;
  seen.push({ method: request.method, url: request.url, token, body: Buffer.concat(parts).toString() });
  response.writeHead(200).end('["x"]');
});
const own = (server: typeof strange) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  for (const server of [strange, second])
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const server of [strange, second]) server.close();
});

test('2: a redirect to another origin gets the method, the body and the token', async () => {
  const admin = createPulsarAdmin({ adminUrl: own(strange), token: 'our-token' });
  expect(await admin.call({ name: 'make', ...sent, path: '/to' }, never)).toEqual({ status: 200, json: ['x'] });
  expect(seen).toEqual([{ method: 'PUT', url: '/admin/v2/end', token: 'Bearer our-token', body: '{"a":1}' }]);
  admin.close();
});

test('half an answer cannot be read: its backend is away, and no tenant fails by it', async () => {
  const admin = createPulsarAdmin({ adminUrl: own(strange) });
  const told = { class: 'Unavailable', code: 'BackendUnavailable', away: true };
  const message = (name: string) => `pulsar answered with something that cannot be read (${name})`;
  await expect(admin.call({ name: 'read', method: 'GET', path: '/half' }, never)).rejects.toMatchObject({
    ...told,
    message: message('read'),
    unknownOutcome: false,
  });
  await expect(admin.call({ name: 'make', method: 'PUT', path: '/half' }, never)).rejects.toMatchObject({
    ...told,
    message: message('make'),
    unknownOutcome: true,
  });
  admin.close();
});

test.each([200, 404])(
  'a page with the status %i is no answer of a broker, so nothing is concluded from it',
  async (status) => {
    const admin = createPulsarAdmin({ adminUrl: own(strange) });
    const call = admin.call({ name: 'read', method: 'GET', path: `/${status}`, expect: [404] }, never);
    await expect(call).rejects.toMatchObject({ class: 'Unavailable', away: true });
    admin.close();
  },
);
