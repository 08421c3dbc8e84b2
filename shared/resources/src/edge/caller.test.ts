import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bound, invalid } from '@leasehold/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPulsarAdmin } from '../pulsar-namespace/admin.ts';
import { createCaller } from './caller.ts';
import { socketFault, statusFault } from './network-fault.ts';

const never = () => new Promise<never>(() => undefined);
const signal = new AbortController().signal;
const caller = createCaller({
  backend: 'minio',
  timeoutMs: bound('test-ms', 5),
  translate: (error, call) => socketFault(call, error),
});

test('C1 a call that is not answered is away, and the outcome of an effect alone is unknown', async () => {
  const expected = { class: 'Unavailable', away: true, backend: 'minio', code: 'BackendUnavailable' };
  await expect(caller({ name: 'look', kind: 'read' }, signal, never)).rejects.toMatchObject({
    ...expected,
    unknownOutcome: false,
  });
  await expect(caller({ name: 'make', kind: 'effect' }, signal, never)).rejects.toMatchObject({
    ...expected,
    unknownOutcome: true,
  });
});

test('C2 an abort ends a call with its reason, and nothing begins after it', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const slow = caller({ name: 'look', kind: 'read', timeoutMs: bound('long', 60_000) }, stop.signal, never);
  stop.abort(reason);
  await expect(slow).rejects.toBe(reason);
  let begun = false;
  const late = caller({ name: 'look', kind: 'read' }, stop.signal, async () => {
    begun = true;
  });
  await expect(late).rejects.toBe(reason);
  expect(begun).toBe(false);
});

test('C3 a fault passes as it is, a socket error is away, anything else is our bug', async () => {
  const fault = invalid('no', { code: 'No' });
  const failing = (error: unknown) => caller({ name: 'look', kind: 'read' }, signal, () => Promise.reject(error));
  await expect(failing(fault)).rejects.toBe(fault);
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:80'), { code: 'ECONNREFUSED' });
  await expect(failing(refused)).rejects.toMatchObject({ class: 'Unavailable', away: true, cause: refused });
  await expect(failing(refused)).rejects.not.toThrow('10.0.0.1');
  await expect(failing(new TypeError('x is not a function'))).rejects.toMatchObject({ class: 'Bug' });
});

test('a status is one of the four classes', () => {
  const of = (status: number, retryAfter?: string) =>
    statusFault({ backend: 'pulsar', name: 'make', kind: 'effect' }, { status, retryAfter, message: 'said' });
  expect(of(503, '7')).toMatchObject({ class: 'Unavailable', away: true, retryAfterMs: 7000, unknownOutcome: false });
  expect(of(429, 'Wed, 21 Oct 2026 07:28:00 GMT')).toMatchObject({ away: true, retryAfterMs: undefined });
  expect(of(504)).toMatchObject({ away: true, unknownOutcome: true });
  expect(of(500)).toMatchObject({ class: 'Unavailable', away: false, unknownOutcome: true });
  expect(of(403)).toMatchObject({ class: 'Unavailable', away: false, code: 'AccessDenied' });
  expect(of(412)).toMatchObject({ class: 'Invalid', code: 'RefusedByBackend' });
});

const overloaded = createServer((_request, answer) => {
  answer.writeHead(503, { 'retry-after': '3' }).end('{"reason":"draining"}');
});
beforeAll(() => new Promise<void>((resolve) => void overloaded.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => void overloaded.close(resolve)));

test('the time that a server asks to be left alone for reaches the caller', async () => {
  const { port } = overloaded.address() as AddressInfo;
  const admin = createPulsarAdmin({ adminUrl: `http://127.0.0.1:${port}` });
  const call = admin.call({ name: 'look', method: 'GET', path: '/clusters' }, signal);
  await expect(call).rejects.toMatchObject({ away: true, retryAfterMs: 3000, backend: 'pulsar' });
  admin.close();
});
