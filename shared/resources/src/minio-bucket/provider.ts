/**
 * The provider of tenants' buckets on an S3 store. Owns the order of calls; leaves differences to `spec.ts`, calls to
 * `bucket-calls.ts`, what is in a bucket to `emptying.ts`.
 *
 * M1. Settings of one bucket are set one after the other, the mark (tags) first: MinIO keeps them in one record that it
 *     reads, changes and writes without a lock, so that two settings made at once lose one of them.
 * M2. Where the vendor answers "created" for a bucket that was there already, the bucket is looked at before it is marked.
 * M3. Deletion empties versions, delete markers and unfinished uploads in pages, then removes the bucket. It can stop between
 *     any two calls and go on later.
 * M4. A setting that the vendor turns out not to have is a note from then on, in this process for all buckets.
 * M5. MinIO judges by a bucket's policy only who comes without keys. Elsewhere a denial could bind us too: there a policy that gives
 *     access while there should be none is left and told.
 */
import { ABSENT, type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { type Bound, bound, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import { chosen, touches } from '../edge/difference.ts';
import { appeared, markOf, mayAdopt, mayChange, mayDelete, type Owner, vanished } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import { LACKING } from './answers.ts';
import type { BucketCalls } from './bucket-calls.ts';
import { createUploadWalk, createVersionWalk, type Held, hold, NO_PROGRESS, STILL_LISTED } from './emptying.ts';
import { hasOthers, lifecycleDays, lifecycleXml, plainLifecycleXml } from './lifecycle.ts';
import { seenPolicy, withDenial, withoutDenial } from './policy.ts';
import {
  ABILITIES,
  type BucketSeen,
  type BucketSpec,
  bucketSpec,
  LIFECYCLE_UNSUPPORTED,
  type LifecycleDays,
  markTags,
  notesFor,
  planBucket,
  TAG,
  VERSIONING_UNSUPPORTED,
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
/** How often a bucket is emptied that somebody fills meanwhile. */
const ROUNDS = bound('minio-delete-rounds', 1000);
/** Rounds in which nothing goes and the bucket is still called not empty. */
const FRUITLESS = bound('minio-fruitless-rounds', 5);

/** With what the vendor was found to lack (M4). */
interface Parts extends BucketOptions {
  readonly lacking: Set<string>;
}

export function createBucketProvider(given: BucketOptions): Provider<BucketSpec, BucketSeen> {
  const options: Parts = { ...given, lacking: new Set() };
  const abilities = ABILITIES[options.vendor];
  const plan = planBucket(abilities);
  return {
    kind: BUCKET_KIND,
    backend: 'minio',
    holdsData: true,
    hasAccess: true,
    isGrantUnsaid: true,
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
const untouched = ({ vendor, lacking }: Parts): BucketSeen => ({
  mark: 'half-made',
  versioning: 'off',
  lifecycleDays: NO_RULES,
  quotaBytes: null,
  tags: {},
  notes: notesFor(ABILITIES[vendor], [...lacking]),
});

function ownerIn(tags: Readonly<Record<string, string>>): Owner | undefined {
  const tenantId = tags[TAG.tenant];
  const generation = Number(tags[TAG.generation]);
  return tenantId === undefined || !Number.isSafeInteger(generation) || generation < 1
    ? undefined
    : { tenantId, generation };
}

async function observe(options: Parts, ref: Ref, signal: AbortSignal): Promise<BucketSeen | Absent> {
  const { calls, vendor, lacking } = options;
  const [versioning, tags, lifecycle, policyText, quotaBytes] = await Promise.all([
    calls.versioning(ref.name, signal),
    calls.tags(ref.name, signal),
    calls.lifecycle(ref.name, signal),
    calls.policy(ref.name, signal),
    ABILITIES[vendor].quota ? calls.quotaBytes(ref.name, signal) : null,
  ]);
  if (versioning === undefined) return ABSENT;
  const owner = ownerIn(tags);
  const bare = Object.keys(tags).length === 0 && (await isEmpty(options, ref, signal));
  const hasRules = lifecycle !== LACKING;
  const policy = seenPolicy(policyText, ref.name);
  return {
    mark: bare ? 'half-made' : markOf(owner, ref, tags[TAG.tenant]),
    ...(owner === undefined ? {} : { generation: owner.generation }),
    versioning: versioning === LACKING ? 'off' : versioning,
    lifecycleDays: hasRules ? lifecycleDays(lifecycle.xml) : NO_RULES,
    quotaBytes,
    tags,
    ...(policy === undefined ? {} : { policy }),
    notes: notesFor(ABILITIES[vendor], [
      ...(versioning === LACKING || lacking.has(VERSIONING_UNSUPPORTED) ? [VERSIONING_UNSUPPORTED] : []),
      ...(hasRules && !lacking.has(LIFECYCLE_UNSUPPORTED) ? [] : [LIFECYCLE_UNSUPPORTED]),
    ]),
  };
}

/** A page can be empty and say that there is more. */
async function isEmpty({ calls }: Parts, ref: Ref, signal: AbortSignal): Promise<boolean> {
  const { items, isTruncated } = await calls.versions(ref.name, 1, {}, signal);
  return items.length === 0 && !isTruncated;
}

/** Only the tags of the mark are set. */
async function adopt(options: Parts, ref: Ref, signal: AbortSignal): Promise<void> {
  const seen = await observe(options, ref, signal);
  if (isAbsent(seen)) throw vanished(ref, 'minio');
  if (mayAdopt(ref, seen, 'minio')) await options.calls.setTags(ref.name, { ...seen.tags, ...markTags(ref) }, signal);
}

async function* observeAll(options: Parts, { signal }: Scope): AsyncGenerator<readonly [Ref, BucketSeen]> {
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
  options: Parts,
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
  if (
    touches(changes, '/versioning') &&
    !(await calls.setVersioning(ref.name, spec.versioning === 'enabled', signal))
  ) {
    options.lacking.add(VERSIONING_UNSUPPORTED);
  }
  if (touches(changes, '/lifecycleDays')) {
    const days = chosen('/lifecycleDays', seen.lifecycleDays, spec.lifecycleDays, changes);
    await setLifecycle(options, ref, days, seen, signal);
  }
  if (touches(changes, '/quotaBytes')) await calls.setQuotaBytes(ref.name, spec.quotaBytes, signal);
  if (touches(changes, '/access')) await setPolicy(options, ref, spec, signal);
}

/** As it is by now: a statement that somebody added since the plan is kept too. */
async function setPolicy({ calls, vendor }: Parts, ref: Ref, spec: BucketSpec, signal: AbortSignal): Promise<void> {
  const present = await calls.policy(ref.name, signal);
  const isWithdrawn = spec.access === 'withdrawn';
  const next = isWithdrawn ? withDenial(present, ref.name) : withoutDenial(present);
  if (next === undefined) throw policyStands(ref, 'cannot be read: let the keys read it, or take it away by hand');
  if (isWithdrawn && vendor !== 'minio') {
    const { grants = [] } = seenPolicy(present, ref.name) ?? {};
    if (grants.length === 0) return;
    const told = `gives access (${grants.join(', ')}): take it away by hand, for a denial could bind the mesh too`;
    throw policyStands(ref, told);
  }
  await calls.setPolicy(ref.name, next, signal);
}

/** M5. */
const policyStands = (ref: Ref, why: string): Fault =>
  conflict(`the policy of bucket ${ref.name} ${why}`, { code: 'PolicyStands', backend: 'minio' });

async function setLifecycle(
  { calls, vendor, lacking }: Parts,
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
  const present = seen.mark === 'half-made' ? { xml: '' } : await calls.lifecycle(ref.name, signal);
  if (present === LACKING) return;
  const xml = lifecycleXml(wanted, present.xml) ?? '';
  const answer = await calls.setLifecycle(
    ref.name,
    { ...present, xml },
    plainLifecycleXml(wanted, present.xml),
    signal,
  );
  if (answer !== LACKING) return;
  if (hasOthers(present.xml)) {
    const text = `the store gives rules of bucket ${ref.name} that it does not take back`;
    throw invalid(text, { code: 'RefusedByBackend', backend: 'minio' });
  }
  lacking.add(LIFECYCLE_UNSUPPORTED);
}

async function remove(options: Parts, ref: Ref, signal: AbortSignal): Promise<void> {
  const { calls } = options;
  const seen = await observe(options, ref, signal);
  if (isAbsent(seen) || !mayDelete(ref, seen, 'minio')) return;
  const walks = [createVersionWalk(calls, ref.name), createUploadWalk(calls, ref.name)];
  let fruitless = 0;
  for (let round = 0; round < ROUNDS.value && fruitless < FRUITLESS.value; round++) {
    let isFruitful = false;
    const held: Held = new Map();
    for (const walk of walks) {
      const emptied = await walk.run(signal);
      if (emptied.isFruitful) isFruitful = true;
      for (const [code, staying] of emptied.held) hold(held, code, staying);
    }
    if (held.size > 0) throw heldFault(ref, held);
    if (await calls.remove(ref.name, signal)) return;
    fruitless = isFruitful ? 0 : fruitless + 1;
  }
  throw conflict(`bucket ${ref.name} is still not empty`, { code: 'BucketNotEmpty', backend: 'minio' });
}

const MEANING: Readonly<Record<string, string>> = {
  [STILL_LISTED]: 'deleted, says the store, and still listed',
};

function heldFault(ref: Ref, held: Held): Fault {
  const objects = [...held].filter(([code]) => code !== NO_PROGRESS);
  if (objects.length === 0) {
    const text = `the listing of bucket ${ref.name} says that there is more and does not go on`;
    return unavailable(text, { code: 'NoProgress', backend: 'minio' });
  }
  const total = objects.reduce((sum, [, { count }]) => sum + count, 0);
  const reasons = objects.map(([code, { count, message }]) => {
    const told = message === undefined ? '' : `, the store says: ${message}`;
    return `${MEANING[code] ?? code} (${count}${told})`;
  });
  return conflict(`${total} objects of bucket ${ref.name} cannot be deleted: ${reasons.join(', ')}`, {
    code: 'ObjectsHeld',
    backend: 'minio',
  });
}
