/**
 * The store as one process sees it: each call travels there and back, and may be struck by a fault on the way.
 *
 * 1. A commit is two requests, hints and then facts, so that a crash can come between them (S3).
 * 2. A commit whose answer was lost is read back (S4): `conflict` only where a later arrival could no longer apply.
 */
import { bound, isAbort, unavailable } from '@leasehold/kernel';
import { type CommitOutcome, type CommitRequest, checkCommit, type Store } from '@leasehold/store';
import type { Call } from './call.ts';
import type { Process } from './process.ts';
import type { Detail } from './trace.ts';

export const STORE_CALL_MS = bound('sim-store-call-ms', 2_000);

export interface SimStoreOptions {
  /** The store is a file of this process: nothing of it outlives the process but what was committed. */
  readonly exclusive?: boolean;
}

export function createSimStore(process: Process, options: SimStoreOptions = {}): Store {
  const { world } = process;
  const { store: table, profile } = world;
  // The real adapters bound their own calls, so no call of a store is without an answer for ever.
  const faults = { ...profile.store, mute: 0 };
  let closed = false;
  const ask = <T>(op: string, detail: Detail, run: () => T, signal?: AbortSignal, reads = true): Promise<T> => {
    if (closed) return Promise.reject(unavailable('the store is closed', { code: 'StoreUnavailable' }));
    const call: Call<T> = {
      target: 'store',
      op,
      detail,
      run,
      signal,
      reads,
      inside: options.exclusive ?? false,
      faults,
      timeoutMs: STORE_CALL_MS.value,
      code: 'StoreUnavailable',
    };
    return process.call(call);
  };
  return {
    kind: 'simulated',
    exclusive: options.exclusive ?? false,
    commit: (request, signal) => commitInSteps(process, request, ask, signal),
    load: (partition, slices, signal) => ask('load', partition, () => table.load(partition, slices), signal),
    scan: (partition, page, signal) =>
      ask(
        'scan',
        () => `${partition} ${page.prefix}`,
        () => table.scan(partition, page),
        signal,
      ),
    due: (query, signal) => ask('due', '', () => table.due(query), signal),
    clear: (hints, signal) =>
      ask(
        'clear',
        () => hintText(hints),
        () => table.clear(hints),
        signal,
      ),
    list: (directory, page, signal) => ask('list', directory, () => table.list(directory, page), signal),
    leases: {
      acquire: (name, holder, ttlMs, signal) =>
        ask(
          'lease',
          () => `${name} ${holder}`,
          () => table.acquire(name, holder, ttlMs),
          signal,
          false,
        ),
      release: (lease, signal) => ask('release', lease.name, () => table.release(lease), signal, false),
      read: (name, signal) => ask('read-lease', name, () => table.lease(name), signal),
    },
    ping: (signal) => ask('ping', '', () => undefined, signal),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}

async function commitInSteps(
  process: Process,
  request: CommitRequest,
  ask: Ask,
  signal: AbortSignal | undefined,
): Promise<CommitOutcome> {
  checkCommit(request);
  const detail = () => `${request.partition} v${request.expectedVersion}${describe(request)}`;
  if (request.hints.length > 0) await ask('hint', detail, () => process.world.store.writeHints(request), signal);
  try {
    return await ask('commit', detail, () => commitNow(process, request), signal, false);
  } catch (error) {
    if (!(error instanceof Error) || !('unknownOutcome' in error) || error.unknownOutcome !== true) throw error;
    return resolveUnknown(process, request, ask, error, signal);
  }
}

function commitNow(process: Process, request: CommitRequest): CommitOutcome {
  const outcome = process.world.store.commit(request, process.name);
  if (outcome.kind === 'conflict') process.world.note(process.name, 'conflict', request.partition);
  return outcome;
}

type Ask = <T>(op: string, detail: Detail, run: () => T, signal?: AbortSignal, reads?: boolean) => Promise<T>;

async function resolveUnknown(
  process: Process,
  request: CommitRequest,
  ask: Ask,
  cause: Error,
  signal: AbortSignal | undefined,
): Promise<CommitOutcome> {
  const { world } = process;
  const unknown = (why: unknown) =>
    unavailable('the outcome of a commit could not be found out', {
      code: 'StoreUnavailable',
      away: true,
      backend: 'store',
      unknownOutcome: true,
      cause: why,
    });
  if (process.point('store.resolve').strikes(world.profile.unresolved, 'unresolved')) throw unknown(cause);
  const read = () => ({
    applied: world.store.wasApplied(request),
    version: world.store.partitions.get(request.partition)?.version ?? 0,
  });
  const seen = await ask('read-back', request.partition, read, signal).catch((error: unknown) => {
    throw isAbort(error, signal) ? error : unknown(error);
  });
  if (seen.applied) return { kind: 'committed', version: request.expectedVersion + 1 };
  // It may still arrive while the version is the one that it expects.
  if (seen.version === request.expectedVersion) throw unknown(cause);
  return { kind: 'conflict' };
}

const describe = (request: CommitRequest): string => {
  const put = request.put.map(({ key }) => key).join(' ');
  const removed = request.remove.map((key) => `-${key}`).join(' ');
  return ` ${put}${removed === '' ? '' : ` ${removed}`}`;
};

const hintText = (hints: readonly { kind: string; partition: string }[]): string =>
  hints.map(({ kind, partition }) => `${kind}:${partition}`).join(' ');
