/**
 * The provider of tenants' caches on a real Ignite cluster. Owns the order of calls; leaves differences to `spec.ts`, the
 * reading to `observation.ts`, what the server offers to `templates.ts`.
 *
 * I1. A cache is made with its mark in its configuration, in one call: what somebody else made in between is answered with
 *     an error, never adopted.
 * I2. A cache from a template carries no mark: it is claimed in the mesh's own cache first, and marked there when it is made.
 * I3. Caches share a group, because each group costs a node as much as a lone cache. Where the server keeps atomic and
 *     transactional caches apart, the one that comes second gets a group of its own.
 * I4. What others made is marked in the mesh's own cache alone, by a write that only the first can make.
 * I5. A configuration that differs is made anew only where the plan that was handed in says so.
 */
import { type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { asFault, type Bound, conflict } from '@leasehold/kernel';
import { touches } from '../edge/difference.ts';
import { appeared, mayAdopt, mayChange, mayDelete, nameTaken, vanished } from '../edge/ownership.ts';
import type { IgniteLink } from './link.ts';
import type { CacheMark } from './mark.ts';
import { named } from './names.ts';
import { lookAtCache, observeCaches } from './observation.ts';
import { type CacheSeen, type CacheSpec, cacheSpec, groupsFor, planCache, unfitCache } from './spec.ts';
import { ETERNAL, type Templates } from './templates.ts';

export const CACHE_KIND = 'ignite-cache';

export interface CacheOptions {
  readonly link: IgniteLink;
  readonly templates: Templates;
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly cacheLimit: Bound;
}

export function createCacheProvider(options: CacheOptions): Provider<CacheSpec, CacheSeen> {
  const { link } = options;
  const look = (ref: Ref, { signal }: Scope) => lookAtCache(link, named(ref), signal);
  return {
    kind: CACHE_KIND,
    backend: 'ignite',
    holdsData: false,
    hasAccess: false,
    embedded: false,
    spec: cacheSpec,
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      ceiling: { name: 'ignite-caches', cost: 1, limit: options.cacheLimit },
    },
    plan: planCache,
    observe: async (ref, scope) => (await look(ref, scope)).seen,
    observeAll: ({ signal }) => observeCaches(link, CACHE_KIND, signal),
    listNames: ({ signal }) => link.names(signal),
    async ensure(ref, spec, changes, scope) {
      const outputs = { cache: named(ref).name };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      if (whole && (await create(options, ref, spec, scope))) return outputs;
      const { seen, entry } = await look(ref, scope);
      if (isAbsent(seen)) throw vanished(ref, 'ignite');
      mayChange(ref, seen, 'ignite');
      await repair(options, ref, spec, { seen, entry }, whole ? planCache(ref, spec, seen) : changes, scope);
      return outputs;
    },
    adopt: (ref, spec, scope) => adopt(link, named(ref), spec, scope),
    unfit: unfitCache,
    async delete(ref, scope) {
      const { signal } = scope;
      const { seen, entry } = await look(ref, scope);
      if (!isAbsent(seen) && mayDelete(ref, seen, 'ignite')) await link.destroy(ref.name, signal);
      const mine = entry?.tenantId === ref.tenantId && entry.generation <= ref.generation;
      if (mine && (isAbsent(seen) || seen.mark === 'ours')) await link.marks.remove(ref.name, signal);
    },
  };
}

/** @returns false where a cache of this name is there already. */
async function create(options: CacheOptions, ref: Ref, spec: CacheSpec, { signal }: Scope): Promise<boolean> {
  const { link, templates } = options;
  if (await templates.offered(ref, spec, signal)) return createFromTemplate(link, ref, signal);
  const expiry = spec.expirySeconds === null ? 'none' : 'unsupported';
  const mark: CacheMark = { tenantId: ref.tenantId, generation: ref.generation, expiry, claimed: false };
  for (const group of groupsFor(spec)) {
    try {
      await link.create(ref.name, { ...spec, group, mark }, signal);
      return true;
    } catch (error) {
      const { code } = asFault(error);
      if (code === 'AlreadyExists') return false;
      if (code !== 'GroupTaken') throw error;
    }
  }
  const text = `ignite has another kind of cache in both groups for ${ref.name}`;
  throw conflict(text, { code: 'GroupTaken', backend: 'ignite' });
}

/** I2. */
async function createFromTemplate(link: IgniteLink, ref: Ref, signal: AbortSignal): Promise<boolean> {
  const mark = { tenantId: ref.tenantId, generation: ref.generation, expiry: 'template' } as const;
  const fresh = await link.marks.claim(ref.name, { ...mark, claimed: true }, signal);
  try {
    await link.createByName(ref.name, signal);
  } catch (error) {
    if (asFault(error).code !== 'AlreadyExists') throw error;
    // What was there before our claim is not ours; what an earlier claim of ours left is half made.
    if (!fresh) return false;
    await link.marks.remove(ref.name, signal);
    throw nameTaken(ref, 'ignite');
  }
  await link.marks.write(ref.name, { ...mark, claimed: false }, signal);
  return true;
}

/** I4. */
async function adopt(link: IgniteLink, ref: Ref, spec: CacheSpec, { signal }: Scope): Promise<void> {
  const { seen, entry } = await lookAtCache(link, ref, signal);
  if (isAbsent(seen)) throw vanished(ref, 'ignite');
  // A cache of another name under this one's hash is nobody's to mark.
  if ((await link.find(ref.name, signal))?.name !== ref.name) throw nameTaken(ref, 'ignite');
  if (!mayAdopt(ref, seen, 'ignite')) return;
  const expiry = await expiryIn(link, ref, spec, signal);
  const { tenantId, generation } = ref;
  const mark: CacheMark = { tenantId, generation, expiry, claimed: false, adopted: true };
  if (entry !== undefined) return link.marks.write(ref.name, mark, signal);
  if (!(await link.marks.claim(ref.name, mark, signal))) throw appeared(ref, 'ignite');
}

/** What others made may expire or not: where the server does not tell, it is taken not to. */
async function expiryIn(
  link: IgniteLink,
  ref: Ref,
  spec: CacheSpec,
  signal: AbortSignal,
): Promise<CacheMark['expiry']> {
  if (spec.expirySeconds === null) return 'none';
  const policy = await link.expiryOf(ref.name, signal);
  return policy === undefined || ETERNAL.test(policy) ? 'unsupported' : 'template';
}

interface Present {
  readonly seen: CacheSeen;
  readonly entry: CacheMark | undefined;
}

async function repair(
  options: CacheOptions,
  ref: Ref,
  spec: CacheSpec,
  { seen, entry }: Present,
  changes: readonly Change[],
  scope: Scope,
): Promise<void> {
  const { link } = options;
  const { signal } = scope;
  if (touches(changes, '/mode', '/backups', '/atomicity', '/group')) {
    await link.destroy(ref.name, signal);
    await link.marks.remove(ref.name, signal);
    if (!(await create(options, ref, spec, scope))) throw nameTaken(ref, 'ignite');
    return;
  }
  if (!touches(changes, '/generation') && seen.mark !== 'half-made') return;
  const { expiry = 'none', adopted } = entry ?? {};
  const kept = adopted ? { adopted } : {};
  const mark = { tenantId: ref.tenantId, generation: ref.generation, expiry, claimed: false, ...kept };
  await link.marks.write(ref.name, mark, signal);
}
