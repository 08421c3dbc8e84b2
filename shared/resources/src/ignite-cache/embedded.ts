/**
 * The embedded backend of tenants' caches: one record, `<DATA_DIR>/ignite/<name>.json`, of a cache's configuration. It keeps no
 * entries, so that nothing expires: the backend says so once, for all tenants.
 */
import { join } from 'node:path';
import type { Backend, Change, Provider } from '@leasehold/engine';
import type { Around } from '../edge/caller.ts';
import { touches } from '../edge/difference.ts';
import { createDisk } from '../embedded/disk.ts';
import { recordFiles } from '../embedded/places.ts';
import { createRecordBackend, objectIn, type Viewed } from '../embedded/record-backend.ts';
import { checkCacheName } from './names.ts';
import { CACHE_KIND } from './provider.ts';
import { type CacheSeen, type CacheSpec, cacheSpec, groupsFor, planCache, unfitCache } from './spec.ts';

export interface EmbeddedIgniteOptions {
  readonly dataDir: string;
  readonly around?: Around;
}

const LACKS = 'keeps what caches are set to and no entries, so that nothing expires';

interface State extends CacheSpec {
  readonly group: string | null;
}

export function createEmbeddedIgniteBackend({ dataDir, around }: EmbeddedIgniteOptions): {
  readonly backend: Backend;
  readonly providers: readonly [Provider<CacheSpec, CacheSeen>];
} {
  const disk = createDisk({ backend: 'ignite', folder: join(dataDir, 'ignite'), around });
  const provider = createRecordBackend<CacheSpec, CacheSeen, State>(disk, recordFiles(disk.folder), {
    kind: CACHE_KIND,
    backend: 'ignite',
    holdsData: false,
    hasAccess: false,
    spec: cacheSpec,
    plan: planCache,
    view,
    bare,
    unfit: unfitCache,
    next,
    outputs: (ref) => ({ cache: ref.name }),
    checkName: checkCacheName,
  });
  return { backend: { ...disk.backend, lacks: LACKS }, providers: [provider] };
}

function view({ state }: Viewed<State>): Omit<CacheSeen, 'mark' | 'generation'> {
  const { backups, atomicity, group } = state;
  return { mode: 'partitioned', backups, atomicity, group };
}

/** What others made says in its file what it is; an Ignite cache is atomic and without backups if nobody says otherwise. */
function bare(text: string | null): State {
  const { backups, atomicity, group } = objectIn(text);
  return {
    backups: Number.isSafeInteger(backups) ? (backups as number) : 0,
    atomicity: atomicity === 'transactional' ? atomicity : 'atomic',
    group: typeof group === 'string' ? group : null,
    expirySeconds: null,
  };
}

/** A configuration that differs is made anew whole, as on a server. */
function next(spec: CacheSpec, changes: readonly Change[], before: State | undefined): State {
  const anew = before === undefined || touches(changes, '/backups', '/atomicity', '/group');
  return anew ? { ...spec, group: groupsFor(spec)[0] ?? '' } : before;
}
