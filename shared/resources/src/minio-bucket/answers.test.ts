/** What failing answers mean, with the words of several vendors. */
import { expect, test } from 'vitest';
import type { WholeAnswer } from '../edge/http-client.ts';
import { errorCode, expectedWord, faultOf, LACKING, missingFeature, NONE, notMinio, REFUSED } from './answers.ts';

const answer = (status: number, body: string, retryAfter?: string): WholeAnswer => ({
  status,
  body,
  bytes: Buffer.from(body),
  headers: {},
  retryAfter,
});
const error = (status: number, code: string, more = '') => answer(status, `<Error><Code>${code}</Code>${more}</Error>`);
const call = { backend: 'minio', name: 'set-tags', kind: 'effect' } as const;
const fault = (given: WholeAnswer, told?: string) => faultOf(call, given, 'us-east-1', told);

test.each([
  ['<Error><Code>NoSuchKey</Code></Error>', 'NoSuchKey'],
  ['{"Code":"XMinioAdminNoSuchQuota"}', 'XMinioAdminNoSuchQuota'],
  ['{"Code":7}', undefined],
  ['{not json', undefined],
  ['', undefined],
  ['<html>no</html>', undefined],
])('the code of %j is %j', (body, code) => {
  expect(errorCode(body)).toBe(code);
});

test.each([
  [404, 'NoSuchTagSet', true],
  [404, 'NoSuchTagSetError', true],
  [404, 'LifecycleConfigurationNotFoundError', true],
  [404, 'ServerSideEncryptionConfigurationNotFound', true],
  [404, 'NoSuchBucket', false],
  [404, 'NoSuchSourceBucket', false],
  [404, 'BucketNotFound', false],
  [404, 'ItIsNoSuchThing', false],
  [404, 'NotFoundAtAll', false],
  [403, 'NoSuchTagSet', false],
])('a setting that is not there is told by %i %s: %j', (status, code, isNone) => {
  expect(expectedWord(error(status, code), [NONE])).toBe(isNone ? NONE : undefined);
});

test('a page of a proxy is no setting that is not there, and what was not expected is none of the words', () => {
  expect(expectedWord(answer(404, '<html/>'), [NONE, LACKING, REFUSED])).toBeUndefined();
  for (const given of [error(404, 'NoSuchTagSet'), error(501, 'NotImplemented'), error(403, 'AccessDenied')])
    expect(expectedWord(given, [])).toBeUndefined();
  expect(expectedWord(error(403, 'BucketNotEmpty'), ['BucketNotEmpty', REFUSED]), 'its own code first').toBe(
    'BucketNotEmpty',
  );
});

test.each([
  [501, 'Whatever', true],
  [405, 'Whatever', true],
  [400, 'NotImplemented', true],
  [400, 'MethodNotAllowed', true],
  [400, 'NotSupported', true],
  [400, 'UnsupportedOperation', true],
  [400, 'OperationNotSupported', true],
  [400, 'FeatureNotEnabled', true],
  [400, 'InvalidRequest', false],
  [500, 'InternalError', false],
])('a feature that is lacking is told by %i %s: %j', (status, code, isLacking) => {
  expect(expectedWord(error(status, code), [LACKING])).toBe(isLacking ? LACKING : undefined);
});

test.each([
  [403, 'AccessDenied', true],
  [400, 'InvalidArgument', true],
  [499, 'ObjectLocked', true],
  [500, 'InternalError', false],
  [399, 'Odd', false],
  [401, 'AccessDenied', false],
  [408, 'RequestTimeout', false],
  [429, 'TooManyRequests', false],
  [403, 'RequestTimeTooSkewed', false],
  [403, 'RequestExpired', false],
  [403, 'RequestInTheFuture', false],
  [403, 'InvalidAccessKeyId', false],
  [400, 'ExpiredToken', false],
  [400, 'InvalidToken', false],
  [403, 'AccountProblem', false],
  [403, 'NotSignedUp', false],
])('a refusal of one object is told by %i %s: %j', (status, code, isRefused) => {
  expect(expectedWord(error(status, code), [REFUSED])).toBe(isRefused ? REFUSED : undefined);
});

test('a failure without a code is no refusal of an object', () => {
  expect(expectedWord(answer(403, '<html/>'), [REFUSED])).toBeUndefined();
});

