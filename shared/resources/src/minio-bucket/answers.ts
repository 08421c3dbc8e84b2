/**
 * What a failing answer of an S3 store means: as words that a caller expects, or as one of the four faults. Vendors name the same
 * thing differently; here is the only place that knows.
 *
 * 1. What is wrong between the platform and its store (region, clock, keys, product, a feature that all need) is `Unavailable`:
 *    no tenant has done it, and it passes without one.
 * 2. A refusal tells what the store said for people, without the names of hosts.
 */
import { conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import type { CallName } from '../edge/caller.ts';
import type { WholeAnswer } from '../edge/http-client.ts';
import { statusFault } from '../edge/network-fault.ts';
import { isRedirect } from './addressing.ts';
import { text } from './xml.ts';

/** A setting that was asked for is not there; the bucket is. */
export const NONE = 'none';
/** The vendor does not have what was asked for at all. */
export const LACKING = 'lacking';
/** What was asked for one object was refused for that object. */
export const REFUSED = 'refused';

/** S3 answers in XML, MinIO's admin API in JSON. */
export function errorCode(body: string): string | undefined {
  if (!body.startsWith('{')) return text(body, 'Code');
  try {
    const { Code } = JSON.parse(body) as { readonly Code?: unknown };
    return typeof Code === 'string' ? Code : undefined;
  } catch {
    return undefined;
  }
}

const LACKING_CODES = new Set([
  'NotImplemented',
  'MethodNotAllowed',
  'NotSupported',
  'UnsupportedOperation',
  'OperationNotSupported',
  'FeatureNotEnabled',
]);

const isLacking = (status: number, code: string | undefined): boolean =>
  status === 501 || status === 405 || LACKING_CODES.has(code ?? '');

/** `NoSuchTagSet`, Ceph's `NoSuchTagSetError`, `ServerSideEncryptionConfigurationNotFoundError`, ...; a page of a proxy has no code. */
const isNone = (status: number, code = ''): boolean =>
  status === 404 && /^NoSuch|NotFound(Error)?$/.test(code) && !/Bucket(NotFound)?$/.test(code);

const CLOCK = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);
const KEYS = new Set(['InvalidAccessKeyId', 'ExpiredToken', 'InvalidToken', 'AccountProblem', 'NotSignedUp']);

const isRefusal = (status: number, code = ''): boolean =>
  code !== '' &&
  status >= 400 &&
  status < 500 &&
  ![401, 408, 429].includes(status) &&
  !CLOCK.has(code) &&
  !KEYS.has(code);

/** @returns the word of `expected` that the answer fits, or undefined. */
export function expectedWord(answer: WholeAnswer, expected: readonly string[]): string | undefined {
  const code = errorCode(answer.body);
  if (code !== undefined && expected.includes(code)) return code;
  if (expected.includes(NONE) && isNone(answer.status, code)) return NONE;
  if (expected.includes(LACKING) && isLacking(answer.status, code)) return LACKING;
  return expected.includes(REFUSED) && isRefusal(answer.status, code) ? REFUSED : undefined;
}

const CEILINGS = new Set(['TooManyBuckets', 'QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'XMinioStorageFull']);

const OPTIONS = { backend: 'minio' };

/** Away, so that tenants wait for it instead of failing. */
const platform = (message: string, code: string): Fault =>
  unavailable(`minio: ${message}`, { ...OPTIONS, code, away: true });

const wrongRegion = (used: string, told: string | undefined): Fault =>
  platform(
    told === undefined
      ? `the store does not take the region ${used}; set S3_REGION to its own`
      : `the store is in the region ${told}, not in ${used}; set S3_REGION to ${told}, or leave it out`,
    'WrongRegion',
  );

export const missingFeature = (what: string): Fault =>
  platform(`the store has no ${what}, without which no tenant's bucket can be kept`, 'FeatureMissing');

export const notMinio = (): Fault =>
  platform("the store does not know MinIO's admin API; set S3_VENDOR to generic", 'NotMinio');

const REGION_CODES = new Set([
  'AuthorizationHeaderMalformed',
  'InvalidRegion',
  'IllegalLocationConstraintException',
  'InvalidLocationConstraint',
]);

/** @param told the region that the store names where the settings name another. */
export function faultOf(call: CallName, answer: WholeAnswer, region: string, told: string | undefined): Fault {
  const code = errorCode(answer.body);
  if (told !== undefined || REGION_CODES.has(code ?? '')) return wrongRegion(region, told);
  if (isRedirect(answer))
    return platform(`the store sends ${call.name} elsewhere and does not say where`, 'Redirected');
  if (CLOCK.has(code ?? '')) {
    return platform(
      'the clock of this machine and that of the store differ too much for a signature; set both by NTP',
      'ClockSkewed',
    );
  }
  if (code === 'BucketAlreadyExists') {
    return conflict('minio: another account has a bucket of this name', { ...OPTIONS, code: 'NameTaken' });
  }
  if (code === 'NoSuchBucket') {
    return conflict(`minio: the bucket has gone meanwhile (${call.name})`, { ...OPTIONS, code: 'GoneMeanwhile' });
  }
  if (CEILINGS.has(code ?? '')) {
    return invalid(`minio: ${code} (${call.name})`, { ...OPTIONS, code: 'CeilingReached' });
  }
  if (code === 'OperationAborted') {
    return conflict(`minio is at work on this bucket (${call.name})`, { ...OPTIONS, code: 'BusyMeanwhile' });
  }
  return statusFault(call, { status: answer.status, retryAfter: answer.retryAfter, message: said(answer, code) });
}

const SAID_CHARS = 200;
/** A name with dots and a port, or an address. */
const HOSTS = /\b(?:https?:\/\/)?(?:[\w-]+\.)+[\w-]+(?::\d+)?\b(?:\/\S*)?/g;

/** The code, and for a refusal of what was sent the store's own words: `InvalidRequest` alone helps nobody. */
function said(answer: WholeAnswer, code: string | undefined): string {
  const words = answer.status === 400 ? text(answer.body, 'Message') : undefined;
  if (words === undefined || words === '') return code ?? '';
  return `${code}: ${words.slice(0, SAID_CHARS).replaceAll(HOSTS, '...')}`;
}
