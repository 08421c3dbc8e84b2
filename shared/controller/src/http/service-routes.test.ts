/** The routes that come with a controller: each right, not allowed, of another tenant, and with wrong input. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type As, openServed, type Served } from '../../test/served.ts';
import { CLOSED } from '../../test/shelf-events.ts';
import { keptMessageOf } from '../dead-letters/dead-message.ts';

let served: Served;
beforeEach(async () => {
  served = await openServed();
});
afterEach(() => served.close());

const acmes: As = { roles: ['tenant-admin'], tenantId: 'acme' };
const user: As = { roles: ['tenant-user'], tenantId: 'acme' };
const others: As = { roles: ['tenant-admin'], tenantId: 'globex' };
const viewer: As = { roles: ['platform-viewer'] };
const status = async (line: string, as?: As, body?: unknown) => (await served.ask(line, body, as)).status;
const errorsOf = async (line: string, body?: unknown) => {
  const answer = await served.ask(line, body);
  return [answer.status, answer.body['errors'] ?? answer.body['detail']];
};
/** A message that was refused: there is no shelf to close. */
async function died(body: object | string = { tenant_id: 'acme', event_id: 'e1', shelf: 'left' }, id = 'm1') {
  const payload = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const read = typeof body === 'string' ? undefined : ({ value: body, encoding: 'json' } as const);
  const message = { topic: CLOSED, id, publishedAtMs: served.room.world.nowMs, properties: {}, payload };
  const letter = keptMessageOf(message, read);
  await served.letters.fileAndSend(letter, 'not-found', 'there is no such shelf', 1);
  return (await served.letters.list({ limit: 1 })).items[0]?.id as string;
}

test('an operation is told with its steps, to whoever may know of its tenant', async () => {
  await served.room.ask({ kind: 'open', sizeCm: 30 });
  const line = 'GET /operations/op_acme.left_1';
  const { status: code, body } = await served.ask(line);
  expect(code).toBe(200);
  expect(body).toMatchObject({
    operation_id: 'op_acme.left_1',
    tenant_id: 'acme',
    kind: 'open',
    requested_by: 'ops',
    outcome: 'running',
    steps: [
      { kind: 'box', status: 'pending' },
      { kind: 'label', status: 'pending' },
    ],
  });
  expect([await status(line, viewer), await status(line, others)]).toEqual([200, 404]);
  expect([await status(line, acmes), await status(line, user)]).toEqual([200, 200]);
});

test('whose owner it is decides who may know of it, also where its name holds that of another tenant', async () => {
  await served.room.ask({ kind: 'open', sizeCm: 30 }, 'ops', 'acme.globex');
  const line = 'GET /operations/op_acme.globex_1';
  expect([await status(line, acmes), await status(line, others)]).toEqual([200, 404]);
  expect([
    await status('GET /audit?tenant_id=acme.globex', acmes),
    await status('GET /audit?tenant_id=acme.globex', others),
  ]).toEqual([200, 404]);
});

test('an operation that is not there is not found, nor is what is no operation’s id', async () => {
  await served.room.ask({ kind: 'open', sizeCm: 30 });
  for (const id of ['op_acme.left_2', 'op_acme.right_1', 'evt_acme.left_1', 'op_acme', 'whatever'])
    expect(await status(`GET /operations/${id}`), id).toBe(404);
});

test('the audit of one owner, of everything, and of who is asked for, newest first', async () => {
  await served.room.ask({ kind: 'open', sizeCm: 30 });
  served.room.world.nowMs += 1_000;
  await served.room.ask({ kind: 'open', sizeCm: 40 }, 'eve', 'globex.x');
  served.room.world.nowMs += 1_000;
  await served.room.ask({ kind: 'close' }, 'eve');
  const told = async (query: string, as?: As) => {
    const { body } = await served.ask(`GET /audit${query}`, undefined, as);
    const items = body['items'] as readonly { tenant_id: string; command: string }[];
    return items.map(({ tenant_id, command }) => `${tenant_id} ${command}`);
  };
  expect(await told('')).toEqual(['acme close', 'globex open', 'acme open']);
  expect(await told('?tenant_id=acme.left')).toEqual(['acme close', 'acme open']);
  expect(await told('?actor=eve')).toEqual(['acme close', 'globex open']);
  expect(await told('?tenant_id=acme.left&actor=eve')).toEqual(['acme close']);
  const since = new Date(served.room.world.nowMs - 1_000).toISOString();
  expect(await told(`?since=${since}`)).toEqual(['acme close', 'globex open']);
  expect(await told(`?tenant_id=acme.left&since=${since}`, viewer)).toEqual(['acme close']);
});

