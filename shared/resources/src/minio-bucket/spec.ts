/**
 * What a tenant's bucket should be, and the differences from what is seen. Pure; shared by the real provider and the embedded one.
 *
 * 1. What the vendor cannot do is never a difference: it is left out of what is compared and told in `notes`. Some is known of the
 *    vendor, some only seen: notes say both.
 * 2. Tags and lifecycle rules that are not ours are left alone.
 * 3. A spec that says nothing of access means `granted`: buckets had none when the first tenants were made.
 */
import type { Absent, Change, Ref, SeenBase, Weakening } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { z } from 'zod';
import { differences, pointerParts } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { isLess, weakening, weighed } from '../edge/weakening.ts';
import { policyChanges, type SeenPolicy } from './policy.ts';

/** Days after which objects go; null: never. */
export interface LifecycleDays {
  readonly temp: number | null;
  readonly cache: number | null;
  readonly logs: number | null;
  readonly oldVersions: number | null;
  readonly incompleteUploads: number | null;
}

export interface BucketSpec {
  readonly access?: 'granted' | 'withdrawn' | undefined;
  readonly versioning: 'enabled' | 'suspended';
  readonly lifecycleDays: LifecycleDays;
  /** null: no bound. */
  readonly quotaBytes: number | null;
}

export interface BucketSeen extends SeenBase {
  readonly versioning: 'enabled' | 'suspended' | 'off';
  readonly lifecycleDays: LifecycleDays;
  readonly quotaBytes: number | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Absent: it gives nobody anything. */
  readonly policy?: SeenPolicy;
  /** Only where it was asked for. */
  readonly usedBytes?: number;
}

export interface Abilities {
  readonly quota: boolean;
  readonly incompleteUploads: boolean;
}

export type Vendor = 'minio' | 'generic';

export const ABILITIES: Readonly<Record<Vendor, Abilities>> = {
  minio: { quota: true, incompleteUploads: false },
  generic: { quota: false, incompleteUploads: true },
};

const days = (shipped: number) => z.int().min(1).max(36_500).nullable().default(shipped);

export const bucketSpec = z.strictObject({
  access: z.enum(['granted', 'withdrawn']).optional(),
  versioning: z.enum(['enabled', 'suspended']).default('enabled'),
  lifecycleDays: z
    .strictObject({ temp: days(1), cache: days(7), logs: days(30), oldVersions: days(30), incompleteUploads: days(7) })
    .prefault({}),
  quotaBytes: z.int().min(1).nullable().default(null),
}) as unknown as z.ZodType<BucketSpec>;

export const TAG = { tenant: 'tenant-id', tier: 'tier', generation: 'leasehold-generation' } as const;

export const markTags = (ref: Ref): Record<string, string> => ({
  [TAG.tenant]: ref.tenantId,
  [TAG.tier]: ref.tier,
  [TAG.generation]: String(ref.generation),
});

export const VERSIONING_UNSUPPORTED = 'VersioningUnsupported';
export const LIFECYCLE_UNSUPPORTED = 'LifecycleUnsupported';

export function notesFor(abilities: Abilities, lacking: readonly string[] = []): readonly string[] {
  return [
    ...lacking,
    ...(abilities.quota ? [] : ['QuotaUnsupported']),
    ...(abilities.incompleteUploads ? [] : ['IncompleteUploadsUnsupported']),
  ];
}

const WHAT: Readonly<Record<string, string>> = {
  temp: 'objects under temp/',
  cache: 'objects under cache/',
  logs: 'objects under logs/',
  oldVersions: 'earlier versions',
  incompleteUploads: 'unfinished uploads',
};

const noVersions = ({ from, to }: Change): Weakening | undefined =>
  from === 'enabled' && to === 'suspended'
    ? weakening('versions-stop', 'keep no earlier versions of what is overwritten or deleted from then on')
    : undefined;

function shorterLife(change: Change): Weakening | undefined {
  if (!isLess(change)) return undefined;
  const [, rule = ''] = pointerParts(change.path);
  const before = change.from === null ? 'never' : `after ${change.from}`;
  return weakening('shorter-retention', `delete ${WHAT[rule] ?? rule} after ${change.to} days, which go ${before} now`);
}

function lowerQuota(change: Change, { usedBytes }: BucketSeen): Weakening | undefined {
  if (!isLess(change)) return undefined;
  if (usedBytes === undefined)
    return weakening('lower-quota', `allow ${change.to} bytes, and what is used is not known`);
  const used = `allow ${change.to} bytes where ${usedBytes} are used: nothing more could be written`;
  return usedBytes > Number(change.to) ? weakening('quota-below-use', used) : undefined;
}

export const planBucket =
  (abilities: Abilities) =>
  (ref: Ref, spec: BucketSpec, seen: BucketSeen | Absent): readonly Change[] => {
    if (isAbsent(seen)) return wholeChange(null, spec, 'data');
    if (seen.mark === 'none' || seen.mark === 'foreign') return wholeChange(seen.mark, spec, 'data');
    const incompleteUploads = abilities.incompleteUploads
      ? spec.lifecycleDays.incompleteUploads
      : seen.lifecycleDays.incompleteUploads;
    const { notes = [] } = seen;
    const lifecycleDays = { ...spec.lifecycleDays, incompleteUploads };
    return [
      ...(notes.includes(VERSIONING_UNSUPPORTED)
        ? []
        : weighed(differences('/versioning', seen.versioning, spec.versioning), noVersions)),
      ...(notes.includes(LIFECYCLE_UNSUPPORTED)
        ? []
        : weighed(differences('/lifecycleDays', seen.lifecycleDays, lifecycleDays), shorterLife)),
      ...(abilities.quota
        ? weighed(differences('/quotaBytes', seen.quotaBytes, spec.quotaBytes), (change) => lowerQuota(change, seen))
        : []),
      ...policyChanges(spec.access ?? 'granted', seen.policy),
      ...differences('/tags/tenant-id', seen.tags[TAG.tenant], ref.tenantId),
      ...differences('/tags/tier', seen.tags[TAG.tier], ref.tier),
      ...markChanges(ref, seen),
    ];
  };
