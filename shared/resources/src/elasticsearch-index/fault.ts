/**
 * What the client throws, as one of the four classes. Its classes are told by name, so that this file does not load it.
 *
 * 1. Names, aliases or indices that came in between are `Conflict`; a full cluster is `Invalid` with `CeilingReached`.
 * 2. What a socket says is `Unavailable`, away; a product that is not Elasticsearch is `Unavailable` with `WrongServer`.
 */
import { bug, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import { away, type CallName } from '../edge/caller.ts';
import { socketFault, statusFault } from '../edge/network-fault.ts';

interface Answered extends Error {
  readonly statusCode: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const BACKEND = 'elasticsearch';
const APPEARED = new Set([
  'resource_already_exists_exception',
  'invalid_index_name_exception',
  'invalid_alias_name_exception',
]);
const NEVER_SENT = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/;
/** The server's own words when one more shard would go over `cluster.max_shards_per_node`. */
const FULL = /maximum (normal|frozen) shards open|would add \[\d+\] .*shards/;

export function elasticsearchFault(error: unknown, call: CallName): Fault {
  if (!(error instanceof Error)) return bug(`unexpected value thrown in elasticsearch ${call.name}`, error);
  if (error.name === 'ResponseError') return answered(error as Answered, call);
  if (error.name === 'ConnectionError' || error.name === 'NoLivingConnectionsError') {
    const code = /\b(E[A-Z]{3,}|UND_ERR\w*)\b/.exec(error.message)?.[1];
    const what = `cannot be reached${code === undefined ? '' : `: ${code}`}`;
    return away(call, what, { lost: !NEVER_SENT.test(error.message), cause: error });
  }
  if (error.name === 'TimeoutError' || error.name === 'RequestAbortedError') {
    return away(call, 'did not answer in time', { lost: true, cause: error });
  }
  if (error.name === 'ProductNotSupportedError') {
    const options = { backend: BACKEND, code: 'WrongServer', cause: error };
    return unavailable('elasticsearch: another product answers at its address', options);
  }
  return socketFault(call, error);
}

function answered(error: Answered, call: CallName): Fault {
  const { type, reason } = reasonOf(error.body);
  const options = { backend: BACKEND, cause: error };
  if (FULL.test(reason)) {
    return invalid(`elasticsearch has no room for another shard (${call.name})`, {
      ...options,
      code: 'CeilingReached',
    });
  }
  if (APPEARED.has(type)) {
    return conflict(`elasticsearch: ${type} (${call.name})`, { ...options, code: 'AlreadyExists' });
  }
  if (error.statusCode === 404) {
    return conflict(`elasticsearch: ${type} (${call.name})`, { ...options, code: 'GoneMeanwhile' });
  }
  const message = [type, reason].filter((part) => part !== '').join(': ');
  const retryAfter = error.headers?.['retry-after'];
  return statusFault(call, { status: error.statusCode, retryAfter, message }, error);
}

/** Answers hold `{error: {type, reason}}`, or `{error: 'text'}` where no handler knows the path. */
function reasonOf(body: unknown): { readonly type: string; readonly reason: string } {
  const error = (body as { readonly error?: unknown } | null | undefined)?.error;
  if (typeof error === 'string') return { type: '', reason: error };
  const { type, reason } = (error ?? {}) as { readonly type?: unknown; readonly reason?: unknown };
  return { type: typeof type === 'string' ? type : '', reason: typeof reason === 'string' ? reason : '' };
}
