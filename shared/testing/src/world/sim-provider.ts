/**
 * A provider of any kind over the world's table of objects, as one process uses it. Making an object takes several
 * requests, with the mark first or last, as real backends have it; each request can be struck by a fault or be the last
 * one before a crash.
 *
 * It keeps P1-P5 of the provider contract the way real adapters do: by looking at the mark before each change, which
 * leaves the gap between look and change that real ones have too.
 */

import { isDeepStrictEqual } from 'node:util';
import {
  ABSENT,
  type Absent,
  type Backend,
  type Change,
  type Provider,
  type ProviderBounds,
  type Ref,
  type Scope,
  type SeenBase,
} from '@leasehold/engine';
import { bound, conflict, Fault, type Json } from '@leasehold/kernel';
import { z } from 'zod';
import type { Doer, SimObject, Target } from './backend-table.ts';
import type { Aim } from './call.ts';
import type { Process } from './process.ts';
import type { Detail } from './trace.ts';

export const BACKEND_CALL_MS = bound('sim-backend-call-ms', 4_000);

export type SimSpec = Readonly<Record<string, Json>>;

export interface SimSeen extends SeenBase {
  readonly settings: SimSpec;
}

export interface SimProviderOptions {
  readonly backend?: string;
  readonly holdsData?: boolean;
  readonly hasAccess?: boolean;
  /** `first`: the creation carries the mark; `last`: an object is without one until it is complete. */
  readonly mark?: 'first' | 'last';
  /** Settings written by one request. */
  readonly perRequest?: number;
  readonly lane?: string;
  readonly parallelism?: number;
  readonly ceiling?: NonNullable<ProviderBounds['ceiling']>;
  /** The backend itself refuses more objects of the kind than these, whoever they are for. */
  readonly quota?: number;
  readonly spec?: z.ZodType<SimSpec>;
  /** The whole of one observe, ensure or delete. */
  readonly timeoutMs?: number;
}

const ANY_SPEC = z.record(z.string(), z.json()) as unknown as z.ZodType<SimSpec>;

interface Maker {
  readonly process: Process;
  readonly kind: string;
  readonly backend: string;
  readonly markLast: boolean;
  readonly perRequest: number;
  readonly quota: number;
}

export function createSimProvider(
  process: Process,
  kind: string,
  options: SimProviderOptions = {},
): Provider<SimSpec, SimSeen> {
  const { backend = kind, holdsData = false, hasAccess = false, mark = 'first', perRequest = 2 } = options;
  const maker: Maker = {
    process,
    kind,
    backend,
    markLast: mark === 'last',
    perRequest,
    quota: options.quota ?? Infinity,
  };
  return {
    kind,
    backend,
    holdsData,
    hasAccess,
    embedded: false,
    spec: options.spec ?? ANY_SPEC,
    bounds: {
      timeoutMs: bound(`${kind}-ms`, options.timeoutMs ?? 6_000),
      parallelism: bound(`${kind}-parallelism`, options.parallelism ?? 8),
      ceiling: options.ceiling,
      ...(options.lane === undefined ? {} : { lane: options.lane }),
    },
    observe: (ref, scope) => look(maker, ref, scope),
    observeAll: (scope) => lookAtAll(maker, scope),
    listNames: (scope) => listAll(maker, scope),
    plan: (ref, spec, seen) => planObject(ref, spec, seen, holdsData),
    ensure: async (ref, spec, changes, scope) => {
      if (changes.some(({ path }) => path === '')) await make(maker, ref, spec, scope);
      else await change(maker, ref, spec, changes, scope);
      return { name: ref.name };
    },
    delete: (ref, scope) => remove(maker, ref, scope),
    adopt: (ref, _spec, scope) => adopt(maker, ref, scope),
  };
}

/** The connection that the providers of one backend share. */
export const createSimBackend = (process: Process, name: string): Backend => ({
  name,
  embedded: false,
  probe: (signal) => request(process, name, 'probe', '', () => undefined, signal),
  close: () => Promise.resolve(),
});

function request<T>(
  process: Process,
  backend: string,
  op: string,
  detail: Detail,
  run: () => T,
  signal: AbortSignal,
  aim?: Aim,
): Promise<T> {
  const faults = process.world.profile.backend;
  const timeoutMs = BACKEND_CALL_MS.value;
  return process.call({
    target: backend,
    op,
    detail,
    run,
    signal,
    reads: aim === undefined,
    ...(aim === undefined ? {} : { aim }),
    faults,
    timeoutMs,
    code: 'BackendUnavailable',
  });
}

