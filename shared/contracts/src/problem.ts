/**
 * The problem catalogue: one list that drives HTTP answers, their documentation pages, dead letters and tests. `type` on the
 * wire is `/problems/<code>`.
 */
export interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  /** What it means and what to do about it: the text of its page. */
  readonly description: string;
}

const entry = (status: number, title: string, description: string): ProblemEntry => ({ status, title, description });

export const PROBLEMS = {
  'malformed-json': entry(
    400,
    'Malformed JSON',
    'The body is not JSON. Check quotes, commas and the encoding (UTF-8).',
  ),
  'bad-cursor': entry(400, 'Bad cursor', 'The cursor was not made by this list. Start again without one.'),
  unauthenticated: entry(
    401,
    'No or bad token',
    'Send `Authorization: Bearer <JWT>` with a token that is signed by the configured issuer, not expired, and has `sub` and `exp`.',
  ),
  forbidden: entry(403, 'Role too weak', 'The token is valid, but none of its roles may do this.'),
  'quota-exceeded': entry(403, 'Quota exceeded', 'The tenant has used up this quota. The numbers are in the answer.'),
  'budget-exceeded': entry(
    403,
    'Budget exceeded',
    'The monthly budget does not bear this. The numbers are in the answer.',
  ),
  'not-found': entry(
    404,
    'Not found',
    'There is no such object, or it is not yours to see: the two are never told apart.',
  ),
  'method-not-allowed': entry(
    405,
    'Method not allowed',
    'The path exists, but not with this method. `Allow` lists those that do.',
  ),
  conflict: entry(409, 'Conflict', 'The request contradicts what is. Read the object and decide again.'),
  'tenant-conflict': entry(
    409,
    'Tenant exists with other facts',
    'A tenant of this id exists with another name or tier. Use the tier endpoint to change the tier.',
  ),
  protected: entry(
    409,
    'Tenant is protected',
    'Take the protection away first, or force the deletion as platform-admin.',
  ),
  'idempotency-conflict': entry(
    409,
    'Idempotency key used before',
    'This Idempotency-Key came with another body before, or its first request is still under way.',
  ),
  'not-embedded': entry(409, 'Not on a real bus', 'Events can be published over REST only where the bus is embedded.'),
  'precondition-failed': entry(
    412,
    'Stale version',
    'The object changed since it was read. Read it again for its new ETag.',
  ),
  'payload-too-large': entry(413, 'Body too large', 'A body may have at most 1 MiB.'),
  'unsupported-media-type': entry(415, 'Unsupported media type', 'Send JSON with `Content-Type: application/json`.'),
  invalid: entry(
    422,
    'Invalid input',
    'Each entry of `errors` names a place in the input, what was received and what is expected.',
  ),
  'limits-missing': entry(422, 'Limits missing', 'The custom tier needs `limits` in the request.'),
  'precondition-required': entry(
    428,
    'If-Match missing',
    'Send `If-Match` with the ETag of the object as you read it.',
  ),
  'too-many-requests': entry(429, 'Too many requests', 'Wait as long as `Retry-After` says.'),
  internal: entry(500, 'Internal error', 'A fault of ours. The request id leads to it in the logs.'),
  unavailable: entry(503, 'Not available now', 'Something this needs is away. Try again after `Retry-After`.'),
  // Those below are codes of dead letters; they have pages, so that an operator can read what they mean.
  undecodable: entry(
    422,
    'Message cannot be decoded',
    'The bytes are neither what the registered schema says nor JSON.',
  ),
  'tenant-mismatch': entry(422, 'Message names another tenant', 'A message on a tenant topic must name that tenant.'),
  'tenant-unknown': entry(
    409,
    'Tenant unknown',
    'The message waited 24 hours for its tenant, which never came or never was complete.',
  ),
  stale: entry(
    409,
    'Tier change out of date',
    'The previous tier in the message is not the tenant tier, also not five minutes later.',
  ),
  overloaded: entry(503, 'Too many waiting messages', 'More messages wait for this tenant than the bound allows.'),
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];
export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);
