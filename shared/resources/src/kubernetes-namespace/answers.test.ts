/**
 * What answers of an API server mean, with the words that real ones use.
 */
import { expect, test } from 'vitest';
import type { CallName } from '../edge/caller.ts';
import { answerFault, isAnswer, parsed } from './answers.ts';

const call: CallName = { backend: 'kubernetes', name: 'apply-quota', kind: 'effect' };
const faultOf = (status: number, json: unknown, retryAfter?: string) =>
  answerFault(call, { status, retryAfter, body: '' }, json);
const told = (message: string, more: object = {}) => ({ kind: 'Status', status: 'Failure', message, ...more });
const failing = (why: string) =>
  told(`Internal error occurred: failed calling webhook "guard.acme.io": failed to call webhook: ${why}`, {
    reason: 'InternalError',
  });

test.each([
  [
    'refused',
    failing('Post "https://10.0.3.4:8443/check?timeout=5s": dial tcp 10.0.3.4:8443: connect: connection refused'),
  ],
  ['late', failing('Post "https://guard.ops.svc:443/?timeout=1s": context deadline exceeded')],
  [
    'certificate',
    failing(
      'Post "https://guard.ops.svc:443/": tls: failed to verify certificate: x509: certificate is valid for a.corp, not guard.ops.svc',
    ),
  ],
  [
    'name',
    failing('Post "https://hook.corp.example/": dial tcp: lookup hook.corp.example on 10.96.0.10:53: no such host'),
  ],
  ['endpoints', failing('Post "https://guard.ops.svc:443/?timeout=10s": no endpoints available for service "guard"')],
  ['service', failing('Post "https://[fd00::1]:8443/": service "guard" not found')],
  ['conversion', told('conversion webhook for acme.io/v1, Kind=Thing failed: Post "https://x.svc:443/": EOF')],
])('2 a webhook that does not answer (%s) is away and has stored nothing, and no address is told', (_how, json) => {
  const fault = faultOf(500, json);
  expect(fault).toMatchObject({ class: 'Unavailable', away: true, code: 'BackendUnavailable', unknownOutcome: false });
  expect(fault.message).toMatch(/webhook/);
  expect(fault.message).not.toMatch(/\d+\.\d+\.\d+|\.svc|\.corp|https?:|fd00|:8443/);
});

test.each([
  [500, 'etcdserver: request timed out'],
  [500, 'rpc error: code = Unavailable desc = etcdserver: leader changed'],
  [500, 'unexpected fault of an aggregated server'],
  [504, 'Timeout: request did not complete within requested timeout - context deadline exceeded'],
])('2 what the server itself fails at is away, and may have been done: %i %s', (status, message) => {
  expect(faultOf(status, told(message))).toMatchObject({ class: 'Unavailable', away: true, unknownOutcome: true });
});

test('a server that sheds load says when to come again, in its header or in its words', () => {
  const busy = told('too many requests', { reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } });
  expect(faultOf(429, busy)).toMatchObject({ away: true, retryAfterMs: 3000, unknownOutcome: false });
  expect(faultOf(429, busy, '8')).toMatchObject({ away: true, retryAfterMs: 8000 });
});

test.each([
  [403, 'admission webhook "guard.acme.io" denied the request: no free tenants'],
  [409, 'admission webhook "guard.acme.io" denied the request: not now'],
  [500, 'admission webhook "guard.acme.io" denied the request without explanation'],
  [422, "ValidatingAdmissionPolicy 'guard' with binding 'guard' denied request: no free tenants"],
  [403, 'resourcequotas "acme-quota" is forbidden: exceeded quota: ops, requested: count/resourcequotas=1'],
])('3 a policy that refuses is told in its words and not repeated: %i %s', (status, message) => {
  const fault = faultOf(status, told(message));
  expect(fault).toMatchObject({ class: 'Invalid', code: 'DeniedByPolicy' });
  expect(fault.message).toContain(message.slice(0, 60));
});

test.each([
  [
    403,
    'namespaces is forbidden: User "mesh" cannot create resource "namespaces" in API group "" at the cluster scope',
  ],
  [403, 'forbidden: User "system:anonymous" cannot get path "/readyz"'],
  [
    403,
    'roles.rbac.authorization.k8s.io "r" is forbidden: user "mesh" is attempting to grant RBAC permissions not currently held',
  ],
  [401, 'Unauthorized'],
])('3 rights that we lack are the platform’s: %i %s', (status, message) => {
  expect(faultOf(status, told(message))).toMatchObject({ class: 'Unavailable', code: 'AccessDenied' });
});

test('a namespace that others delete is waited for', () => {
  const message =
    'limitranges "l" is forbidden: unable to create new content in namespace t because it is being terminated';
  const json = told(message, { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } });
  expect(faultOf(403, json)).toMatchObject({ class: 'Unavailable', away: true, code: 'NamespaceTerminating' });
});

