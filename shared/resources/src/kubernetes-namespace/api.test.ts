/** What a failed call may have done, and which conflicts are answers. */
import { createCannedKubernetes, failed } from '@leasehold/testing/fakes/kubernetes-canned';
import { afterEach, expect, test } from 'vitest';
import { createKubernetesApi } from './api.ts';

const never = new AbortController().signal;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function apiOf() {
  const server = await createCannedKubernetes();
  const named: string[] = [];
  const around = <T>(call: { readonly name: string; readonly kind: string }, run: () => Promise<T>) => {
    named.push(`${call.kind} ${call.name}`);
    return run();
  };
  const api = createKubernetesApi({ kubeconfig: server.kubeconfig, around });
  open.push(() => api.close(), server.close);
  return { server, api, named };
}

const manifest = (metadata: object) => ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x', ...metadata } });

test('what only read has done nothing, what changes may have done it, and each is measured as what it is', async () => {
  const { server, api, named } = await apiOf();
  const fails = failed(500, 'InternalError', 'etcdserver: request timed out');
  server.route({ 'GET /x': fails, 'PATCH /x': fails, 'DELETE /x': fails });
  const away = { class: 'Unavailable', away: true };
  await expect(api.read('look', '/x', never)).rejects.toMatchObject({ ...away, unknownOutcome: false });
  await expect(api.apply('put', '/x', manifest({}), never)).rejects.toMatchObject({ ...away, unknownOutcome: true });
  const deletion = api.call({ name: 'drop', method: 'DELETE', path: '/x' }, never);
  await expect(deletion).rejects.toMatchObject({ ...away, unknownOutcome: true });
  expect(named).toEqual(['read look', 'effect put', 'effect drop']);
});

test('2 another version is an answer only where a manifest names one', async () => {
  const { server, api } = await apiOf();
  server.route({ 'PATCH /x': failed(409, 'Conflict') });
  expect((await api.apply('mark', '/x', manifest({ resourceVersion: '7' }), never)).status).toBe(409);
  await expect(api.apply('put', '/x', manifest({}), never)).rejects.toMatchObject({
    class: 'Conflict',
    code: 'ChangedMeanwhile',
  });
});

test('a server that is gone is away', async () => {
  const { server, api } = await apiOf();
  server.route({ 'GET /x': { body: { kind: 'X' } } });
  expect(await api.read('look', '/x', never)).toEqual({ kind: 'X' });
  await server.close();
  open.pop();
  await expect(api.read('look', '/x', never)).rejects.toMatchObject({ class: 'Unavailable', away: true });
});

test('what is sent says who we are, what it is and that JSON is asked for; a body only where there is one', async () => {
  const { server, api } = await apiOf();
  const done = { body: { kind: 'X' } };
  server.route({ 'GET /x': done, 'PATCH /x': done, 'POST /x': done });
  await api.read('look', '/x', never);
  await api.apply('put', '/x', manifest({}), never);
  await api.call({ name: 'make', method: 'POST', path: '/x', body: { a: 1 } }, never);
  expect(server.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['GET', '/x', undefined],
    ['PATCH', '/x?fieldManager=leasehold&force=true', manifest({})],
    ['POST', '/x', { a: 1 }],
  ]);
  const sent = server.asked.map(({ headers }) => [
    headers['accept'],
    headers['authorization'],
    headers['content-type'],
  ]);
  expect(sent).toEqual([
    ['application/json', 'Bearer the-token', undefined],
    ['application/json', 'Bearer the-token', 'application/apply-patch+yaml'],
    ['application/json', 'Bearer the-token', 'application/json'],
  ]);
});
