/**
 * Errors as they leave the process: RFC 9457 problems with a code of the catalogue. Owns `ProblemError`, which handlers
 * throw, and the translation of the kernel's faults; the catalogue is @leasehold/contracts'.
 *
 * 1. A problem says nothing of stacks, secrets or hosts: a bug, and whatever else was thrown, is `internal` with a constant detail.
 * 2. `not-found` has one detail for all cases, so that a hidden object and a missing one have the same answer.
 */
import { isProblemCode, PROBLEMS, type ProblemCode } from '@leasehold/contracts';
import { asFault, type Fault, type Json } from '@leasehold/kernel';

export interface InputError {
  /** JSON pointer into the body; a query parameter is `/query/<name>`, a header `/headers/<name>`. */
  readonly pointer: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly errors?: readonly InputError[];
  /** Further members of the answer, snake_case: the numbers of an exceeded quota, for example. */
  readonly extra?: Readonly<Record<string, Json>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.options = options;
  }
}

/** @param detail one sentence for the caller about this case; becomes `detail`. */
export const problem = (code: ProblemCode, detail: string, options?: ProblemOptions): ProblemError =>
  new ProblemError(code, sentence(detail), options);

/** Reasons and faults are clauses, for logs and conditions; a caller is told a sentence. */
const sentence = (text: string): string => {
  const [first = ''] = text;
  return `${first.toUpperCase()}${text.slice(first.length)}${/[.!?]$/.test(text) ? '' : '.'}`;
};

/** The one answer for what does not exist and for what the caller may not see. */
export const notFound = (): ProblemError =>
  new ProblemError('not-found', 'There is no such object, or it is not yours to see.');

export const forbidden = (detail = 'None of your roles may do this.'): ProblemError =>
  new ProblemError('forbidden', detail);

/** Well-formed input that is refused: one entry for each place. */
export function invalidInput(errors: readonly InputError[]): ProblemError {
  const [first] = errors;
  const only = first !== undefined && errors.length === 1;
  const detail = only
    ? `${first.pointer === '' ? 'The body' : first.pointer}: ${first.message}`
    : `${errors.length} places are wrong.`;
  return new ProblemError('invalid', detail, { errors });
}

const kebab = (pascal: string): string => pascal.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();

/** Any thrown value as a problem. A fault whose code, in kebab-case, is in the catalogue becomes that problem. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const fault = asFault(error);
  if (fault.code === 'NotFound') return notFound();
  return new ProblemError(
    codeOf(fault),
    fault.class === 'Bug' ? 'The fault is ours, and it is in the log.' : sentence(fault.message),
    {
      ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
      cause: fault,
    },
  );
}

function codeOf(fault: Fault): ProblemCode {
  if (fault.class === 'Bug') return 'internal';
  const code = kebab(fault.code);
  if (isProblemCode(code)) return code;
  return ({ Invalid: 'invalid', Conflict: 'conflict', Unavailable: 'unavailable' } as const)[fault.class];
}

/** What a caller waits after 429 and 503 when nobody knows better. */
const RETRY_AFTER_MS = 2_000;
const WAITS: ReadonlySet<number> = new Set([429, 503]);

/** @returns the answer's body and headers. `retry-after` is in whole seconds, rounded up. */
export function renderProblem(
  error: ProblemError,
  about: { readonly instance: string; readonly requestId: string },
): { readonly body: string; readonly headers: Record<string, string> } {
  const { errors, extra, headers, retryAfterMs } = error.options;
  const waitMs = retryAfterMs ?? (WAITS.has(error.status) ? RETRY_AFTER_MS : undefined);
  const body = JSON.stringify({
    ...extra,
    type: `/problems/${error.code}`,
    code: error.code,
    title: PROBLEMS[error.code].title,
    status: error.status,
    detail: error.message,
    instance: about.instance,
    request_id: about.requestId,
    ...(errors !== undefined && { errors }),
  });
  return {
    body,
    headers: {
      'content-type': 'application/problem+json',
      ...(waitMs !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }),
      ...headers,
    },
  };
}
