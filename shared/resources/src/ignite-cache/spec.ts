/**
 * What a tenant's cache should be, and the differences from what is seen. Pure; shared by the real provider and the embedded one.
 *
 * 1. A cache's configuration cannot be changed: a difference in it weighs `data`, because a cache that is made anew is empty;
 *    making it anew destroys what it holds.
 * 2. A server that offers no template for expiry is told in a note, and is no difference.
 * 3. Another group costs more and serves as well: a cache that others made keeps its group, and that is a note.
 * 4. The group is one for each number of backups; a server that keeps atomic and transactional caches apart has two.
 */
import type { Absent, Change, Ref, SeenBase, Weakening } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { z } from 'zod';
import { differences } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { weakening } from '../edge/weakening.ts';

export type Atomicity = 'atomic' | 'transactional';

export interface CacheSpec {
  readonly backups: number;
  readonly atomicity: Atomicity;
  /** Seconds that an entry lives; null: for ever. The server's template decides the time. */
  readonly expirySeconds: number | null;
}

export interface CacheSeen extends SeenBase {
  readonly mode: 'partitioned' | 'replicated' | 'local';
  readonly backups: number;
  readonly atomicity: Atomicity;
  readonly group: string | null;
}

export const cacheSpec = z.strictObject({
  backups: z.int().min(0).max(16).default(1),
  atomicity: z.enum(['atomic', 'transactional']).default('atomic'),
  expirySeconds: z.int().min(1).nullable().default(null),
}) as unknown as z.ZodType<CacheSpec>;

/** Best first. */
export const groupsFor = ({ backups, atomicity }: Pick<CacheSpec, 'backups' | 'atomicity'>): readonly string[] => [
  `tenants-b${backups}`,
  `tenants-b${backups}-${atomicity}`,
];

export const isGroupOf = (cache: Pick<CacheSeen, 'backups' | 'atomicity' | 'group'>): boolean =>
  groupsFor(cache).includes(cache.group ?? '');

export const EXPIRY_UNSUPPORTED = 'ExpiryUnsupported';

export function planCache(ref: Ref, spec: CacheSpec, seen: CacheSeen | Absent): readonly Change[] {
  if (isAbsent(seen)) return wholeChange(null, spec, 'settings');
  if (seen.mark === 'none' || seen.mark === 'foreign') return wholeChange(seen.mark, spec, 'settings');
  const groups = groupsFor(spec);
  const made = configurationChanges(spec, seen);
  const kept = made.length > 0 || seen.adopted || groups.includes(seen.group ?? '');
  const group = kept ? [] : differences('/group', seen.group, groups[0]);
  const anew = [...made, ...group].map((change) => ({ ...change, weight: 'data' as const, weakens: madeAnew(change) }));
  return [...anew, ...markChanges(ref, seen)];
}

const madeAnew = ({ path, from, to }: Change): Weakening =>
  weakening(
    path === '/backups' && Number(to) < Number(from) ? 'fewer-replicas' : 'data-dropped',
    `make the cache anew, empty, with ${path.slice(1)} ${to} instead of ${from}`,
  );

const configurationChanges = (spec: CacheSpec, seen: CacheSeen): readonly Change[] => [
  ...differences('/mode', seen.mode, 'partitioned'),
  ...differences('/backups', seen.backups, spec.backups),
  ...differences('/atomicity', seen.atomicity, spec.atomicity),
];

/** What of a cache that others made would need a new one. */
export const unfitCache = (_ref: Ref, spec: CacheSpec, seen: CacheSeen): readonly string[] =>
  configurationChanges(spec, seen).map(
    ({ path, from, to }) => `it has ${path.slice(1)} ${from}, not ${to}, which no server can change`,
  );
