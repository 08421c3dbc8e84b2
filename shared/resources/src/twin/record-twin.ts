/**
 * An embedded provider whose objects are durable JSON records: what the twins of buckets and namespaces share. A kind hands in
 * its plan, how a record is seen and what a record becomes; where records live is a `Place`.
 *
 * R1. A record is there whole or not at all, mark included, so that nothing is ever half made.
 * R2. The rules of mark, generation and name are those of the real provider.
 */
import {
  ABSENT,
  type Absent,
  type Change,
  isAbsent,
  type Outputs,
  type Provider,
  type Ref,
  type Scope,
  type SeenBase,
} from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import type { ZodType } from 'zod';
import { touches } from '../edge/difference.ts';
import { markOf, mayAdopt, mayChange, mayDelete, type Owner, vanished } from '../edge/ownership.ts';
import type { Disk } from './disk.ts';

export interface TwinRecord<State> extends Owner {
  readonly tier: string;
  readonly state: State;
}

/** `undefined` from `read`: nothing there; `null`: something that is not ours. */
export interface Place {
  names(): Promise<readonly string[]>;
  read(name: string): Promise<string | null | undefined>;
  /** @returns false where the name is taken. */
  create(name: string, text: string): Promise<boolean>;
  replace(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface TwinShape<Spec, Seen extends SeenBase, State> {
  readonly kind: string;
  readonly backend: string;
  readonly holdsData: boolean;
  readonly hasAccess: boolean;
  readonly spec: ZodType<Spec>;
  readonly plan: (ref: Ref, spec: Spec, seen: Seen | Absent) => readonly Change[];
  /** `undefined`: the record of something that is not ours. */
  readonly view: (record: TwinRecord<State> | undefined) => Omit<Seen, 'mark' | 'generation'>;
  /** The state with the changes made; from `undefined` all of it. */
  readonly next: (spec: Spec, changes: readonly Change[], before: State | undefined, ref: Ref) => State;
  readonly outputs: (ref: Ref, spec: Spec) => Outputs;
  /** What an object that others made is taken to be; absent: it cannot be adopted. */
  readonly bare?: State;
  /** @throws Invalid for a name that the real backend would refuse. */
  readonly checkName: (name: string) => void;
}

export function createRecordTwin<Spec, Seen extends SeenBase, State>(
  disk: Disk,
  place: Place,
  shape: TwinShape<Spec, Seen, State>,
): Provider<Spec, Seen> {
  const load = async (name: string, signal: AbortSignal): Promise<TwinRecord<State> | null | undefined> => {
    const text = await disk.read('read-record', signal, () => place.read(name));
    return text === undefined || text === null ? text : parse<State>(text);
  };
  const seenOf = (record: TwinRecord<State> | undefined, ref: Ref): Seen => {
    const generation = record === undefined ? {} : { generation: record.generation };
    return { ...shape.view(record), mark: markOf(record, ref), ...generation } as unknown as Seen;
  };
  const observe = async (ref: Ref, { signal }: Scope): Promise<Seen | Absent> => {
    shape.checkName(ref.name);
    const record = await load(ref.name, signal);
    return record === undefined ? ABSENT : seenOf(record ?? undefined, ref);
  };
  const ensure = async (ref: Ref, spec: Spec, changes: readonly Change[], { signal }: Scope): Promise<void> => {
    const whole = changes.some((change) => change.path === '');
    const recordWith = (due: readonly Change[], before?: TwinRecord<State>) => {
      const marks = before === undefined || touches(due, '/tier', '/tags', '/generation');
      return JSON.stringify({ ...ownerOf(marks ? ref : before), state: shape.next(spec, due, before?.state, ref) });
    };
    await disk.change('write-record', ref.name, signal, async () => {
      if (whole && (await place.create(ref.name, recordWith(changes)))) return;
      const text = await place.read(ref.name);
      if (text === undefined) throw vanished(ref, shape.backend);
      const record = text === null ? undefined : parse<State>(text);
      const seen = seenOf(record ?? undefined, ref);
      mayChange(ref, seen, shape.backend);
      const due = whole ? shape.plan(ref, spec, seen) : changes;
      await place.replace(ref.name, recordWith(due, record ?? undefined));
    });
  };
  return {
    kind: shape.kind,
    backend: shape.backend,
    holdsData: shape.holdsData,
    hasAccess: shape.hasAccess,
    embedded: true,
    spec: shape.spec,
    bounds: {
      timeoutMs: bound('embedded-record-ms', 10_000),
      parallelism: bound('embedded-record-parallelism', 8),
      ceiling: undefined,
    },
    plan: shape.plan,
    observe,
    listNames: ({ signal }) => disk.read('list-records', signal, () => place.names()),
    async *observeAll({ signal }) {
      for (const name of await disk.read('list-records', signal, () => place.names())) {
        const record = await load(name, signal);
        if (record === undefined || record === null) continue;
        const { tenantId, generation, tier } = record;
        const ref = { kind: shape.kind, name, tenantId, generation, tier };
        yield [ref, seenOf(record, ref)];
      }
    },
    async ensure(ref, spec, changes, scope) {
      shape.checkName(ref.name);
      if (changes.length > 0) await ensure(ref, spec, changes, scope);
      return shape.outputs(ref, spec);
    },
    ...adoption(disk, place, shape, seenOf),
    async delete(ref, scope) {
      const seen = await observe(ref, scope);
      if (isAbsent(seen) || !mayDelete(ref, seen, shape.backend)) return;
      await disk.change('remove-record', ref.name, scope.signal, () => place.remove(ref.name));
    },
  };
}

/** The record of what others made, which has none: the mark, and the settings that it is taken to have. */
function adoption<Spec, Seen extends SeenBase, State>(
  disk: Disk,
  place: Place,
  { backend, bare, checkName }: TwinShape<Spec, Seen, State>,
  seenOf: (record: TwinRecord<State> | undefined, ref: Ref) => Seen,
): Pick<Provider<Spec, Seen>, 'adopt'> {
  if (bare === undefined) return {};
  const adopt = async (ref: Ref, { signal }: Scope): Promise<void> => {
    checkName(ref.name);
    await disk.change('write-record', ref.name, signal, async () => {
      const text = await place.read(ref.name);
      if (text === undefined) throw vanished(ref, backend);
      const record = text === null ? undefined : (parse<State>(text) ?? undefined);
      if (!mayAdopt(ref, seenOf(record, ref), backend)) return;
      await place.replace(ref.name, JSON.stringify({ ...ownerOf(ref), state: bare }));
    });
  };
  return { adopt };
}

const ownerOf = ({ tenantId, generation, tier }: Owner & { readonly tier: string }) => ({ tenantId, generation, tier });

/** null: a record that we did not write. */
function parse<State>(text: string): TwinRecord<State> | null {
  try {
    const record = JSON.parse(text) as TwinRecord<State>;
    return typeof record.tenantId === 'string' && Number.isSafeInteger(record.generation) ? record : null;
  } catch {
    return null;
  }
}