const ask = <T>(maker: Maker, op: string, ref: Ref, scope: Scope, run: () => T, reads = false): Promise<T> =>
  request(
    maker.process,
    maker.backend,
    op,
    () => `${ref.name} g${ref.generation} f${scope.fence}`,
    run,
    scope.signal,
    reads ? undefined : { kind: ref.kind, name: ref.name, by: doerOf(maker, ref, scope) },
  );

function seenOf(object: SimObject | undefined, ref: Pick<Ref, 'tenantId'>): SimSeen | Absent {
  if (!object) return ABSENT;
  const { owner, settings, planted, unmarked } = object;
  const halfMade = !owner && !planted && !unmarked;
  const mark = owner ? (owner.tenantId === ref.tenantId ? 'ours' : 'foreign') : halfMade ? 'half-made' : 'none';
  return { mark, settings, ...(owner ? { generation: owner.generation } : {}) };
}

const look = (maker: Maker, ref: Ref, scope: Scope): Promise<SimSeen | Absent> =>
  ask(maker, 'observe', ref, scope, () => seenOf(maker.process.world.backends.look(maker.kind, ref.name), ref), true);

async function* lookAtAll(maker: Maker, scope: Scope): AsyncGenerator<readonly [Ref, SimSeen]> {
  const { process, backend, kind } = maker;
  const list = () =>
    [...process.world.backends.objects.values()].filter((object) => object.kind === kind && object.owner);
  for (const object of await request(process, backend, 'observe-all', kind, list, scope.signal)) {
    if (!object.owner) continue;
    const ref = { kind, name: object.name, tier: '', ...object.owner };
    yield [ref, seenOf(object, ref) as SimSeen];
  }
}

const listAll = ({ process, backend, kind }: Maker, scope: Scope): Promise<readonly string[]> => {
  const { objects } = process.world.backends;
  const list = () => [...objects.values()].filter((object) => object.kind === kind).map(({ name }) => name);
  return request(process, backend, 'list', kind, list, scope.signal);
};

function planObject(ref: Ref, spec: SimSpec, seen: SimSeen | Absent, holdsData: boolean): readonly Change[] {
  if ('absent' in seen) return [{ path: '', from: null, to: spec, weight: holdsData ? 'data' : 'settings' }];
  if (seen.mark === 'none' || seen.mark === 'foreign')
    return [{ path: '', from: seen.settings, to: spec, weight: 'settings' }];
  const changes: Change[] = [];
  if (seen.mark !== 'ours' || seen.generation !== ref.generation)
    changes.push({ path: '/generation', from: seen.generation ?? null, to: ref.generation, weight: 'settings' });
  for (const [key, to] of Object.entries(spec))
    if (!isDeepStrictEqual(seen.settings[key], to))
      changes.push({ path: `/${key}`, from: seen.settings[key] ?? null, to, weight: 'settings' });
  return changes;
}

const targetOf = (maker: Maker, ref: Ref): Target => ({ backend: maker.backend, kind: maker.kind, name: ref.name });
const doerOf = (maker: Maker, ref: Ref, scope: Scope): Doer => ({
  process: maker.process.name,
  tenantId: ref.tenantId,
  generation: ref.generation,
  fence: scope.fence,
});

/** How long this change stays unseen. */
function staleMs({ process, backend }: Maker): number {
  const { stale, staleMs: most } = process.world.profile;
  const point = process.point(`${backend}.stale`);
  return point.strikes(stale, 'stale') ? 1 + point.rng.int(most) : 0;
}

const refusal = (maker: Maker, ref: Ref, code: string, why: string): Fault =>
  conflict(`${ref.kind} ${ref.name} ${why}`, { code, backend: maker.backend });

/** @throws Conflict `GoneMeanwhile`, `NameTaken`, `NewerGeneration` */
function mayChange(maker: Maker, ref: Ref, seen: SimSeen | Absent): SimSeen {
  if ('absent' in seen) throw refusal(maker, ref, 'GoneMeanwhile', 'has gone meanwhile');
  if (seen.mark === 'none' || seen.mark === 'foreign')
    throw refusal(maker, ref, 'NameTaken', "exists and is not this tenant's");
  if ((seen.generation ?? 0) > ref.generation) throw refusal(maker, ref, 'NewerGeneration', 'is of a newer generation');
  return seen;
}

