/**
 * What a tenant's index should be, and the differences from what is seen. Pure; shared by the real provider and the embedded one.
 *
 * 1. What cannot be changed in place (a field's type, an analyser) is no difference but a note: it needs a new index.
 * 2. Fields, aliases and settings that are not ours are left alone.
 * 3. An index that is closed or blocked is none that clients can use: each block is a difference (`/blocks/...`, `/open`). What
 *    the cluster itself will undo, a full disk or a missing node, is one too, and waited for.
 * 4. Where the cluster has no lifecycle policies, a series that is due is rolled over and cut by the mesh: being due is a
 *    difference like any other (`/lifecycle/due/...`), and rolling over is its repair.
 */
import type { Absent, Change, Ref, SeenBase, Weakening } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { z } from 'zod';
import { differences, pointer, pointerParts } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { isLess, weakening, weighed } from '../edge/weakening.ts';
import { aliasesOf, shapeOf } from './names.ts';
import type { FieldType } from './shapes.ts';

/** Of a series; of no meaning for a single index. */
export interface Lifecycle {
  readonly rolloverAfterDays: number;
  readonly rolloverAfterGigabytes: number;
  /** Counted from the rollover; null: never. */
  readonly deleteAfterDays: number | null;
}

/** What the cluster's policy says of a series. A time may be no whole day; null: nothing is rolled over, or deleted, for that reason. */
export interface PolicyLifecycle {
  readonly rolloverAfterDays: number | null;
  readonly rolloverAfterGigabytes: number | null;
  readonly deleteAfterDays: number | null;
}

export interface IndexSpec {
  /** Seconds until a document can be found. */
  readonly refreshSeconds: number;
  readonly lifecycle: Lifecycle;
}

export interface BackingIndex {
  readonly index: string;
  /** Whole days since it was rolled over; null for the one that is written to. */
  readonly rolledDays: number | null;
  /** It was made without our analyser, which only a new index can get. */
  readonly isPlain?: true;
}

export interface IndexSeen extends SeenBase {
  readonly tier: string;
  /** null: the server's own default. */
  readonly refreshSeconds: number | null;
  /** `0-1`: as many copies as the cluster can place, up to one. */
  readonly replicas: string;
  /** Those of the contract that point at every index. */
  readonly aliases: readonly string[];
  /** Types of the contract's fields that are there. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether fields that nobody named are indexed, of the first index that differs: `false` is wanted. */
  readonly dynamic: string;
  /** Whether the cluster's policy rolls over each index of a series; always true without policies. */
  readonly managed: boolean;
  /** Oldest first; one for a single index. */
  readonly indices: readonly BackingIndex[];
  /** Of the index that is written to. Documents and bytes are looked at from its second day on. */
  readonly writeIndex: { readonly ageDays: number; readonly documents: number; readonly bytes: number };
  /** What the cluster's policy says; null: none. `mesh`: the cluster has no policies. */
  readonly policy: PolicyLifecycle | null | 'mesh';
  /** Whether successors in a series are made like the first; always true for a single index and without policies. */
  readonly hasTemplate: boolean;
  /** What keeps clients from using it: the indices by block (`closed`, `write`, `read`, ...). */
  readonly blocks?: Readonly<Record<string, readonly string[]>>;
  /** Indices that have a primary which no node holds. */
  readonly unassigned?: readonly string[];
  /** Of what others made: why it has not the form that it should have. */
  readonly misfits?: readonly string[];
}

/** No tenant can fill the cluster's state with names of fields. */
export const NOT_DYNAMIC = 'false';
/** One copy where there is a second node for it, none on one node. */
export const REPLICAS = '0-1';
/** Told among the blocks, as the cluster itself does. */
export const CLOSED = 'closed';
/** Set by the cluster where a disk is full, and taken away by it once there is room. */
export const DISK_FULL = 'read_only_allow_delete';
const GIGABYTE = 1024 ** 3;

const days = (shipped: number) => z.int().min(1).max(36_500).default(shipped);

export const indexSpec = z.strictObject({
  refreshSeconds: z.int().min(1).max(3600).default(1),
  lifecycle: z
    .strictObject({
      rolloverAfterDays: days(30),
      rolloverAfterGigabytes: z.int().min(1).max(200).default(10),
      deleteAfterDays: z.int().min(1).max(36_500).nullable().default(90),
    })
    .prefault({}),
}) as unknown as z.ZodType<IndexSpec>;

