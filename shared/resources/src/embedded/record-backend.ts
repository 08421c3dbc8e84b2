/**
 * An embedded provider whose objects are durable JSON records: what the embedded backends of buckets and namespaces share. A kind hands in
 * its plan, how a record is seen and what a record becomes; where records live is a `Place`.
 *
 * R1. A record is there whole or not at all, mark included, so that nothing is ever half made.
 * R2. The rules of mark, generation and name are those of the real provider.
 * R3. A deletion that failed half-way is finished by the next, though nothing is seen under the name any more.
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

export interface EmbeddedRecord<State> extends Owner {
  readonly tier: string;
  readonly state: State;
  /** Others made it. */
  readonly adopted?: true;
}

/** `undefined` from `read`: nothing there; `null`: something that is not ours. */
export interface Place {
  names(): Promise<readonly string[]>;
  read(name: string): Promise<string | null | undefined>;
  /** @returns false where the name is taken. */
  create(name: string, text: string): Promise<boolean>;
  replace(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes what an earlier `remove` could not to the end. */
  removeRemains(name: string): Promise<void>;
}

/** A record, or what is told of an object that has none. */
export type Viewed<State> = Omit<EmbeddedRecord<State>, keyof Owner> & Partial<Owner>;

export interface EmbeddedShape<Spec, Seen extends SeenBase, State> {
  readonly kind: string;
  readonly backend: string;
  readonly holdsData: boolean;
  readonly hasAccess: boolean;
  /** See `Provider`. */
  readonly isGrantUnsaid?: true;
  readonly spec: ZodType<Spec>;
  readonly plan: (ref: Ref, spec: Spec, seen: Seen | Absent) => readonly Change[];
  readonly view: (record: Viewed<State>) => Omit<Seen, 'mark' | 'generation'>;
  /** The state with the changes made; from `undefined` all of it. */
  readonly next: (spec: Spec, changes: readonly Change[], before: State | undefined, ref: Ref) => State;
  readonly outputs: (ref: Ref, spec: Spec) => Outputs;
  /** What an object that others made is taken to be, from the text of its file, if it has one of its own. */
  readonly bare: (text: string | null) => State;
  /** See `Provider`. */
  readonly unfit?: (ref: Ref, spec: Spec, seen: Seen) => readonly string[];
  /** @throws Invalid for a name that the real backend would refuse. */
  readonly checkName: (name: string) => void;
}

export function createRecordBackend<Spec, Seen extends SeenBase, State>(
  disk: Disk,
  place: Place,
  shape: EmbeddedShape<Spec, Seen, State>,
): Provider<Spec, Seen> {
  const load = (name: string, signal: AbortSignal) => disk.read('read-record', signal, () => place.read(name));
  const seenOf = (text: string | null, ref: Ref): Seen => {
    const record = parse<State>(text);
    const viewed = record ?? { tier: '', state: shape.bare(text) };
    return { ...shape.view(viewed), ...markIn(record, ref) } as unknown as Seen;
  };
  const observe = async (ref: Ref, { signal }: Scope): Promise<Seen | Absent> => {
    shape.checkName(ref.name);
    const text = await load(ref.name, signal);
    return text === undefined ? ABSENT : seenOf(text, ref);
  };
  const ensure = async (ref: Ref, spec: Spec, changes: readonly Change[], { signal }: Scope): Promise<void> => {
    const whole = changes.some((change) => change.path === '');
    const recordWith = (due: readonly Change[], before?: EmbeddedRecord<State>) => {
      const marks = before === undefined || touches(due, '/tier', '/tags', '/generation');
      const adopted = before?.adopted ? { adopted: true } : {};
      return JSON.stringify({
        ...ownerOf(marks ? ref : before),
        ...adopted,
        state: shape.next(spec, due, before?.state, ref),
      });
    };
    await disk.change('write-record', ref.name, signal, async () => {
      if (whole && (await place.create(ref.name, recordWith(changes)))) return;
      const text = await place.read(ref.name);
      if (text === undefined) throw vanished(ref, shape.backend);
      const seen = seenOf(text, ref);
      mayChange(ref, seen, shape.backend);
      const due = whole ? shape.plan(ref, spec, seen) : changes;
      await place.replace(ref.name, recordWith(due, parse<State>(text)));
    });
  };
  return {
    kind: shape.kind,
    backend: shape.backend,
    holdsData: shape.holdsData,
    hasAccess: shape.hasAccess,
    ...(shape.isGrantUnsaid ? { isGrantUnsaid: true } : {}),
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
        const text = await load(name, signal);
        const record = parse<State>(text);
        if (text === undefined || record === undefined) continue;
        const ref = { kind: shape.kind, name, ...ownerOf(record) };
        yield [ref, seenOf(text, ref)];
      }
    },
    async ensure(ref, spec, changes, scope) {
      shape.checkName(ref.name);
      if (changes.length > 0) await ensure(ref, spec, changes, scope);
      return shape.outputs(ref, spec);
    },
    adopt: (ref, _spec, { signal }) => adopt(disk, place, shape, { ref, seenOf }, signal),
    ...(shape.unfit === undefined ? {} : { unfit: shape.unfit }),
    async delete(ref, scope) {
      const seen = await observe(ref, scope);
      if (!isAbsent(seen) && !mayDelete(ref, seen, shape.backend)) return;
      const remove = isAbsent(seen) ? place.removeRemains : place.remove;
      await disk.change('remove-record', ref.name, scope.signal, () => remove(ref.name));
    },
  };
}

/** The record of what others made, which has none: the mark, and the settings that it is taken to have. */
async function adopt<Spec, Seen extends SeenBase, State>(
  disk: Disk,
  place: Place,
  { backend, bare, checkName }: EmbeddedShape<Spec, Seen, State>,
  { ref, seenOf }: { readonly ref: Ref; readonly seenOf: (text: string | null, ref: Ref) => Seen },
  signal: AbortSignal,
): Promise<void> {
  checkName(ref.name);
  await disk.change('write-record', ref.name, signal, async () => {
    const text = await place.read(ref.name);
    if (text === undefined) throw vanished(ref, backend);
    if (!mayAdopt(ref, seenOf(text, ref), backend)) return;
    await place.replace(ref.name, JSON.stringify({ ...ownerOf(ref), adopted: true, state: bare(text) }));
  });
}

const markIn = (
  record: Pick<EmbeddedRecord<unknown>, 'tenantId' | 'generation' | 'adopted'> | undefined,
  ref: Ref,
): SeenBase => ({
  mark: markOf(record, ref),
  ...(record === undefined ? {} : { generation: record.generation }),
  ...(record?.adopted ? { adopted: true } : {}),
});

const ownerOf = ({ tenantId, generation, tier }: Owner & { readonly tier: string }) => ({ tenantId, generation, tier });

/** undefined: not a record that we wrote. */
function parse<State>(text: string | null | undefined): EmbeddedRecord<State> | undefined {
  const record = objectIn(text) as unknown as EmbeddedRecord<State>;
  return typeof record.tenantId === 'string' && Number.isSafeInteger(record.generation) ? record : undefined;
}

/** The fields of a JSON object; none where it is something else. */
export function objectIn(text: string | null | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
