/**
 * What the client throws, as one of the four classes. Its classes are told by name, so that this file does not load it.
 *
 * 1. Names, aliases or indices of others are `Conflict`; a full cluster is `Invalid` with `CeilingReached`.
 * 2. What a socket says is `Unavailable`, away; a product that is not Elasticsearch is `Unavailable` with `WrongServer`.
 * 3. Whatever the cluster fails at is away: no tenant can mend it. So is a block that keeps a call out (`IndexBlocked` for one of an
 *    index); it is told by 403, and has nothing to do with rights.
 * 4. A failure that is not told as the cluster tells one is a stranger's.
 */
import { bug, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import { away, type CallName } from '../edge/caller.ts';
import { isRecord } from '../edge/difference.ts';
import { notTheBackend, serverAway, socketFault, statusFault } from '../edge/network-fault.ts';

interface Answered extends Error {
  readonly statusCode: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const BACKEND = 'elasticsearch';
/** The server's words, of an index, an alias or whatever else has a name; the same types tell of names that nobody may have. */
const APPEARED =
  /^(resource_already_exists_exception|invalid_(index|alias)_name_exception.*\b(already exists|exists with the same name)\b|.*more than one write index)/;
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
    const options = { backend: BACKEND, code: 'WrongServer', away: true, cause: error };
    return unavailable('elasticsearch: another product answers at its address', options);
  }
  return socketFault(call, error);
}

function answered(error: Answered, call: CallName): Fault {
  const status = error.statusCode;
  const retryAfter = error.headers?.['retry-after'];
  if (!isToldByCluster(error.body)) return notTheBackend(call, { status, retryAfter }, error);
  const { type, reason } = reasonOf(error.body);
  const message = [type, reason].filter((part) => part !== '').join(': ');
  const options = { backend: BACKEND, cause: error };
  if (FULL.test(reason)) {
    return invalid(`elasticsearch has no room for another shard (${call.name})`, {
      ...options,
      code: 'CeilingReached',
    });
  }
  if (APPEARED.test(message)) return conflict(reason, { ...options, code: 'AlreadyExists' });
  if (type === 'cluster_block_exception') return blocked(reason, call, error);
  if (status === 404) {
    return conflict(`elasticsearch: ${type} (${call.name})`, { ...options, code: 'GoneMeanwhile' });
  }
  const failed = { status, retryAfter, message };
  return status >= 500 ? serverAway(call, failed, status !== 503, error) : statusFault(call, failed, error);
}

/** 3. */
const blocked = (reason: string, { name }: CallName, cause: unknown): Fault =>
  unavailable(`elasticsearch keeps ${name} out: ${reason}`, {
    backend: BACKEND,
    code: reason.startsWith('index [') ? 'IndexBlocked' : 'BackendUnavailable',
    away: true,
    cause,
  });

/** 4. A question of health that ran out of time is answered with 408 and what is known. */
export const isToldByCluster = (body: unknown): boolean =>
  isRecord(body) && (body['error'] !== undefined || body['timed_out'] === true);

/** Answers hold `{error: {type, reason}}`, or `{error: 'text'}` where no handler knows the path. */
function reasonOf(body: unknown): { readonly type: string; readonly reason: string } {
  const error = (body as { readonly error?: unknown } | null | undefined)?.error;
  if (typeof error === 'string') return { type: '', reason: error };
  const { type, reason } = (error ?? {}) as { readonly type?: unknown; readonly reason?: unknown };
  return { type: typeof type === 'string' ? type : '', reason: typeof reason === 'string' ? reason : '' };
}