export function planIndex(ref: Ref, spec: IndexSpec, seen: IndexSeen | Absent): readonly Change[] {
  if (isAbsent(seen)) return wholeChange(null, spec, 'data');
  if (seen.mark !== 'ours') return wholeChange(seen.mark, spec, 'data');
  const shape = shapeOf(ref);
  const wanted = aliasesOf(ref, shape);
  return [
    ...useChanges(seen),
    ...differences('/refreshSeconds', seen.refreshSeconds, spec.refreshSeconds),
    ...weighed(differences('/replicas', seen.replicas, REPLICAS), fewerReplicas),
    ...differences('/dynamic', seen.dynamic, NOT_DYNAMIC),
    ...fieldChanges(shape.fields, seen),
    ...wanted
      .filter((alias) => !seen.aliases.includes(alias))
      .map((alias) => settings(`/aliases${pointer(alias)}`, null, 'points here')),
    ...(shape.form === 'series' ? lifecycleChanges(spec.lifecycle, seen) : []),
    ...differences('/tier', seen.tier, ref.tier),
    ...markChanges(ref, seen),
  ];
}

const useChanges = ({ blocks = {}, unassigned = [] }: IndexSeen): readonly Change[] => [
  ...Object.entries(blocks).map(([block, indices]) =>
    block === CLOSED ? settings('/open', indices, 'open') : settings(`/blocks${pointer(block)}`, indices, null),
  ),
  ...(unassigned.length === 0 ? [] : [settings('/shards', unassigned, 'held by a node')]),
];

const settings = (path: string, from: unknown, to: unknown): Change => ({ path, from, to, weight: 'settings' });

const fieldChanges = (fields: Readonly<Record<string, FieldType>>, seen: IndexSeen): readonly Change[] =>
  Object.entries(fields)
    .filter(([name]) => seen.fields[name] === undefined)
    .map(([name, type]) => settings(`/fields${pointer(name)}`, null, type));

/** As many copies as are asked for where there is room: `0-1`, `1-all`, or a number of their own. */
const copiesIn = (replicas: unknown): number => {
  const most = String(replicas).split('-').at(-1) ?? '';
  return most === 'all' ? Number.POSITIVE_INFINITY : Number(most);
};

const fewerReplicas = ({ from, to }: Change): Weakening | undefined =>
  copiesIn(to) < copiesIn(from)
    ? weakening('fewer-replicas', `keep ${to} instead of ${from} copies beside the first`)
    : undefined;

/** What is deleted is counted from the rollover, so that an earlier one shortens the life of a document too. */
function shorterLife({ path, from, to }: Change, { deleteAfterDays }: Lifecycle): Weakening | undefined {
  if (deleteAfterDays === null) return undefined;
  const [, field] = pointerParts(path);
  if (field === undefined)
    return from === null
      ? weakening('shorter-retention', `delete indices ${deleteAfterDays} days after their rollover, which stay now`)
      : undefined;
  if (!isLess({ from, to })) return undefined;
  return field === 'deleteAfterDays'
    ? weakening('shorter-retention', `delete indices ${to} days after their rollover, ${from ?? 'never'} now`)
    : weakening(
        'shorter-retention',
        `roll indices over, and so delete them, earlier: ${field} ${to}, ${from ?? 'never'} now`,
      );
}

const managedAgain = ({ deleteAfterDays }: Lifecycle): Weakening | undefined =>
  deleteAfterDays === null
    ? undefined
    : weakening(
        'shorter-retention',
        'put indices that were taken out of the policy under it again, which deletes them',
      );

function lifecycleChanges(wanted: Lifecycle, seen: IndexSeen): readonly Change[] {
  if (seen.policy !== 'mesh') {
    return [
      ...weighed(differences('/lifecycle', seen.policy, wanted), (change) => shorterLife(change, wanted)),
      ...(seen.managed ? [] : weighed([settings('/managed', false, true)], () => managedAgain(wanted))),
      ...(seen.hasTemplate ? [] : [settings('/template', null, 'makes successors')]),
    ];
  }
  const { ageDays, documents, bytes } = seen.writeIndex;
  const old = ageDays >= wanted.rolloverAfterDays || bytes >= wanted.rolloverAfterGigabytes * GIGABYTE;
  return [
    ...(old && documents > 0 ? [settings('/lifecycle/due/rollover', `${ageDays} days`, 'rolled over')] : []),
    ...expired(wanted, seen).map(({ index, rolledDays }) =>
      settings(`/lifecycle/due${pointer(index)}`, `rolled over ${rolledDays} days ago`, null),
    ),
  ];
}

/** Indices of a series whose time is over. */
export const expired = ({ deleteAfterDays }: Lifecycle, seen: IndexSeen): readonly BackingIndex[] =>
  deleteAfterDays === null
    ? []
    : seen.indices.filter(({ rolledDays }) => rolledDays !== null && rolledDays >= deleteAfterDays);