const ownerOf = ({ tenantId, generation }: Ref) => ({ tenantId, generation });

/** @throws Conflict `CeilingReached` */
function keepQuota(maker: Maker, ref: Ref): void {
  const { backends } = maker.process.world;
  if (backends.object(maker.kind, ref.name)) return;
  const taken = [...backends.objects.values()].filter(({ kind }) => kind === maker.kind).length;
  if (taken >= maker.quota) throw refusal(maker, ref, 'CeilingReached', `is one more than ${maker.quota}`);
}

async function make(maker: Maker, ref: Ref, spec: SimSpec, scope: Scope): Promise<void> {
  const { backends } = maker.process.world;
  const owner = maker.markLast ? undefined : ownerOf(ref);
  try {
    await ask(maker, 'create', ref, scope, () => {
      keepQuota(maker, ref);
      backends.create(targetOf(maker, ref), owner, doerOf(maker, ref, scope), staleMs(maker));
    });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'AlreadyExists') throw error;
    const seen = await look(maker, ref, scope);
    if ('absent' in seen || seen.mark === 'half-made')
      throw refusal(maker, ref, 'AppearedMeanwhile', 'appeared meanwhile');
    mayChange(maker, ref, seen);
  }
  await write(maker, ref, Object.entries(spec), scope);
  await remark(maker, ref, scope);
}

async function change(maker: Maker, ref: Ref, spec: SimSpec, changes: readonly Change[], scope: Scope): Promise<void> {
  mayChange(maker, ref, await look(maker, ref, scope));
  const keys = new Set(changes.map(({ path }) => path.split('/')[1]));
  const settings = Object.entries(spec).filter(([key]) => keys.has(key));
  await write(maker, ref, settings, scope);
  if (keys.has('generation')) await remark(maker, ref, scope);
}

async function write(maker: Maker, ref: Ref, settings: readonly [string, Json][], scope: Scope): Promise<void> {
  const { backends } = maker.process.world;
  for (let at = 0; at < settings.length; at += maker.perRequest) {
    const part = Object.fromEntries(settings.slice(at, at + maker.perRequest));
    await ask(maker, 'configure', ref, scope, () =>
      backends.configure(targetOf(maker, ref), part, doerOf(maker, ref, scope), staleMs(maker)),
    );
  }
}

async function remark(maker: Maker, ref: Ref, scope: Scope): Promise<void> {
  const { backends } = maker.process.world;
  const object = backends.object(maker.kind, ref.name);
  if (object?.owner?.tenantId === ref.tenantId && object.owner.generation === ref.generation) return;
  await ask(maker, 'mark', ref, scope, () =>
    backends.mark(targetOf(maker, ref), ownerOf(ref), doerOf(maker, ref, scope), staleMs(maker)),
  );
}

/** @throws Conflict `NameTaken`, `GoneMeanwhile` */
async function adopt(maker: Maker, ref: Ref, scope: Scope): Promise<void> {
  const seen = await look(maker, ref, scope);
  if ('absent' in seen) throw refusal(maker, ref, 'GoneMeanwhile', 'has gone meanwhile');
  if (seen.mark === 'foreign') throw refusal(maker, ref, 'NameTaken', "is another tenant's");
  if (seen.mark === 'ours') return;
  const { backends } = maker.process.world;
  await ask(maker, 'adopt', ref, scope, () =>
    backends.mark(targetOf(maker, ref), ownerOf(ref), doerOf(maker, ref, scope), staleMs(maker)),
  );
}

async function remove(maker: Maker, ref: Ref, scope: Scope): Promise<void> {
  const seen = await look(maker, ref, scope);
  if ('absent' in seen) return;
  if (seen.mark === 'half-made') throw refusal(maker, ref, 'HalfMade', 'is half made and carries no mark');
  if (seen.mark !== 'ours') return;
  mayChange(maker, ref, seen);
  const { backends } = maker.process.world;
  await ask(maker, 'drop', ref, scope, () =>
    backends.drop(targetOf(maker, ref), doerOf(maker, ref, scope), staleMs(maker)),
  );
}