test('the audit is told page by page, and a place belongs to the question that it was told for', async () => {
  for (const sizeCm of [1, 2, 3]) {
    served.room.world.nowMs += 1_000;
    await served.room.ask({ kind: 'open', sizeCm });
  }
  for (const query of ['', '&tenant_id=acme.left']) {
    const first = (await served.ask(`GET /audit?limit=2${query}`)).body;
    const cursor = first['next_cursor'];
    expect([(first['items'] as unknown[]).length, typeof cursor]).toEqual([2, 'string']);
    const second = (await served.ask(`GET /audit?limit=2${query}&cursor=${cursor}`)).body;
    expect(second).toMatchObject({ items: [{ after: { size_cm: 1 } }], next_cursor: null });
    for (const other of ['&actor=eve', '&since=2026-01-01T00:00:00Z', query === '' ? '&tenant_id=acme.left' : ''])
      expect(await status(`GET /audit?limit=2${other}&cursor=${cursor}`), other).toBe(other === query ? 200 : 400);
  }
});

test('the audit of an owner that is not there is not found; a role too weak is refused, and wrong input is told', async () => {
  await served.room.ask({ kind: 'open', sizeCm: 30 });
  expect(await status('GET /audit?tenant_id=acme.right')).toBe(404);
  expect([await status('GET /audit', user), await status('GET /audit', { roles: ['service'] })]).toEqual([403, 403]);
  expect(await status('GET /audit?tenant_id=globex', acmes)).toBe(404);
  for (const query of ['?limit=0', '?since=yesterday', '?who=eve', `?actor=${'x'.repeat(201)}`])
    expect(await status(`GET /audit${query}`), query).toBe(422);
});

test('who belongs to a tenant has the audit of all its owners where it names none, page by page', async () => {
  for (const owner of ['acme', 'globex.x', 'acme.left', 'globex.y', 'acme.right']) {
    served.room.world.nowMs += 1_000;
    await served.room.ask({ kind: 'open', sizeCm: 30 }, 'ops', owner);
  }
  const first = await served.ask('GET /audit?limit=2', undefined, acmes);
  const tenants = ({ body }: typeof first) => (body['items'] as { tenant_id: string }[]).map((item) => item.tenant_id);
  expect([first.status, tenants(first)]).toEqual([200, ['acme', 'acme']]);
  const cursor = first.body['next_cursor'];
  const second = await served.ask(`GET /audit?limit=2&cursor=${cursor}`, undefined, acmes);
  expect([tenants(second), second.body['next_cursor']]).toEqual([['acme'], null]);
  // A place in one tenant’s audit is none in another’s.
  expect(await status(`GET /audit?limit=2&cursor=${cursor}`, others)).toBe(400);
  expect(tenants(await served.ask('GET /audit', undefined, others))).toEqual(['globex', 'globex']);
});

test('dead letters are listed newest first and found by each thing that may be asked for', async () => {
  await died();
  served.room.world.nowMs += 1_000;
  await died({ tenant_id: 'globex', shelf: 'x' }, 'm2');
  const told = async (query: string) => {
    const { body } = await served.ask(`GET /dead-letters${query}`);
    return (body['items'] as readonly { message_id: string }[]).map(({ message_id }) => message_id);
  };
  expect(await told('')).toEqual(['m2', 'm1']);
  expect(await told('?tenant_id=acme')).toEqual(['m1']);
  expect(await told('?code=not-found')).toEqual(['m2', 'm1']);
  expect([await told('?code=conflict'), await told('?state=solved')]).toEqual([[], []]);
  expect([await told('?topic=shelf-closed-events'), await told('?topic=shelf-opened-events')]).toEqual([
    ['m2', 'm1'],
    [],
  ]);
  expect(await told(`?since=${new Date(served.room.world.nowMs).toISOString()}`)).toEqual(['m2']);
  expect(await told('?state=open')).toEqual(['m2', 'm1']);
});

