/**
 * What an HTTP status or a socket's error means, as one of the four classes. Leaves vendors' own error codes to the
 * adapters, which look at them first.
 *
 * 1. No connection, a lost one, 408, 429, 503, 504: the backend is away. Other 5xx: it answered with a failure.
 * 2. 401 is `Unavailable` and away (code `AccessDenied`): the platform's credentials are wrong, not the tenant. 403 may be about one
 *    object, so it is not away by itself.
 * 3. A redirect that is not followed (`RedirectRefused`) and a certificate that is not trusted (`CertificateRefused`) are away: an
 *    address or a setting of the platform's is wrong.
 * 4. Any other 4xx is `Invalid`.
 */
import { bug, type Fault, invalid, retryAfterMs, unavailable } from '@leasehold/kernel';
import { away, type CallName } from './caller.ts';

/** Nothing reached the backend: a call that failed with one of these had no effect. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const AWAY_STATUS = new Set([408, 429, 502, 503, 504]);

/** An answer with a failing status, thrown by HTTP clients and translated by `statusFault`. */
export interface FailedAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** What the backend said, for people; never a host name or a secret. */
  readonly message: string;
}

export function statusFault(call: CallName, answer: FailedAnswer, cause?: unknown): Fault {
  const { status } = answer;
  const said = saidIn(call, answer);
  if (AWAY_STATUS.has(status)) {
    const lost = status === 408 || status === 502 || status === 504;
    return away(call, said, { lost, cause, retryAfterMs: retryAfterMs(answer.retryAfter) });
  }
  const options = { backend: call.backend, cause };
  if (status >= 500) {
    const unknownOutcome = call.kind === 'effect';
    return unavailable(`${call.backend} ${said}`, { ...options, code: 'BackendFailed', unknownOutcome });
  }
  if (status === 401 || status === 403 || status === 407) {
    return unavailable(`${call.backend} ${said}`, { ...options, code: 'AccessDenied', away: status !== 403 });
  }
  if (status >= 300 && status < 400) {
    return unavailable(`${call.backend} ${said}`, { ...options, code: 'RedirectRefused', away: true });
  }
  return invalid(`${call.backend} ${said}`, { ...options, code: 'RefusedByBackend' });
}

const saidIn = ({ name }: CallName, { status, message }: FailedAnswer): string =>
  `answered ${status} to ${name}${message === '' ? '' : `: ${withoutAddresses(message).slice(0, 300)}`}`;

/** For a backend of which every failure of its own is one of the platform's, and waited for. */
export const serverAway = (call: CallName, answer: FailedAnswer, lost: boolean, cause?: unknown): Fault =>
  away(call, saidIn(call, answer), { lost, cause, retryAfterMs: retryAfterMs(answer.retryAfter) });

/** 4. A success of a stranger may have been one of the backend's behind it. */
export function notTheBackend(call: CallName, answer: Omit<FailedAnswer, 'message'>, cause?: unknown): Fault {
  const lost = answer.status < 300 || answer.status >= 500;
  const what = `is not what answered ${answer.status} to ${call.name}: something else stands at its address`;
  return away(call, what, { lost, cause, retryAfterMs: retryAfterMs(answer.retryAfter) });
}

const ADDRESSES: readonly (readonly [RegExp, string])[] = [
  [/\bhttps?:\/\/[^\s"'<>]+/g, '(address)'],
  [/\blookup \S+?( on \S+?)?(?=:\s|\s|$)/g, 'lookup of (address)'],
  [/\bvalid for .*?, not [^\s"]+/g, 'valid for other names'],
  [/\[[0-9a-f:]+\](:\d+)?/gi, '(address)'],
  [/\b(\d{1,3}\.){3}\d{1,3}(:\d+)?\b/g, '(address)'],
  [/\b[\w-]+(\.[\w-]+)*:\d{2,5}\b/g, '(address)'],
];

/** 5. */
export const withoutAddresses = (text: string): string =>
  ADDRESSES.reduce((left, [address, word]) => left.replace(address, word), text);

/** JSON that ends too early, as behind a proxy that cuts answers. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof SyntaxError || (error instanceof Error && error.name === 'DeserializationError');

/** An answer that ended too early; what it answers may have been done. */
export const cannotBeRead = (call: CallName, cause?: unknown): Fault =>
  away(call, 'answered with something that cannot be read', { lost: true, cause });

/** An error of a socket or of TLS; anything without a system code is a bug of ours. */
export function socketFault(call: CallName, error: unknown): Fault {
  const code = systemCode(error);
  if (isUnreadable(error)) return cannotBeRead(call, error);
  if (code === undefined) return bug(`unexpected error in ${call.backend} ${call.name}`, error);
  if (isTlsCode(code)) {
    const text = `${call.backend} has a certificate that is not taken: ${code} (${call.name})`;
    return unavailable(text, { code: 'CertificateRefused', backend: call.backend, away: true, cause: error });
  }
  return away(call, `cannot be reached: ${code}`, { lost: !NEVER_SENT.has(code), cause: error });
}

export const isTlsCode = (code: string | undefined): boolean => code !== undefined && CERTIFICATE.test(code);

/** Codes of OpenSSL and of Node for a handshake that did not come about: nothing was sent. */
const CERTIFICATE = /CERT|SELF_SIGNED|^UNABLE_TO_|^ERR_TLS_|^ERR_SSL_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$/;

/** The code of a system error, also inside the list that a try of several addresses throws. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map(systemCode).find((code) => code !== undefined);
  return error.cause === undefined ? undefined : systemCode(error.cause);
}
