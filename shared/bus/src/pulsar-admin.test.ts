import { bound } from '@leasehold/kernel';
import { type ManualClock, manualClock } from '@leasehold/testing/fakes/manual-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CannedAnswer, type Door, openDoor, until } from '../test/scripted-broker.ts';
import { busBounds } from './bounds.ts';
import { type AdminCall, createPulsarAdmin } from './pulsar-admin.ts';

const ADMIN_MS = 1_000;
const GET: AdminCall = { method: 'GET', path: '/admin/v2/x' };

let door: Door;
let clock: ManualClock;
beforeEach(async () => {
  door = await openDoor();
  clock = manualClock();
});
afterEach(() => door.close());

const adminOf = (change: { readonly token?: string; readonly adminUrl?: string } = {}) =>
  createPulsarAdmin({
    adminUrl: door.url,
    clock,
    bounds: busBounds({
      adminMs: bound('bus.adminMs', ADMIN_MS),
      adminAnswerBytes: bound('bus.adminAnswerBytes', 64),
    }),
    ...change,
  });

/** What a call makes of one canned answer. */
const outcomeOf = (canned: CannedAnswer, call: AdminCall = GET): Promise<unknown> => {
  door.answer(() => canned);
  return adminOf()
    .call(call)
    .catch((error: unknown) => error);
};

test('a call without a body: its method and path below the address, the token, no content type', async () => {
  await adminOf({ token: 'secret', adminUrl: `${door.url}//` }).call({ method: 'DELETE', path: '/admin/v2/a%20b' });
  const [asked] = door.asked;
  expect([asked?.method, asked?.url, asked?.body]).toEqual(['DELETE', '/admin/v2/a%20b', '']);
  expect(asked?.headers.authorization).toBe('Bearer secret');
  expect(asked?.headers['content-type']).toBeUndefined();
});

test('a call with a body: JSON, said to be so; without a token there is no header', async () => {
  await adminOf().call({ method: 'PUT', path: '/x', body: { retention: [1] } });
  await adminOf().call({ method: 'PUT', path: '/x', body: null });
  expect(door.asked.map(({ body }) => body)).toEqual(['{"retention":[1]}', 'null']);
  expect(door.asked[0]?.headers['content-type']).toBe('application/json');
  expect(door.asked[0]?.headers.authorization).toBeUndefined();
});

test('an answer has its status, headers, text and JSON; no text is no value', async () => {
  door.answer(() => ({ status: 201, headers: { 'x-one': '1' }, body: '["ü"]' }));
  const answer = await adminOf().call(GET);
  expect([answer.status, answer.headers.get('x-one'), answer.text, answer.json()]).toEqual([201, '1', '["ü"]', ['ü']]);
  door.answer(() => ({ status: 204 }));
  expect((await adminOf().call(GET)).json()).toBeUndefined();
});

test('a text that is no JSON is the broker’s fault, once it is asked for', async () => {
  door.answer(() => ({ body: 'ok' }));
  const answer = await adminOf().call(GET);
  expect(answer.text).toBe('ok');
  expect(() => answer.json()).toThrow(
    expect.objectContaining({ class: 'Unavailable', message: 'Pulsar answered with something that is no JSON' }),
  );
});

test.each<[CannedAnswer, string]>([
  [{ status: 401 }, 'Pulsar refused the token (401): it is missing, wrong or has expired'],
  [{ status: 401, body: '<html>no</html>' }, 'Pulsar refused the token (401): it is missing, wrong or has expired'],
  [{ status: 401, body: '{"reason":"no"}' }, 'Pulsar does not allow this role to GET /admin/v2/x (401)'],
  [{ status: 403 }, 'Pulsar does not allow this role to GET /admin/v2/x (403)'],
  [{ status: 500, body: '{"reason":"boom"}' }, 'Pulsar answered 500 to GET /admin/v2/x: boom'],
  [{ status: 500, body: '{ "reason" : "a \\"b\\" c"}' }, 'Pulsar answered 500 to GET /admin/v2/x: a \\"b\\" c'],
  [{ status: 503, body: 'gone' }, 'Pulsar answered 503 to GET /admin/v2/x'],
  [{ status: 500, body: '<html>' }, 'Pulsar answered 500 to GET /admin/v2/x'],
  [{ status: 409, body: '{"reason":"x\\n at Java"}' }, 'Pulsar answered 409 to GET /admin/v2/x: x'],
  [
    { status: 412, body: '{"reason":"\\n--- \\n\\nMessage: Bad name\\n\\nat y"}' },
    'Pulsar answered 412 to GET /admin/v2/x: Bad name',
  ],
])('2: %j is told in a sentence without a stack', async (canned, message) => {
  expect(await outcomeOf(canned)).toMatchObject({
    class: 'Unavailable',
    code: 'BusUnavailable',
    backend: 'pulsar',
    away: false,
    message,
  });
});