test('dead letters are told page by page, and a place belongs to the question that it was told for', async () => {
  await died();
  served.room.world.nowMs += 1_000;
  await died({ tenant_id: 'globex', shelf: 'x' }, 'm2');
  const first = (await served.ask('GET /dead-letters?limit=1')).body;
  const cursor = first['next_cursor'];
  expect(first).toMatchObject({ items: [{ message_id: 'm2' }], next_cursor: expect.any(String) });
  const second = (await served.ask(`GET /dead-letters?limit=1&cursor=${cursor}`)).body;
  expect(second).toMatchObject({ items: [{ message_id: 'm1' }], next_cursor: null });
  for (const other of ['code=x', 'topic=x', 'tenant_id=acme', 'state=open', 'since=2026-01-01T00:00:00Z'])
    expect(await status(`GET /dead-letters?limit=1&${other}&cursor=${cursor}`), other).toBe(400);
});

test('one dead letter is told with its message', async () => {
  const id = await died();
  expect(await served.ask(`GET /dead-letters/${id}`)).toMatchObject({
    status: 200,
    body: { id, topic: CLOSED, error_code: 'not-found', decoded: { tenant_id: 'acme', event_id: 'e1', shelf: 'left' } },
  });
  expect(await status('GET /dead-letters/dl-20260615-0000000000000000')).toBe(404);
});

test('a dead letter that is handed in again is decided anew in the operator’s name, and what came of it is told', async () => {
  const id = await died();
  await served.room.ask({ kind: 'open', sizeCm: 30 });
  served.room.world.nowMs += 1_000;
  const again = await served.ask(`POST /dead-letters/${id}/redrive`, { reason: 'it is there now' });
  expect(again).toEqual({ status: 200, body: { id, outcome: 'applied', detail: null, state: 'solved' } });
  expect((await served.room.state()).phase).toBe('closing');
  const { redrives } = (await served.letters.get(id)) ?? {};
  expect(redrives).toMatchObject([{ by: 'ops', reason: 'it is there now', outcome: 'applied' }]);
});

test('one that fails again is told why, and stays open', async () => {
  const id = await died({ tenant_id: 'acme' });
  expect(await served.ask(`POST /dead-letters/${id}/redrive`, { reason: 'try' })).toEqual({
    status: 200,
    body: { id, outcome: 'invalid', detail: '/shelf: is missing', state: 'open' },
  });
  expect(await status('POST /dead-letters/dl-20260615-0000000000000000/redrive', undefined, { reason: 'x' })).toBe(404);
  expect(await status(`POST /dead-letters/${id}/redrive`, undefined, {})).toBe(422);
});

test('dead letters and switches are an administrator’s of the platform alone', async () => {
  const id = await died();
  for (const line of ['GET /dead-letters', `GET /dead-letters/${id}`, 'GET /control'])
    for (const as of [viewer, acmes, { roles: ['service'] } as const]) expect(await status(line, as), line).toBe(403);
  expect(await status(`POST /dead-letters/${id}/redrive`, viewer, { reason: 'x' })).toBe(403);
  expect(await status('PUT /control', viewer, { reconcile: 'paused' })).toBe(403);
});

test('switches are shown for the backends that there are, and without what the service has not', async () => {
  const running = { box: 'running', label: 'running' };
  expect(await served.ask('GET /control')).toEqual({
    status: 200,
    body: { reconcile: 'running', deletions: 'running', backends: running, updated_at: null },
  });
});

