/**
 * The embedded backend of tenants' buckets: `<DATA_DIR>/minio/<bucket>/` with the settings in `.leasehold.json`. Objects are
 * files in that folder. Settings are kept and compared; expiry, quota and policy are not enforced.
 */
import { join } from 'node:path';
import type { Backend, Change, Provider } from '@leasehold/engine';
import { invalid } from '@leasehold/kernel';
import type { Around } from '../edge/caller.ts';
import { chosen, touches } from '../edge/difference.ts';
import { createDisk } from '../embedded/disk.ts';
import { recordFolders } from '../embedded/places.ts';
import { createRecordBackend, type Viewed } from '../embedded/record-backend.ts';
import { lifecycleDays } from './lifecycle.ts';
import type { SeenPolicy } from './policy.ts';
import { BUCKET_KIND } from './provider.ts';
import { type BucketSeen, type BucketSpec, bucketSpec, planBucket, TAG } from './spec.ts';

export interface EmbeddedMinioOptions {
  readonly dataDir: string;
  readonly around?: Around;
}

interface State extends Omit<BucketSpec, 'access'> {
  /** As it is seen; others put it there. */
  readonly policy?: SeenPolicy;
}

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function createEmbeddedMinioBackend({ dataDir, around }: EmbeddedMinioOptions): {
  readonly backend: Backend;
  readonly providers: readonly [Provider<BucketSpec, BucketSeen>];
} {
  const disk = createDisk({ backend: 'minio', folder: join(dataDir, 'minio'), around });
  const provider = createRecordBackend<BucketSpec, BucketSeen, State>(disk, recordFolders(disk.folder), {
    kind: BUCKET_KIND,
    backend: 'minio',
    holdsData: true,
    hasAccess: true,
    isGrantUnsaid: true,
    spec: bucketSpec,
    plan: planBucket({ quota: true, incompleteUploads: true }),
    view,
    next: (spec, changes, before) => ({
      versioning: before === undefined || touches(changes, '/versioning') ? spec.versioning : before.versioning,
      quotaBytes: before === undefined || touches(changes, '/quotaBytes') ? spec.quotaBytes : before.quotaBytes,
      lifecycleDays: before
        ? chosen('/lifecycleDays', before.lifecycleDays, spec.lifecycleDays, changes)
        : spec.lifecycleDays,
      ...policyAfter(spec, changes, before),
    }),
    bare: () => ({ versioning: 'suspended', quotaBytes: null, lifecycleDays: lifecycleDays('') }),
    outputs: (ref) => ({ bucket: ref.name, path: join(disk.folder, ref.name) }),
    checkName: (name) => {
      if (!NAME.test(name)) {
        throw invalid(`bucket name ${JSON.stringify(name)} does not match ${NAME}`, { code: 'InvalidName' });
      }
    },
  });
  return { backend: disk.backend, providers: [provider] };
}

function view({ tenantId, tier, generation, state }: Viewed<State>): Omit<BucketSeen, 'mark' | 'generation'> {
  if (tenantId === undefined) return { ...state, versioning: 'off', tags: {} };
  return { ...state, tier, tags: { [TAG.tenant]: tenantId, [TAG.tier]: tier, [TAG.generation]: String(generation) } };
}

function policyAfter(spec: BucketSpec, changes: readonly Change[], before: State | undefined): Pick<State, 'policy'> {
  const { policy } = before ?? {};
  if (policy === undefined || !touches(changes, '/access')) return policy === undefined ? {} : { policy };
  if (spec.access === 'withdrawn') return { policy: { ...policy, denial: 'whole' } };
  return policy.grants.length === 0 ? {} : { policy: { ...policy, denial: null } };
}