test('2: what a broker says is cut', async () => {
  door.answer(() => ({ status: 500, body: `{"reason":"${'x'.repeat(300)}"}` }));
  const bounds = busBounds();
  const admin = createPulsarAdmin({ adminUrl: door.url, clock, bounds });
  await expect(admin.call(GET)).rejects.toThrow(/: x{200}$/);
});

test('2: a status that the caller expects is an answer, another is none', async () => {
  const call: AdminCall = { ...GET, expect: [404, 409] };
  expect(await outcomeOf({ status: 409, body: '{"reason":"there"}' }, call)).toMatchObject({ status: 409 });
  expect(await outcomeOf({ status: 404 }, call)).toMatchObject({ status: 404 });
  expect(await outcomeOf({ status: 412 }, call)).toMatchObject({ class: 'Unavailable' });
});

test('2: a page in place of an answer is a stranger’s, away; of what is absent nothing is concluded from it', async () => {
  const stranger = {
    class: 'Unavailable',
    away: true,
    message: 'what answers for Pulsar is no broker: a page came back',
  };
  expect(await outcomeOf({ body: ' \n<html>' })).toMatchObject(stranger);
  expect(await outcomeOf({ status: 404, body: '<html>' }, { ...GET, expect: [404] })).toMatchObject(stranger);
  expect(await outcomeOf({ status: 409, body: '<x>' }, { ...GET, expect: [409] })).toMatchObject({ status: 409 });
});

test('1: an answer is read up to its bound and no further', async () => {
  expect(await outcomeOf({ body: `"${'x'.repeat(62)}"` })).toMatchObject({ status: 200 });
  expect(await outcomeOf({ body: `"${'x'.repeat(63)}"` })).toMatchObject({
    class: 'Unavailable',
    message: 'an answer of Pulsar is over bus.adminAnswerBytes 64',
  });
});

test.each([
  ['GET', false],
  ['PUT', true],
  ['POST', true],
  ['DELETE', true],
] as const)(
  '1: a %s that is not answered in time is away, and whether it was done is unknown: %s',
  async (method, unknown) => {
    door.answer(() => undefined);
    const failed = expect(adminOf().call({ method, path: '/x' })).rejects.toMatchObject({
      message: 'Pulsar did not answer in time',
      away: true,
      unknownOutcome: unknown,
    });
    await until(() => door.asked.length === 1);
    await clock.advance(ADMIN_MS - 1);
    expect(clock.sleepers()).toBe(1);
    await clock.advance(1);
    await failed;
  },
);

test('a caller that gives up has its own reason, before and while it is answered; no timer is left', async () => {
  door.answer(() => undefined);
  const stop = new AbortController();
  const failed = expect(adminOf().call(GET, stop.signal)).rejects.toThrow('enough');
  await until(() => door.asked.length === 1);
  stop.abort(new Error('enough'));
  await failed;
  await expect(adminOf().call(GET, stop.signal)).rejects.toThrow('enough');
  expect([door.asked.length, clock.sleepers()]).toEqual([1, 0]);
});

test('2: a broker that cannot be reached is away', async () => {
  const gone = await openDoor();
  await gone.close();
  await expect(adminOf({ adminUrl: gone.url }).call(GET)).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'Pulsar cannot be reached',
    away: true,
  });
});

test('4: a redirect is followed with the token, the method and the body', async () => {
  const owner = await openDoor();
  owner.answer(() => ({ body: '[1]' }));
  door.answer(({ url }) => ({ status: 307, headers: { location: `${owner.url}${url}` } }));
  const answer = await adminOf({ token: 'secret' }).call({ method: 'POST', path: '/x?y=1', body: { a: 1 } });
  expect(answer.json()).toEqual([1]);
  expect(owner.asked).toMatchObject([
    { method: 'POST', url: '/x?y=1', body: '{"a":1}', headers: { authorization: 'Bearer secret' } },
  ]);
  await owner.close();
});

test('4: redirects in a circle are refused as what they are, without an address', async () => {
  door.answer(({ url }) => ({ status: 307, headers: { location: url } }));
  const error = (await adminOf()
    .call(GET)
    .catch((thrown: Error) => thrown)) as Error;
  expect(error).toMatchObject({ class: 'Unavailable', code: 'BusUnavailable' });
  expect(error.message).toMatch(/^Pulsar .*\(RedirectLoop: GET \/admin\/v2\/x\)$/);
  expect(error.message).not.toContain('127.0.0.1');
});