test('a switch is turned in the operator’s name, and what is due is looked at anew', async () => {
  const { status: code, body } = await served.ask('PUT /control', { reconcile: 'paused', backends: { box: 'paused' } });
  expect([code, body, served.kicks()]).toEqual([
    200,
    {
      reconcile: 'paused',
      deletions: 'running',
      backends: { box: 'paused', label: 'running' },
      updated_at: new Date(served.room.world.nowMs).toISOString(),
    },
    1,
  ]);
  expect((await served.ask('GET /control')).body).toEqual(body);
  const { body: audit } = await served.ask('GET /audit');
  expect(audit['items']).toMatchObject([{ tenant_id: null, actor: 'ops', command: 'control' }]);
  expect((audit['items'] as { request_id: string }[])[0]?.request_id).toBeTruthy();
});

test('a backend that there is not is told with the nearest one that there is, and nothing is turned', async () => {
  expect(
    await errorsOf('PUT /control', { reconcile: 'paused', backends: { labell: 'paused', zzzzzzzz: 'paused' } }),
  ).toEqual([
    422,
    [
      { pointer: '/backends/labell', message: 'there is no backend "labell"; did you mean label?' },
      { pointer: '/backends/zzzzzzzz', message: 'there is no backend "zzzzzzzz"' },
    ],
  ]);
  expect([(await served.ask('GET /control')).body['reconcile'], served.kicks()]).toEqual(['running', 0]);
  expect(await status('PUT /control', undefined, { reconcile: 'off' })).toBe(422);
});

const event = { tenant_id: 'acme', shelf: 'left', size_cm: 30 };

test('an event is published where it is heard, under its tenant, in the trace of the request', async () => {
  const answer = await served.ask('POST /events/shelf-opened-events', event);
  const topic = 'persistent://platformq/system/shelf-opened-events';
  expect(answer).toEqual({ status: 202, body: { topic, message_id: 'id-1' } });
  const traceparent = expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  expect(served.bus.sent).toEqual([
    { topic, key: 'acme', payload: new TextEncoder().encode(JSON.stringify(event)), properties: { traceparent } },
  ]);
  await served.ask('POST /events/shelf-opened-events', { tenant_id: 7 });
  expect(served.bus.sent[1]).not.toHaveProperty('key');
});

test.each([
  ['shelf-opened-events?namespace=global', 202],
  ['shelf-opened-events?namespace=acme', 202],
  ['shelf-opened-events?namespace=globex', 404],
  ['shelf-closed-events?namespace=acme', 404],
  ['shelf-closed-events?namespace=global', 404],
  ['shelf-closed-events', 202],
])('%s is answered with %s: an event goes only where somebody hears it', async (path, code) => {
  expect(await status(`POST /events/${path}`, undefined, event)).toBe(code);
  expect(served.bus.sent).toHaveLength(code === 202 ? 1 : 0);
});

test('who publishes where nobody hears is told where it is heard, or what it may have meant', async () => {
  const told = async (path: string) => (await served.ask(`POST /events/${path}`, event)).body['detail'];
  expect(await told('shelf-opened-events?namespace=globex')).toBe(
    'Nobody hears "shelf-opened-events" in the namespace globex; it is heard in system, global, the tenants\' own.',
  );
  expect(await told('shelf-closed-events?namespace=acme')).toBe(
    'Nobody hears "shelf-closed-events" in the namespace acme; it is heard in system.',
  );
  expect(await told('shelf-closed-event')).toBe(
    'Nobody hears "shelf-closed-event" in the namespace system; did you mean shelf-closed-events?',
  );
  expect(await told('zzzzzz')).toBe('Nobody hears "zzzzzz" in the namespace system.');
});

test('events are published by services and administrators, on the embedded bus alone, and with right input', async () => {
  const line = 'POST /events/shelf-opened-events';
  expect(await status(line, { roles: ['service'] }, event)).toBe(202);
  expect([await status(line, acmes, event), await status(line, viewer, event)]).toEqual([403, 403]);
  expect([await status(`${line}?namespace=No!`, undefined, event), await status(line, undefined, [])]).toEqual([
    422, 422,
  ]);
  served.bus.kind = 'native';
  const answer = await served.ask(line, event);
  expect([answer.status, answer.body['detail']]).toEqual([409, 'The bus is a real one: publish with its own clients.']);
});
