/** The HTTP client against a server that tells what it got. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createHttpClient } from './http-client.ts';

const never = new AbortController().signal;
const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serverOf(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, response, Buffer.concat(parts).toString()));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const client = (url: string) => {
  const made = createHttpClient(url);
  open.push(() => made.close());
  return made;
};

const echo = (request: IncomingMessage, response: ServerResponse, body: string) => {
  const { method, url, headers } = request;
  response.writeHead(207, { 'retry-after': '3', location: '/there' });
  response.end(JSON.stringify({ method, url, length: headers['content-length'], own: headers['x-own'], body }));
};

test('1 any status is an answer, with its body, its headers and what it says of waiting and moving', async () => {
  const answer = await client(await serverOf(echo)).send(
    { method: 'PUT', path: '/a?b=c', headers: { 'x-own': 'é' }, body: 'ü' },
    never,
  );
  expect(answer).toMatchObject({ status: 207, retryAfter: '3', location: '/there', bytes: Buffer.from(answer.body) });
  expect(answer.headers['location']).toBe('/there');
  expect(JSON.parse(answer.body)).toMatchObject({ method: 'PUT', url: '/a?b=c', length: '2', body: 'ü' });
});

test('3 the length of a body is told for each method, and no body has none', async () => {
  const http = client(await serverOf(echo));
  const deleted = await http.send({ method: 'DELETE', path: '/', headers: {}, body: '{}' }, never);
  expect(JSON.parse(deleted.body)).toMatchObject({ method: 'DELETE', length: '2', body: '{}' });
  const got = await http.send({ method: 'GET', path: '/', headers: {} }, never);
  expect(JSON.parse(got.body)).not.toHaveProperty('length');
});

test('a path of the base stands before each request’s; a request for another place goes there', async () => {
  const url = await serverOf(echo);
  const below = client(`${url}/below/`);
  expect(below.address('/x').href).toBe(`${url}/below/x`);
  const urlOf = async (more: object) =>
    (
      JSON.parse((await below.send({ method: 'GET', path: '/x', headers: {}, ...more }, never)).body) as {
        readonly url: string;
      }
    ).url;
  expect(await urlOf({})).toBe('/below/x');
  expect(await urlOf({ redirectedTo: new URL(`${url}/moved?y`) })).toBe('/moved?y');
  expect(await urlOf({ path: '/a/../b//c', exactlyAt: new URL(url) }), 'to the letter').toBe('/a/../b//c');
  expect(await urlOf({ path: '/e', exactlyAt: new URL(url), redirectedTo: new URL(`${url}/moved`) })).toBe('/e');
});

test('2 an abort ends the request’s socket', async () => {
  const ended = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const url = await serverOf((_request, response) => {
    response.on('close', () => ended.resolve('ended'));
    asked.resolve();
  });
  const stop = new AbortController();
  const sent = client(url).send({ method: 'GET', path: '/', headers: {} }, stop.signal);
  const failed = expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  await asked.promise;
  stop.abort();
  await failed;
  expect(await ended.promise).toBe('ended');
});

test('an answer over its bound is refused, whatever it says of its length', async () => {
  const part = 'x'.repeat(1024 * 1024);
  const url = await serverOf((request, response) => {
    const parts = Number(request.url?.slice(1));
    for (let sent = 0; sent < parts; sent++) response.write(part);
    response.end(parts === 16 ? '' : 'y');
  });
  const http = client(url);
  const whole = await http.send({ method: 'GET', path: '/16', headers: {} }, never);
  expect(whole.bytes.length).toBe(16 * 1024 * 1024);
  await expect(http.send({ method: 'GET', path: '/17', headers: {} }, never)).rejects.toMatchObject({
    code: 'EMSGSIZE',
  });
});

test('a connection is used again, and none is left after the end', async () => {
  const sockets = new Set<unknown>();
  const url = await serverOf((request, response) => {
    sockets.add(request.socket);
    response.end();
  });
  const http = client(url);
  for (let turn = 0; turn < 3; turn++) await http.send({ method: 'GET', path: '/', headers: {} }, never);
  expect(sockets.size).toBe(1);
});

test('a socket’s error is thrown as it is', async () => {
  await expect(
    client('http://127.0.0.1:9').send({ method: 'GET', path: '/', headers: {} }, never),
  ).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('what is to go over TLS does, also where a redirect leads there: a server without is not spoken to in plain', async () => {
  let asked = 0;
  const url = await serverOf((_request, response) => {
    asked += 1;
    response.end();
  });
  const secure = url.replace('http:', 'https:');
  const request = { method: 'GET', path: '/', headers: {} } as const;
  await expect(client(secure).send(request, never)).rejects.toMatchObject({
    code: expect.stringMatching(/SSL|EPROTO/),
  });
  const redirected = client(url).send({ ...request, redirectedTo: new URL(secure) }, never);
  await expect(redirected).rejects.toMatchObject({ code: expect.stringMatching(/SSL|EPROTO/) });
  expect(asked).toBe(0);
});

test('closing ends the connections that are kept', async () => {
  const ended = Promise.withResolvers<string>();
  const url = await serverOf((request, response) => {
    request.socket.on('close', () => ended.resolve('ended'));
    response.end();
  });
  const http = createHttpClient(url);
  await http.send({ method: 'GET', path: '/', headers: {} }, never);
  http.close();
  expect(await ended.promise).toBe('ended');
});
