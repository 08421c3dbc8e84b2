import { connect } from 'node:net';
import { bound, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp, tokenFor } from './fixture.ts';
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
