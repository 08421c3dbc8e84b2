/** Where an API server is and who we are, from a kubeconfig: a token or certificates, refusals of what is not supported, changes on disk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createConnection } from './connection.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const CLUSTER = { server: 'https://k.example:6443' };
const config = (cluster: object = CLUSTER, user: object = { token: 'first' }, current = 'here') => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': current,
  contexts: [{ name: 'here', context: { cluster: 'here', user: 'mesh' } }],
  clusters: [{ name: 'here', cluster }],
  users: [{ name: 'mesh', user }],
});

async function connectionOf(text: string | object, tls?: object) {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const kubeconfig = join(folder, 'config');
  const write = (next: string | object) =>
    writeFile(kubeconfig, typeof next === 'string' ? next : JSON.stringify(next));
  await write(text);
  const connection = createConnection({ kubeconfig, ...(tls === undefined ? {} : { tls }) });
  open.push(
    () => rm(folder, { recursive: true }),
    () => connection.close(),
  );
  return { connection, write };
}

test('a token is sent as it is told, to the server that is told', async () => {
  const { connection } = await connectionOf(config());
  const { http, headers } = await connection.use();
  expect(http.address('/x').href).toBe('https://k.example:6443/x');
  expect(headers).toMatchObject({ Authorization: 'Bearer first' });
  expect((await connection.use()).http, 'its sockets are used again').toBe(http);
});

test.each([
  ['text that is none', '{not yaml'],
  ['a context that names no cluster', config(CLUSTER, {}, 'other')],
  ['a proxy', config({ ...CLUSTER, 'proxy-url': 'http://proxy.example' })],
])('3 %s is told as such, and read again once it is repaired', async (_what, text) => {
  const { connection, write } = await connectionOf(text);
  const failing = connection.use();
  await expect(failing).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'BadKubeconfig',
    backend: 'kubernetes',
  });
  await expect(failing).rejects.toThrow('the kubeconfig cannot be used');
  await write(config());
  expect((await connection.use()).headers).toMatchObject({ Authorization: 'Bearer first' });
});

test('3 a file that is not there is told, and not a pod’s own account taken', async () => {
  const connection = createConnection({ kubeconfig: '/nowhere/at/all' });
  await expect(connection.use()).rejects.toMatchObject({ code: 'BadKubeconfig' });
  await connection.close();
});