test.each([
  [error(409, 'BucketAlreadyExists'), { class: 'Conflict', code: 'NameTaken' }],
  [error(404, 'NoSuchBucket'), { class: 'Conflict', code: 'GoneMeanwhile' }],
  [error(409, 'OperationAborted'), { class: 'Conflict', code: 'BusyMeanwhile' }],
  [error(400, 'TooManyBuckets'), { class: 'Invalid', code: 'CeilingReached' }],
  [error(400, 'QuotaExceeded'), { class: 'Invalid', code: 'CeilingReached' }],
  [error(400, 'XMinioAdminBucketQuotaExceeded'), { class: 'Invalid', code: 'CeilingReached' }],
  [error(507, 'XMinioStorageFull'), { class: 'Invalid', code: 'CeilingReached' }],
  [error(400, 'AuthorizationHeaderMalformed'), { class: 'Unavailable', away: true, code: 'WrongRegion' }],
  [error(400, 'InvalidRegion'), { class: 'Unavailable', away: true, code: 'WrongRegion' }],
  [error(400, 'IllegalLocationConstraintException'), { class: 'Unavailable', away: true, code: 'WrongRegion' }],
  [error(400, 'InvalidLocationConstraint'), { class: 'Unavailable', away: true, code: 'WrongRegion' }],
  [error(403, 'RequestExpired'), { class: 'Unavailable', away: true, code: 'ClockSkewed' }],
  [error(403, 'RequestInTheFuture'), { class: 'Unavailable', away: true, code: 'ClockSkewed' }],
  [error(307, 'TemporaryRedirect'), { class: 'Unavailable', away: true, code: 'Redirected' }],
  [error(403, 'SignatureDoesNotMatch'), { class: 'Unavailable', code: 'AccessDenied' }],
  [error(503, 'SlowDown'), { class: 'Unavailable', away: true, code: 'BackendUnavailable' }],
  [error(500, 'InternalError'), { class: 'Unavailable', code: 'BackendFailed', unknownOutcome: true }],
  [error(400, 'MalformedXML'), { class: 'Invalid', code: 'RefusedByBackend' }],
])('%o is %o', (given, expected) => {
  expect(fault(given)).toMatchObject({ backend: 'minio', ...expected });
});

test('a region that the store names is told, whatever else it says', () => {
  const told = fault(error(403, 'AccessDenied'), 'eu-west-1');
  expect(told).toMatchObject({ code: 'WrongRegion', away: true });
  expect(told.message).toContain('in the region eu-west-1, not in us-east-1');
});

test('only a refusal of what was sent says its words, short and without hosts', () => {
  const words = `<Message>Rule at https://s3.internal.example:9000/a/b is bad ${'x'.repeat(300)}</Message>`;
  const refused = fault(error(400, 'InvalidRequest', words)).message;
  expect(refused).toContain('InvalidRequest: Rule at ... is bad');
  expect(refused).not.toMatch(/internal|9000/);
  expect(refused.length).toBeLessThan(300);
  expect(fault(error(403, 'AccessDenied', words)).message).toMatch(/: AccessDenied$/);
  expect(fault(error(400, 'Bad', '<Message></Message>')).message).toMatch(/: Bad$/);
  expect(fault(answer(400, '')).message).toBe('minio answered 400 to set-tags');
});

test('how long to wait is told with a failure', () => {
  const busy = { ...error(503, 'SlowDown'), retryAfter: '9' };
  expect(fault(busy)).toMatchObject({ retryAfterMs: 9000 });
});

test('what all tenants need of a store is the platform’s to mend', () => {
  const told = { class: 'Unavailable', away: true, backend: 'minio' };
  expect(missingFeature('tags')).toMatchObject({ ...told, code: 'FeatureMissing' });
  expect(notMinio()).toMatchObject({ ...told, code: 'NotMinio' });
});

test('a host is left out of a refusal in whatever form it is named', () => {
  const said = (words: string) => fault(error(400, 'Bad', `<Message>${words}</Message>`)).message.split('Bad: ')[1];
  expect(said('see http://a.example/x')).toBe('see ...');
  expect(said('see a.example now')).toBe('see ... now');
  expect(said('see a.example:9000/x/y now')).toBe('see ... now');
});

test('a code that only holds the words for what is not there says something else', () => {
  expect(expectedWord(error(404, 'NoSuchBucketPolicy'), [NONE])).toBe(NONE);
});
