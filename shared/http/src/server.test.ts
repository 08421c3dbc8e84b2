import { connect, type Socket } from 'node:net';
import { bound, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp, recordingLog, tokenFor } from '../test/fixture.ts';
import { defineRoute } from './route.ts';
import { serve } from './server.ts';

const here = { host: '127.0.0.1', port: 0 };

test('a port that is taken is a conflict that says what to do', async () => {
  const serving = await serve(fixtureApp(), here);
  await expect(serve(fixtureApp(), { ...here, port: serving.port })).rejects.toMatchObject({
    class: 'Conflict',
    code: 'PortTaken',
    message: expect.stringContaining(`port ${serving.port}`),
  });
  await serving.close();
});

test('a declared length over the bound is refused before the body is sent', async () => {
  const serving = await serve(fixtureApp(), here);
  const token = await tokenFor(['platform-admin']);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(serving.port, here.host);
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('close', () => resolve(text));
    socket.write(
      `POST /api/v1/provision HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
    );
  });
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  await serving.close();
});

test('a POST without a body, as from `curl -X POST`, is one without a body, not one of an unknown type', async () => {
  const route = (path: `/${string}`, body: z.ZodType) =>
    defineRoute(
      {
        method: 'POST',
        path,
        summary: 'Takes a body',
        tags: ['x'],
        access: { roles: ['platform-admin'], tenant: 'none' },
        request: { body },
        responses: { 204: { description: 'Done.' } },
      },
      () => ({ status: 204 as const }),
    );
  const object = z.strictObject({ name: z.string() });
  const serving = await serve(
    fixtureApp({ routes: [route('/optional', object.optional()), route('/needed', object)] }),
    here,
  );
  const token = await tokenFor(['platform-admin']);
  const ask = (path: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(serving.port, here.host);
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    });
  expect(await ask('/optional')).toMatch(/^HTTP\/1\.1 204 /);
  const refused = await ask('/needed');
  expect(refused).toMatch(/^HTTP\/1\.1 422 /);
  expect(refused).toContain('The body: is missing');
  await serving.close();
});

test('closing lets a request finish, ends streams and accepts no more', async () => {
  let release: () => void = () => undefined;
  const started = Promise.withResolvers<void>();
  const waits = defineRoute(
    {
      method: 'GET',
      path: '/waits',
      summary: 'Waits',
      tags: ['x'],
      access: 'public',
      responses: { 204: { description: 'Done.' } },
    },
    async () => {
      started.resolve();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { status: 204 };
    },
  );
  const serving = await serve(fixtureApp({ routes: [waits] }, systemClock), {
    ...here,
    drainMs: bound('test drain', 10_000),
  });
  const answer = fetch(`${serving.url}/waits`);
  await started.promise;
  const closed = serving.close();
  await expect(fetch(`${serving.url}/health`)).rejects.toThrow();
  release();
  expect((await answer).status).toBe(204);
  await closed;
});

interface Raw {
  readonly socket: Socket;
  /** Everything that came, when the other side has closed. */
  readonly text: Promise<string>;
}

function raw(port: number, bytes = ''): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, here.host, () => {
      if (bytes !== '') socket.write(bytes);
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      resolve({ socket, text: new Promise((done) => socket.once('close', () => done(text))) });
    });
    socket.once('error', reject);
  });
}

/** Routes of which one answers when it is told to, and one takes a body. */
function gated(over: Parameters<typeof fixtureApp>[0] = {}) {
  const open = Promise.withResolvers<void>();
  const entered: string[] = [];
  const common = { tags: ['x'], access: 'public', responses: { 204: { description: 'Done.' } } } as const;
  const waits = defineRoute({ ...common, method: 'GET', path: '/waits', summary: 'Waits' }, async () => {
    entered.push('waits');
    await open.promise;
    return { status: 204 };
  });
  const takes = defineRoute(
    {
      ...common,
      method: 'POST',
      path: '/takes',
      summary: 'Takes',
      request: { body: z.strictObject({ a: z.number() }) },
    },
    async () => ({ status: 204 as const }),
  );
  return { app: fixtureApp({ routes: [waits, takes], ...over }, systemClock), open: open.resolve, entered };
}

const GET = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

test.each([
  ['never sent a byte', ''],
  ['is kept alive after an answer', GET('/health')],
])('closing does not wait for a connection that %s (1)', async (_, bytes) => {
  const serving = await serve(gated().app, { ...here, drainMs: bound('test drain', 60_000) });
  const { socket, text } = await raw(serving.port, bytes);
  if (bytes !== '') await new Promise((resolve) => socket.once('data', resolve));
  await serving.close();
  expect(await text).toMatch(bytes === '' ? /^$/ : /^HTTP\/1\.1 200 /);
});

test.each([
  ['its headers', 'GET /health HTTP/1.1\r\nHo'],
  ['its first line', 'G'],
  ['its body', 'POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a"'],
])('a request that sent a part of %s is closed within its bound, cleanly (3)', async (_, bytes) => {
  const serving = await serve(gated().app, { ...here, drainMs: bound('test drain', 60_000) });
  const { text } = await raw(serving.port, bytes);
  await serving.close();
  expect(await text).not.toMatch(/^HTTP\/1\.1 [235]/);
});

test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
  'a caller that breaks off in the middle of a body (%s) is told as that, not as a bug of ours',
  async (end) => {
    const log = recordingLog();
    const serving = await serve(gated({ log }).app, here);
    const head = 'POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 70\r\n\r\n{"a"';
    const { socket } = await raw(serving.port, GET('/health') + head);
    await new Promise((resolve) => socket.once('data', resolve));
    socket[end]();
    const about = () => log.lines.filter(({ fields }) => (fields as { route?: string }).route === '/takes');
    await until(() => about().length > 0);
    expect(about()).toMatchObject([{ level: 'info', message: 'request', fields: { status: 400 } }]);
    await serving.close();
  },
);

test('the rest of a body that comes in time is taken, and the request answered (2, 3)', async () => {
  const serving = await serve(gated().app, { ...here, drainMs: bound('test drain', 60_000) });
  const head = 'POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a"';
  const { socket, text } = await raw(serving.port, GET('/health') + head);
  await new Promise((resolve) => socket.once('data', resolve));
  const closed = serving.close();
  socket.write(':1}');
  expect(await text).toMatch(/HTTP\/1\.1 204 /);
  await closed;
});

test('requests sent one after the other on a connection are all answered, and the last says that it closes (2)', async () => {
  const { app, open, entered } = gated();
  const serving = await serve(app, { ...here, drainMs: bound('test drain', 60_000) });
  const { text } = await raw(serving.port, GET('/waits') + GET('/waits') + GET('/waits'));
  await until(() => entered.length === 3);
  const closed = serving.close();
  open();
  const answers = await text;
  expect(answers.match(/HTTP\/1\.1 204 /g)).toHaveLength(3);
  expect(answers.match(/connection: close/gi)).toHaveLength(1);
  await closed;
});

test('a request that does not end in time is cut, and that is a failure', async () => {
  const { app, open, entered } = gated();
  const serving = await serve(app, { ...here, drainMs: bound('test drain', 50) });
  const { text } = await raw(serving.port, GET('/waits'));
  await until(() => entered.length === 1);
  await expect(serving.close()).rejects.toMatchObject({ code: 'RequestsCut' });
  await text;
  open();
});

test('before connections are refused, /ready says 503 to who asks anew, and requests are still served', async () => {
  const noticed = Promise.withResolvers<void>();
  const serving = await serve(gated().app, { ...here, notice: () => noticed.promise });
  const closed = serving.close();
  const ready = await fetch(`${serving.url}/ready`);
  expect([ready.status, ((await ready.json()) as { reason: string }).reason]).toEqual([503, 'draining']);
  expect((await fetch(`${serving.url}/health`)).status).toBe(200);
  noticed.resolve();
  await closed;
});
