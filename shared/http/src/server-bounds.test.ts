import { networkInterfaces } from 'node:os';
import { bound, silentLog } from '@leasehold/kernel';
import { afterEach, expect, test } from 'vitest';
import type { App } from './app-options.ts';
import { type Serving, serve } from './server.ts';

const HOST = '127.0.0.1';

const open: Serving[] = [];
afterEach(async () => {
  for (const serving of open.splice(0)) await serving.close();
});

/** An app by hand, which remembers what is asked of it. */
function setUp(answer: (request: Request) => Response | Promise<Response> = () => new Response('ok')) {
  const told: string[] = [];
  const app: App = {
    fetch: answer,
    routes: [],
    openapi: () => expect.unreachable(),
    drain: () => void told.push('drain'),
    refuse: () => void told.push('refuse'),
    log: silentLog,
  };
  const start = async (more: object = {}) => {
    const serving = await serve(app, { host: HOST, port: 0, ...more });
    open.push(serving);
    return serving;
  };
  return { told, start };
}

test('a free port is found where none is asked for, and the address is told with it', async () => {
  const serving = await setUp().start();
  expect(serving.port).toBeGreaterThan(0);
  expect(serving.url).toBe(`http://${HOST}:${serving.port}`);
  expect(await (await fetch(serving.url)).text()).toBe('ok');
});

test('an address of the sixth version is written as one, and told as such where the machine has none', async () => {
  const hasSix = Object.values(networkInterfaces()).some((own) => own?.some(({ address }) => address === '::1'));
  const told = await setUp()
    .start({ host: '::1' })
    .then(
      ({ url }) => url,
      (fault: unknown) => (fault as { readonly code: string }).code,
    );
  expect(told).toMatch(hasSix ? /^http:\/\/\[::1\]:\d+$/ : /^BadAddress$/);
});

test('1: a port that is taken, and an address that is none of this machine, are told with what to do', async () => {
  const { start } = setUp();
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({
    class: 'Conflict',
    code: 'PortTaken',
    message: `port ${port} on ${HOST} is taken by another process: stop it, or choose another port with PORT`,
    cause: { code: 'EADDRINUSE' },
  });
  await expect(start({ host: '203.0.113.7' })).rejects.toMatchObject({
    class: 'Invalid',
    code: 'BadAddress',
    message: 'address 203.0.113.7, port 0: it cannot be opened here; set HOST and PORT',
  });
});

test('3: closing says so first, refuses after the notice, and ends once however often it is asked for', async () => {
  const { told, start } = setUp();
  const notice = Promise.withResolvers<void>();
  const serving = await start({ notice: () => notice.promise });
  const closing = [serving.close(), serving.close()];
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual(['drain']);
  expect((await fetch(serving.url)).status).toBe(200);
  notice.resolve();
  await Promise.all(closing);
  expect(told).toEqual(['drain', 'refuse']);
  await expect(fetch(serving.url)).rejects.toThrow();
});

test('3: how many requests were cut, and by which bound, is told', async () => {
  const entered = Promise.withResolvers<void>();
  const { start } = setUp(() => {
    entered.resolve();
    return new Promise<Response>(() => undefined);
  });
  const serving = await start({ drainMs: bound('test drain', 20) });
  const asked = fetch(serving.url).then(
    () => 'answered',
    () => 'cut',
  );
  await entered.promise;
  open.splice(0);
  await expect(serving.close()).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'RequestsCut',
    message: '1 requests were not answered within 20 ms (test drain)',
  });
  expect(await asked).toBe('cut');
});
