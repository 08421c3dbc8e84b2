/**
 * What a tenant's keyspace should be, and the differences from what is seen. Pure; shared by the real provider and the embedded one.
 *
 * 1. Tables and columns of a version already reached that are missing are lost data; those of a later version are work to do.
 * 2. A schema newer than this release knows is no difference: an older release beside a newer one leaves it alone.
 */
import type { Absent, Change, Ref, SeenBase, Weakening } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { z } from 'zod';
import { differences, pointer, pointerParts } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { weakening, weighed } from '../edge/weakening.ts';
import { columnsAt, latestVersion, type Migration } from './tables.ts';

export interface KeyspaceSpec {
  /** Replicas by data centre. */
  readonly replication: Readonly<Record<string, number>>;
  readonly durableWrites: boolean;
  /** The migration up to which the base tables are brought. */
  readonly schemaVersion: number;
}

export interface KeyspaceSeen extends SeenBase {
  readonly replication: Readonly<Record<string, number>>;
  readonly durableWrites: boolean;
  /** 0: no migration was completed. */
  readonly schemaVersion: number;
  /** Columns by table; only the base tables. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Why base tables that others made cannot be ours, in words; absent for a keyspace of ours. */
  readonly misfits?: readonly string[];
}

/** @param replication the platform's, for a spec that names none. */
export const keyspaceSpec = (
  replication: Readonly<Record<string, number>>,
  migrations: readonly Migration[],
): z.ZodType<KeyspaceSpec> =>
  z.strictObject({
    replication: z
      .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), z.int().min(1).max(16))
      .refine((centres) => Object.keys(centres).length > 0, 'names no data centre')
      .default({ ...replication }),
    durableWrites: z.boolean().default(true),
    schemaVersion: z.int().min(1).max(latestVersion(migrations)).default(latestVersion(migrations)),
  }) as unknown as z.ZodType<KeyspaceSpec>;

export function planKeyspace(
  ref: Ref,
  spec: KeyspaceSpec,
  seen: KeyspaceSeen | Absent,
  migrations: readonly Migration[],
): readonly Change[] {
  if (isAbsent(seen)) return wholeChange(null, spec, 'data');
  if (seen.mark === 'none' || seen.mark === 'foreign') return wholeChange(seen.mark, spec, 'data');
  return [
    ...replicationChanges(seen.replication, spec.replication),
    ...weighed(differences('/durableWrites', seen.durableWrites, spec.durableWrites), ({ to }) =>
      to === false ? weakening('less-durable', 'let a crash lose writes that were acknowledged') : undefined,
    ),
    ...tableChanges(spec, seen, migrations),
    ...(seen.schemaVersion < spec.schemaVersion
      ? differences('/schemaVersion', seen.schemaVersion, spec.schemaVersion)
      : []),
    ...markChanges(ref, seen),
  ];
}

/** A keyspace of another strategy names it where data centres are named, and is changed as a whole. */
function replicationChanges(seen: Replication, wanted: Replication): readonly Change[] {
  const [strategy] = Object.keys(seen).filter((name) => name.endsWith('Strategy'));
  if (strategy !== undefined) {
    const change: Change = { path: '/replication', from: seen, to: wanted, weight: 'settings' };
    const copies = Object.values(wanted).reduce((sum, factor) => sum + factor, 0);
    const fewer = copies < (seen[strategy] ?? 0);
    return weighed([change], () => (fewer ? fewerCopies('the cluster', seen[strategy], copies) : undefined));
  }
  const changes = differences('/replication', seen, wanted);
  return weighed(changes, ({ path, from, to }) =>
    Number(to ?? 0) < Number(from ?? 0) ? fewerCopies(pointerParts(path)[1] ?? '', from, to) : undefined,
  );
}

type Replication = Readonly<Record<string, number>>;

const fewerCopies = (where: string, from: unknown, to: unknown): Weakening =>
  to === null
    ? weakening('fewer-replicas', `drop all ${from} copies of the data in ${where}`)
    : weakening('fewer-replicas', `keep ${to} instead of ${from} copies of the data in ${where}`);

function tableChanges(spec: KeyspaceSpec, seen: KeyspaceSeen, migrations: readonly Migration[]): readonly Change[] {
  const reached = columnsAt(migrations, seen.schemaVersion === 0 ? 1 : seen.schemaVersion);
  const changes: Change[] = [];
  for (const [name, columns] of columnsAt(migrations, Math.max(spec.schemaVersion, seen.schemaVersion))) {
    const present = seen.tables[name];
    if (present === undefined) {
      const weight = reached.has(name) ? 'data' : 'settings';
      changes.push({ path: `/tables${pointer(name)}`, from: null, to: 'table', weight });
      continue;
    }
    for (const column of columns.filter((wanted) => !present.includes(wanted))) {
      const weight = reached.get(name)?.includes(column) ? 'data' : 'settings';
      changes.push({ path: `/tables${pointer(name, 'columns', column)}`, from: null, to: 'column', weight });
    }
  }
  return changes;
}
