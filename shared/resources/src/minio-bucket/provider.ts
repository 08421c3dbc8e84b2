/**
 * The provider of tenants' buckets on an S3 store. Owns the order of calls; leaves differences to `spec.ts`, calls to
 * `bucket-calls.ts`.
 *
 * M1. Settings of one bucket are set one after the other, the mark (tags) first: MinIO keeps them in one record that it
 *     reads, changes and writes without a lock, so that two settings made at once lose one of them.
 * M2. Where the vendor answers "created" for a bucket that was there already, the bucket is looked at before it is marked.
 * M3. Deletion empties versions, delete markers and unfinished uploads in pages, then removes the bucket. It can stop between
 *     any two calls and go on later.
 */
import { ABSENT, type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { type Bound, bound, conflict, invalid } from '@leasehold/kernel';
import { chosen, touches } from '../edge/difference.ts';
import { appeared, markOf, mayAdopt, mayChange, mayDelete, type Owner, vanished } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import type { BucketCalls } from './bucket-calls.ts';
import { PAGE_OBJECTS } from './content-calls.ts';
import { lifecycleDays, lifecycleXml } from './lifecycle.ts';
import {
  ABILITIES,
  type BucketSeen,
  type BucketSpec,
  bucketSpec,
  type LifecycleDays,
  markTags,
  notesFor,
  planBucket,
  TAG,
  type Vendor,
} from './spec.ts';

export const BUCKET_KIND = 'minio-bucket';

export interface BucketOptions {
  readonly calls: BucketCalls;
  readonly vendor: Vendor;
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly bucketLimit: Bound;
}

const LISTED_AT_ONCE = bound('minio-listed-buckets', 8);
const DELETE_PAGES = bound('minio-delete-pages', 100_000);
/** Rounds in which nothing is listed and the bucket is still called not empty. */
const FRUITLESS = bound('minio-fruitless-rounds', 5);
const ABORTS = bound('minio-upload-aborts', 8);

export function createBucketProvider(options: BucketOptions): Provider<BucketSpec, BucketSeen> {
  const abilities = ABILITIES[options.vendor];
  const plan = planBucket(abilities);
  return {
    kind: BUCKET_KIND,
    backend: 'minio',
    holdsData: true,
    hasAccess: false,
    embedded: false,
    spec: bucketSpec,
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      ceiling: { name: 'minio-buckets', cost: 1, limit: options.bucketLimit },
    },
    plan,
    observe: (ref, { signal }) => observe(options, named(ref), signal),
    observeAll: (scope) => observeAll(options, scope),
    listNames: ({ signal }) => options.calls.list(signal),
    async ensure(ref, spec, changes, { signal }) {
      const outputs = { bucket: named(ref).name };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      const made = whole && (await options.calls.create(ref.name, signal));
      const seen = made && options.vendor === 'minio' ? untouched(options) : await observe(options, ref, signal);
      if (isAbsent(seen)) throw vanished(ref, 'minio');
      if (whole && !made && seen.mark === 'half-made') throw appeared(ref, 'minio');
      mayChange(ref, seen, 'minio');
      await apply(options, ref, spec, seen, whole ? plan(ref, spec, seen) : changes, signal);
      return outputs;
    },
    measure: async (ref, seen, { signal }) => {
      const usedBytes = await options.calls.usedBytes(named(ref).name, signal);
      return usedBytes === undefined ? seen : { ...seen, usedBytes };
    },
    adopt: (ref, _spec, { signal }) => adopt(options, named(ref), signal),
    delete: (ref, { signal }) => remove(options, named(ref), signal),
  };
}

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function named(ref: Ref): Ref {
  if (NAME.test(ref.name)) return ref;
  throw invalid(`bucket name ${JSON.stringify(ref.name)} does not match ${NAME}`, { code: 'InvalidName' });
}

const NO_RULES = lifecycleDays('');

/** A bucket as our own creation leaves it. */
const untouched = ({ vendor }: BucketOptions): BucketSeen => ({
  mark: 'half-made',
  versioning: 'off',
  lifecycleDays: NO_RULES,
  quotaBytes: null,
  tags: {},
  notes: notesFor(ABILITIES[vendor]),
});

function ownerIn(tags: Readonly<Record<string, string>>): Owner | undefined {
  const tenantId = tags[TAG.tenant];
  const generation = Number(tags[TAG.generation]);
  return tenantId === undefined || !Number.isSafeInteger(generation) || generation < 1
    ? undefined
    : { tenantId, generation };
}

