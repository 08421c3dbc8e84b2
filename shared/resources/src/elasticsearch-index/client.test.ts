/** What counts as an answer of a cluster, whatever stands at its address. */
import { type CannedReply, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { afterEach, expect, test } from 'vitest';
import { createElasticsearchClient, type IndexCall } from './client.ts';

const never = new AbortController().signal;
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function asked(reply: CannedReply, more: Partial<IndexCall> = {}, headers: Record<string, string> = PRODUCT) {
  const server = await createCannedServer({ 'GET /x': reply, 'PUT /x': reply, 'POST /x': reply }, headers);
  const client = createElasticsearchClient({ url: server.url });
  open.push(() => client.close(), server.close);
  const answer = await client.call({ name: 'ask', method: 'GET', path: '/x', ...more }, never);
  return { answer, sent: server.asked };
}

const error = (status: number): CannedReply => ({ status, body: { error: { type: 't', reason: 'r' }, status } });
const AWAY = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };

test('2 plain JSON is spoken, and a query and a body are sent as they are told', async () => {
  const { answer, sent } = await asked({ body: { ok: 1 } }, { method: 'PUT', query: { a: 'b c' }, body: { d: 'é' } });
  expect(answer).toEqual({ status: 200, json: { ok: 1 } });
  expect(sent).toMatchObject([{ method: 'PUT', path: '/x?a=b%20c', body: { d: 'é' } }]);
  expect(sent[0]?.headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/json' });
});

test('3 a failing status that is expected is an answer where the cluster tells it', async () => {
  expect((await asked(error(404), { expect: [404] })).answer.status).toBe(404);
  await expect(asked(error(404))).rejects.toMatchObject({
    class: 'Conflict',
    code: 'GoneMeanwhile',
    backend: 'elasticsearch',
  });
  await expect(asked({ status: 404, body: '<html>no</html>' }, { expect: [404] })).rejects.toMatchObject(AWAY);
  await expect(asked({ status: 404, body: {} }, { expect: [404] })).rejects.toMatchObject(AWAY);
});

test('a success that is not told in an object is a stranger’s, who may have let an effect through', async () => {
  for (const body of ['<html>Sign in</html>', '[]', '7'])
    await expect(asked({ body })).rejects.toMatchObject({ ...AWAY, unknownOutcome: false });
  await expect(asked({ body: '<html>' }, { method: 'PUT' })).rejects.toMatchObject({ ...AWAY, unknownOutcome: true });
  await expect(asked({ body: '<html>' }, { method: 'POST', kind: 'read' })).rejects.toMatchObject({
    unknownOutcome: false,
  });
});

test('another product at the address is told as such', async () => {
  await expect(asked({ body: {} }, {}, {})).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'WrongServer',
  });
});

test('1 nothing is repeated by the client itself', async () => {
  const server = await createCannedServer({ 'GET /x': error(503) }, PRODUCT);
  const client = createElasticsearchClient({ url: server.url });
  open.push(() => client.close(), server.close);
  await expect(client.call({ name: 'ask', method: 'GET', path: '/x' }, never)).rejects.toMatchObject(AWAY);
  expect(server.asked).toHaveLength(1);
});