test('who changed an object in between is heeded, and the object looked at again', () => {
  const message = 'Operation cannot be fulfilled on resourcequotas "q": the object has been modified';
  expect(faultOf(409, told(message))).toMatchObject({ class: 'Conflict', code: 'ChangedMeanwhile' });
});

test('1 absence is what the server says of a named object, and of nothing else', () => {
  const asked = { expect: [404] };
  const named = told('namespaces "t" not found', { reason: 'NotFound', details: { name: 't', kind: 'namespaces' } });
  expect(isAnswer(asked, 404, named)).toBe(true);
  const unserved = told('the server could not find the requested resource', { reason: 'NotFound', details: {} });
  for (const json of [unserved, undefined, { message: 'no such route' }, { kind: 'Namespace' }]) {
    expect(isAnswer(asked, 404, json)).toBe(false);
    expect(faultOf(404, json)).toMatchObject({ class: 'Unavailable', away: true });
  }
});

test.each([[200], [302], [403], [404], [502]])('a page of %i where the API should be is somebody else’s', (status) => {
  expect(isAnswer({ expect: [404] }, status, undefined)).toBe(false);
  expect(faultOf(status, undefined)).toMatchObject({ class: 'Unavailable', away: true, code: 'BackendUnavailable' });
});

test('1 an object of the API is an answer to a good status, anything at all to a probe', () => {
  for (const [status, json, plain, expected] of [
    [200, { kind: 'Namespace' }, undefined, true],
    [299, { kind: 'Namespace' }, undefined, true],
    [300, { kind: 'Namespace' }, undefined, false],
    [200, { kind: 7 }, undefined, false],
    [200, {}, undefined, false],
    [200, null, undefined, false],
    [200, 'ok', undefined, false],
    [200, undefined, true, true],
    [300, undefined, true, false],
    [404, { kind: 'Namespace' }, true, false],
  ] as const)
    expect(isAnswer({ ...(plain ? { plain } : {}) }, status, json), `${status} ${JSON.stringify(json)}`).toBe(expected);
});

test('1 a status that is expected is an answer where the API tells it, and no policy refused', () => {
  const gone = told('gone', { reason: 'NotFound', details: { name: 't' } });
  expect(isAnswer({ expect: [404] }, 404, gone)).toBe(true);
  expect(isAnswer({ expect: [404] }, 404, { ...gone, reason: 'Other' })).toBe(false);
  expect(isAnswer({ expect: [404] }, 404, { ...gone, details: undefined })).toBe(false);
  expect(isAnswer({ expect: [409] }, 404, gone)).toBe(false);
  expect(isAnswer({}, 404, gone)).toBe(false);
  expect(isAnswer({ expect: [409] }, 409, told('taken'))).toBe(true);
  expect(isAnswer({ expect: [409] }, 409, { kind: 'Status' }), 'without a word').toBe(true);
  expect(isAnswer({ expect: [409] }, 409, { kind: 'Namespace' })).toBe(false);
  expect(isAnswer({ expect: [409] }, 409, told('webhook "x" denied the request'))).toBe(false);
});

test.each([
  [500, 'etcd', true],
  [503, 'apiserver is shutting down', false],
  [429, 'too many', false],
  [408, 'late', true],
  [504, 'failed calling webhook "x"', false],
])('2 an effect answered with %i (%s) may have been stored: %j', (status, message, unknownOutcome) => {
  expect(faultOf(status, told(message))).toMatchObject({ class: 'Unavailable', away: true, unknownOutcome });
});

test('a listing whose time is over, a 404 of a group that is not served, and other refusals', () => {
  expect(faultOf(410, told('expired'))).toMatchObject({ code: 'ListingExpired', away: false, backend: 'kubernetes' });
  expect(faultOf(404, told('no such group'))).toMatchObject({ away: true, unknownOutcome: false });
  expect(faultOf(422, told('spec.x: Invalid value'))).toMatchObject({ class: 'Invalid', code: 'RefusedByBackend' });
  const other = told('forbidden', { details: { causes: [{ reason: 'FieldValueInvalid' }] } });
  expect(faultOf(403, other)).toMatchObject({ code: 'DeniedByPolicy', backend: 'kubernetes' });
  const both = told('x', { details: { causes: [{ reason: 'Other' }, { reason: 'NamespaceTerminating' }] } });
  expect(faultOf(403, both)).toMatchObject({ code: 'NamespaceTerminating', backend: 'kubernetes', retryAfterMs: 2000 });
  expect(faultOf(409, told('x'))).toMatchObject({ backend: 'kubernetes' });
  const long = faultOf(403, told(`denied the request: ${'x'.repeat(400)}`));
  expect(long.message).toHaveLength('kubernetes refused apply-quota: '.length + 300);
});

test('what is no JSON is nothing', () => {
  expect([parsed('{"a":1}'), parsed('<html>'), parsed('')]).toEqual([{ a: 1 }, undefined, undefined]);
});
