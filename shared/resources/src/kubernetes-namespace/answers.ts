/**
 * What the API server's answers mean: which are answers, and which fault the others are. Pure.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#response-status-kind
 *
 * 1. Absence is what the server says of a named object. A 404 without a name (a group that is not served, a proxy) proves none.
 * 2. Whatever the server fails at (a webhook that does not answer, its own store) is away, however it is told: no tenant can mend it.
 * 3. A policy that answered and refused is `Invalid` (`DeniedByPolicy`), whatever status it chose. Rights that we lack are ours.
 */
import { bound, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import type { CallName } from '../edge/caller.ts';
import type { HttpAnswer } from '../edge/http-client.ts';
import { notTheBackend, serverAway, statusFault, withoutAddresses } from '../edge/network-fault.ts';

/** A failure as the API tells it. */
interface ApiStatus {
  readonly kind: 'Status';
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string }[];
  };
}

const LEAVING_RETRY_MS = bound('kubernetes-leaving-retry-ms', 2000);
/** Webhooks, and policies that the server holds itself. */
const DENIED = /\bdenied (the )?request\b/;
/** Told by the server's authorizer, and by what keeps roles from being widened. */
const LACKS_RIGHTS = /\bcannot \S+ (resource|path)\b|\bis attempting to grant\b/;

export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const kindOf = (json: unknown): unknown =>
  json !== null && typeof json === 'object' && 'kind' in json ? json.kind : undefined;

const statusIn = (json: unknown): ApiStatus | undefined =>
  kindOf(json) === 'Status' ? (json as ApiStatus) : undefined;

/** Whether this is an answer to the request rather than a failure. */
export function isAnswer(
  { expect = [], plain }: { readonly expect?: readonly number[]; readonly plain?: true },
  status: number,
  json: unknown,
): boolean {
  if (status < 300) return plain === true || typeof kindOf(json) === 'string';
  const told = statusIn(json);
  if (!expect.includes(status) || told === undefined || DENIED.test(told.message ?? '')) return false;
  return status !== 404 || (told.reason === 'NotFound' && told.details?.name !== undefined);
}

export function answerFault(call: CallName, answer: HttpAnswer, json: unknown): Fault {
  const { status } = answer;
  const told = statusIn(json);
  if (told === undefined) return notTheBackend(call, answer);
  const { message = '', details } = told;
  const seconds = details?.retryAfterSeconds;
  const failed = { status, retryAfter: answer.retryAfter ?? seconds?.toString(), message };
  if (DENIED.test(message)) return denied(call, message);
  if (details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return terminating(call.name);
  if (status >= 500) return serverAway(call, failed, mayBeDone(status, message));
  if (status === 404) return serverAway(call, failed, false);
  if (status === 403 && !LACKS_RIGHTS.test(message)) return denied(call, message);
  if (status === 409) {
    return conflict(`kubernetes: ${withoutAddresses(message)} (${call.name})`, {
      code: 'ChangedMeanwhile',
      backend: 'kubernetes',
    });
  }
  // A page of a listing whose time is over: the listing is begun again.
  if (status === 410)
    return unavailable('kubernetes: a listing took too long', { code: 'ListingExpired', backend: 'kubernetes' });
  return statusFault(call, failed);
}

/** A webhook is asked before anything is stored. */
const mayBeDone = (status: number, message: string): boolean => status !== 503 && !/\bwebhook\b/.test(message);

const denied = (call: CallName, message: string): Fault =>
  invalid(`kubernetes refused ${call.name}: ${withoutAddresses(message).slice(0, 300)}`, {
    code: 'DeniedByPolicy',
    backend: 'kubernetes',
  });

/** What holds it back is for an operator; we wait. */
export const terminating = (what: string): Fault =>
  unavailable(`the namespace is still being deleted (${what})`, {
    code: 'NamespaceTerminating',
    backend: 'kubernetes',
    away: true,
    retryAfterMs: LEAVING_RETRY_MS.value,
  });