async function observe(options: BucketOptions, ref: Ref, signal: AbortSignal): Promise<BucketSeen | Absent> {
  const { calls, vendor } = options;
  const [versioning, tags, lifecycle, quotaBytes] = await Promise.all([
    calls.versioning(ref.name, signal),
    calls.tags(ref.name, signal),
    calls.lifecycle(ref.name, signal),
    ABILITIES[vendor].quota ? calls.quotaBytes(ref.name, signal) : null,
  ]);
  if (versioning === undefined) return ABSENT;
  const owner = ownerIn(tags);
  const bare = Object.keys(tags).length === 0 && (await calls.versions(ref.name, 1, signal)).length === 0;
  return {
    mark: bare ? 'half-made' : markOf(owner, ref, tags[TAG.tenant]),
    ...(owner === undefined ? {} : { generation: owner.generation }),
    versioning,
    lifecycleDays: lifecycleDays(lifecycle),
    quotaBytes,
    tags,
    ...(tags[TAG.tier] === undefined ? {} : { tier: tags[TAG.tier] }),
    notes: notesFor(ABILITIES[vendor]),
  };
}

/** Only the tags of the mark are set. */
async function adopt(options: BucketOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const seen = await observe(options, ref, signal);
  if (isAbsent(seen)) throw vanished(ref, 'minio');
  if (mayAdopt(ref, seen, 'minio')) await options.calls.setTags(ref.name, { ...seen.tags, ...markTags(ref) }, signal);
}

async function* observeAll(options: BucketOptions, { signal }: Scope): AsyncGenerator<readonly [Ref, BucketSeen]> {
  const names = await options.calls.list(signal);
  for (let start = 0; start < names.length; start += LISTED_AT_ONCE.value) {
    const page = names.slice(start, start + LISTED_AT_ONCE.value);
    const found = await inParallel(
      page,
      LISTED_AT_ONCE,
      async (name): Promise<readonly (readonly [Ref, BucketSeen])[]> => {
        const tags = await options.calls.tags(name, signal);
        const owner = ownerIn(tags);
        if (owner === undefined) return [];
        const ref: Ref = { kind: BUCKET_KIND, name, ...owner, tier: tags[TAG.tier] ?? '' };
        const seen = await observe(options, ref, signal);
        return isAbsent(seen) ? [] : [[ref, seen]];
      },
    );
    yield* found.flat();
  }
}

async function apply(
  options: BucketOptions,
  ref: Ref,
  spec: BucketSpec,
  seen: BucketSeen,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const { calls } = options;
  if (touches(changes, '/tags', '/generation')) {
    await calls.setTags(ref.name, { ...seen.tags, ...markTags(ref) }, signal);
  }
  if (touches(changes, '/versioning')) {
    await calls.setVersioning(ref.name, spec.versioning === 'enabled', signal);
  }
  if (touches(changes, '/lifecycleDays')) {
    const days = chosen('/lifecycleDays', seen.lifecycleDays, spec.lifecycleDays, changes);
    await setLifecycle(options, ref, days, seen, signal);
  }
  if (touches(changes, '/quotaBytes')) await calls.setQuotaBytes(ref.name, spec.quotaBytes, signal);
}

async function setLifecycle(
  { calls, vendor }: BucketOptions,
  ref: Ref,
  days: LifecycleDays,
  seen: BucketSeen,
  signal: AbortSignal,
): Promise<void> {
  const { incompleteUploads } = days;
  const wanted = {
    ...days,
    incompleteUploads: ABILITIES[vendor].incompleteUploads ? incompleteUploads : null,
  };
  const present = seen.mark === 'half-made' ? '' : await calls.lifecycle(ref.name, signal);
  await calls.setLifecycle(ref.name, lifecycleXml(wanted, present), signal);
}

async function remove(options: BucketOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const { calls } = options;
  const seen = await observe(options, ref, signal);
  if (isAbsent(seen) || !mayDelete(ref, seen, 'minio')) return;
  let fruitless = 0;
  for (let page = 0; page < DELETE_PAGES.value && fruitless < FRUITLESS.value; page++) {
    const [versions, uploads] = await Promise.all([
      calls.versions(ref.name, PAGE_OBJECTS.value, signal),
      calls.uploads(ref.name, signal),
    ]);
    if (versions.length > 0) {
      const errors = await calls.deleteVersions(ref.name, versions, signal);
      if (errors.length > 0) throw held(ref, errors);
    }
    await inParallel(uploads, ABORTS, (upload) => calls.abortUpload(ref.name, upload, signal));
    fruitless = versions.length + uploads.length === 0 ? fruitless + 1 : 0;
    const empty = versions.length < PAGE_OBJECTS.value && uploads.length < PAGE_OBJECTS.value;
    if (empty && (await calls.remove(ref.name, signal))) return;
  }
  throw conflict(`bucket ${ref.name} is still not empty`, { code: 'BucketNotEmpty', backend: 'minio' });
}

const held = (ref: Ref, errors: readonly string[]) =>
  conflict(`${errors.length} objects of bucket ${ref.name} cannot be deleted: ${[...new Set(errors)].join(', ')}`, {
    code: 'ObjectsHeld',
    backend: 'minio',
  });
