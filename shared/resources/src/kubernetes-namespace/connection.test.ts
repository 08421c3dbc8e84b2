/** Where an API server is and who we are, from a kubeconfig: a token or certificates, refusals of what is not supported, changes on disk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type Connection, createConnection } from './connection.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
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

const never = new AbortController().signal;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What a call would be made with, which is not made. */
async function dialled(connection: Connection) {
  const request = vi.spyOn(https, 'request').mockImplementation(() => {
    throw new Error('not made');
  });
  const { http } = await connection.use();
  await expect(http.send({ method: 'GET', path: '/x', headers: {} }, never)).rejects.toThrow('not made');
  const [, options] = request.mock.calls.at(-1) as unknown as [URL, { readonly agent: { readonly options: object } }];
  return options.agent.options;
}

const CA = { ...CLUSTER, 'certificate-authority-data': base64('THE CA'), 'tls-server-name': 'inner.example' };
const CERTIFICATE = { 'client-certificate-data': base64('THE CERT'), 'client-key-data': base64('THE KEY') };

test('certificates of a kubeconfig are those of the sockets, and so is the name in the server’s', async () => {
  const { connection } = await connectionOf(config(CA, CERTIFICATE));
  expect(await dialled(connection)).toMatchObject({
    ca: 'THE CA',
    cert: 'THE CERT',
    key: 'THE KEY',
    servername: 'inner.example',
  });
  const plain = await dialled((await connectionOf(config())).connection);
  for (const name of ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized']) expect(plain).not.toHaveProperty(name);
});

test('a certificate is left unchecked only where the kubeconfig says so, and the settings are above it', async () => {
  const open_ = config({ ...CLUSTER, 'insecure-skip-tls-verify': true });
  expect(await dialled((await connectionOf(open_)).connection)).toMatchObject({ rejectUnauthorized: false });
  const own = (await connectionOf(config(CA, CERTIFICATE), { ca: 'OUR CA', rejectUnauthorized: true })).connection;
  expect(await dialled(own)).toMatchObject({ ca: 'OUR CA', cert: 'THE CERT', rejectUnauthorized: true });
});

test('2 a certificate that changes means new sockets, and the old ones are ended', async () => {
  const ended = vi.spyOn(https.Agent.prototype, 'destroy');
  const folder = await mkdtemp(join(tmpdir(), 'credential-'));
  open.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'credential');
  const give = (certificate: string) =>
    writeFile(
      file,
      JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: {
          clientCertificateData: certificate,
          clientKeyData: 'KEY',
          expirationTimestamp: '2020-01-01T00:00:00Z',
        },
      }),
    );
  await give('FIRST');
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'cat',
    args: [file],
    interactiveMode: 'Never',
  };
  const { connection } = await connectionOf(config(CLUSTER, { exec }));
  expect(await dialled(connection)).toMatchObject({ cert: 'FIRST' });
  const { http } = await connection.use();
  expect(ended).not.toHaveBeenCalled();
  await give('SECOND');
  expect(await dialled(connection)).toMatchObject({ cert: 'SECOND', key: 'KEY' });
  expect((await connection.use()).http).not.toBe(http);
  expect(ended).toHaveBeenCalledTimes(1);
  await connection.close();
  expect(ended).toHaveBeenCalledTimes(2);
});

const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
test('1 without a kubeconfig it is the pod’s own account', async () => {
  Object.assign(process.env, POD);
  open.push(async () => {
    for (const name of Object.keys(POD)) delete process.env[name];
  });
  const connection = createConnection({});
  await expect(connection.use()).rejects.toMatchObject({
    code: 'BadKubeconfig',
    message: expect.stringContaining('/var/run/secrets/kubernetes.io/serviceaccount'),
  });
  await connection.close();
});
