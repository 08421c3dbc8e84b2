/**
 * What is there of a tenant's indices, as the provider's view. Changes nothing.
 *
 * O1. A series is what carries its name and six digits or is reached through its write alias. It is ours if an index of it
 *     carries our mark and none carries another tenant's; indices of it without a mark are told and left alone, but for those to
 *     which somebody rolled one of ours over.
 * O2. What nobody has marked is seen as it would be if it were ours, so that a plan can tell what an adoption would change. An
 *     index whose mark says `adopting` holds back the rest: until that is gone none of them is ours.
 * O3. All of ours are seen in one listing, whatever their number, with one more for contents, two for policies, and one for shards
 *     while the cluster is red.
 * O4. A cluster that is bringing shards of a resource back has told nothing of it yet: it is away for that resource, and nothing differs.
 */
import { ABSENT, type Absent, type Mark, type Ref, type Scope, type SeenBase } from '@leasehold/engine';
import { markOf } from '../edge/ownership.ts';
import type { Cluster } from './abilities.ts';
import type { ElasticsearchClient } from './client.ts';
import { inTheWay } from './in-the-way.ts';
import { type Content, type FoundIndex, type Makers, readContents, readIndices, readMakers } from './listing.ts';
import { type IndexMark, isAdoptingMeta } from './mark.ts';
import { aliasesOf, firstIndex, isOfSeries, resourceOf, shapeOf, successor } from './names.ts';
import { ALL_HELD, readPrimaries, recoveringFault } from './primaries.ts';
import { ANALYSER, FOLDING, type IndexShape } from './shapes.ts';
import { type BackingIndex, CLOSED, type IndexSeen, NOT_DYNAMIC } from './spec.ts';

export interface ObservationOptions {
  readonly client: ElasticsearchClient;
  readonly cluster: Cluster;
}

type Look = Pick<Scope, 'clock' | 'signal'>;

const DAY_MS = 86_400_000;
const daysSince = (nowMs: number, atMs: number): number => Math.max(0, Math.floor((nowMs - atMs) / DAY_MS));

const isAged = (found: FoundIndex, nowMs: number): boolean => daysSince(nowMs, found.createdAtMs) >= 1;

export async function observeIndex(options: ObservationOptions, ref: Ref, look: Look): Promise<IndexSeen | Absent> {
  const { client, cluster } = options;
  const { signal, clock } = look;
  const shape = shapeOf(ref);
  const series = shape.form === 'series';
  const { policies } = await cluster.abilities(signal);
  const [all, makers] = await Promise.all([
    underNames(options, ref, signal),
    series && policies ? readMakers(client, ref.name, signal) : undefined,
    cluster.look(look),
  ]);
  const found = all.filter((one) => belongs(one, ref.name));
  const last = found.at(-1);
  const contents =
    series && !policies && last !== undefined && isAged(last, clock.now())
      ? await readContents(client, last.index, signal)
      : new Map<string, Content>();
  const { lost, recovering } =
    cluster.isRed() && found.length > 0
      ? await readPrimaries(
          client,
          found.map(({ index }) => index),
          signal,
        )
      : ALL_HELD;
  if (recovering.size > 0) throw recoveringFault([...recovering]);
  return seenOf(ref, shape, { all, found }, { makers, contents, red: lost, nowMs: clock.now() });
}

/** Whatever the names of a resource lead to: its own, its aliases', its series'. */
function underNames(
  { client }: Pick<ObservationOptions, 'client'>,
  ref: Ref,
  signal: AbortSignal,
): Promise<readonly FoundIndex[]> {
  const shape = shapeOf(ref);
  const names = shape.form === 'series' ? [ref.name, `${ref.name}-*`] : [ref.name, ...aliasesOf(ref, shape)];
  return readIndices(client, names.join(','), signal);
}

/** Whatever is under the name of a resource, whoever made it. */
export const foundOf = async (
  options: Pick<ObservationOptions, 'client'>,
  ref: Ref,
  signal: AbortSignal,
): Promise<readonly FoundIndex[]> => (await underNames(options, ref, signal)).filter((one) => belongs(one, ref.name));

const belongs = ({ index, aliases }: FoundIndex, name: string): boolean =>
  index === name || (isOfSeries(index, name) && shapeOf({ name }).form === 'series') || Object.hasOwn(aliases, name);

export async function* observeIndices(
  options: ObservationOptions,
  kind: string,
  look: Look,
): AsyncGenerator<readonly [Ref, IndexSeen]> {
  const { client, cluster } = options;
  const { signal, clock } = look;
  const { policies } = await cluster.abilities(signal);
  const [all, makers] = await Promise.all([
    readIndices(client, '*', signal),
    policies ? readMakers(client, undefined, signal) : undefined,
    cluster.look(look),
  ]);
  const nowMs = clock.now();
  const contents =
    !policies && all.some((one) => one.mark !== undefined && isAged(one, nowMs))
      ? await readContents(client, '*', signal)
      : new Map<string, Content>();
  // What is only coming back differs here too, so that whoever lists asks for a look of its own, which says so.
  const { lost, recovering } = cluster.isRed() ? await readPrimaries(client, ['*'], signal) : ALL_HELD;
  const red = lost.union(recovering);
  const byName = new Map<string, { readonly mark: IndexMark; readonly found: FoundIndex[] }>();
  for (const one of all) {
    const name = one.mark && resourceOf(one.index, one.mark.tenantId);
    if (one.mark === undefined || name === undefined) continue;
    const group = byName.get(name) ?? { mark: one.mark, found: [] };
    group.found.push(one);
    byName.set(name, group);
  }
  for (const [name, { mark }] of byName) {
    const { tenantId, generation, tier } = mark;
    const ref: Ref = { kind, name, tenantId, generation, tier };
    const found = all.filter((one) => belongs(one, name));
    const seen = seenOf(ref, shapeOf(ref), { all, found }, { makers, contents, red, nowMs });
    if (!('absent' in seen) && seen.mark === 'ours')
      yield [{ ...ref, generation: seen.generation ?? generation }, seen];
  }
}

const isAdopting = ({ meta }: FoundIndex): boolean => isAdoptingMeta(meta);

interface Context {
  /** undefined: the cluster has no policies, or a single index needs none. */
  readonly makers: Makers | undefined;
  readonly contents: ReadonlyMap<string, Content>;
  /** Indices that have a primary which no node holds. */
  readonly red: ReadonlySet<string>;
  readonly nowMs: number;
}

interface There {
  readonly all: readonly FoundIndex[];
  readonly found: readonly FoundIndex[];
}

function seenOf(
  ref: Ref,
  shape: IndexShape,
  { all, found }: There,
  { makers, contents, red, nowMs }: Context,
): IndexSeen | Absent {
  const policy = makers?.policies.get(ref.name);
  const template = makers?.templates.get(ref.name);
  const taken = makersMark(ref, [policy, template]);
  if (found.length === 0 && taken === 'ours')
    return { ...ABSENT, ...others(ref, shape, { all, ours: [], aliases: [] }) };
  const mark = taken === 'ours' ? groupMark(ref, found) : taken;
  const marked = withSuccessors(ref, found);
  const ours = mark === 'none' ? found : marked;
  const last = ours.find(({ aliases }) => aliases[ref.name]) ?? ours.at(-1);
  const generations = marked.map((one) => one.mark?.generation ?? 0);
  const ageDays = last === undefined ? 0 : daysSince(nowMs, last.createdAtMs);
  const content = (last && contents.get(last.index)) ?? { documents: 0, bytes: 0 };
  const series = shape.form === 'series';
  const aliases = aliasesOf(ref, shape).filter((alias) =>
    series ? last?.aliases[alias] === true : last?.aliases[alias] !== undefined,
  );
  return {
    mark,
    ...(marked.length === 0 ? {} : { generation: Math.max(...generations) }),
    tier: ours.every((one) => one.mark !== undefined) ? (last?.mark?.tier ?? '') : '',
    refreshSeconds: last?.refreshSeconds ?? null,
    replicas: last?.replicas ?? '',
    aliases,
    fields: Object.fromEntries(
      Object.entries(last?.fields ?? {}).filter(([name]) => Object.hasOwn(shape.fields, name)),
    ),
    dynamic: ours.find(({ dynamic }) => dynamic !== NOT_DYNAMIC)?.dynamic ?? NOT_DYNAMIC,
    managed: !series || makers === undefined || ours.every((one) => one.policy === ref.name),
    indices: backing(ours, last, nowMs),
    writeIndex: { ageDays, ...content },
    policy: !series || makers === undefined ? 'mesh' : (policy?.lifecycle ?? null),
    hasTemplate:
      !series || makers === undefined || [template?.mark, template?.gives].every((one) => markOf(one, ref) === 'ours'),
    notes: notesOf(shape, found, ours, last),
    ...unusable(ours, last, red),
    ...(mark === 'foreign'
      ? {}
      : others(ref, shape, { all, ours: marked, aliases: mark === 'ours' ? aliases : [] }, makers)),
    ...(mark === 'none' ? { misfits: misfitsOf(ref, shape, found) } : {}),
  };
}

/** @param aliases those that lead to ours */
function others(
  ref: Ref,
  shape: IndexShape,
  {
    all,
    ours,
    aliases,
  }: { readonly all: readonly FoundIndex[]; readonly ours: readonly FoundIndex[]; readonly aliases: readonly string[] },
  makers?: Makers,
): Pick<SeenBase, 'inTheWay'> {
  const missing = aliasesOf(ref, shape).filter((alias) => !aliases.includes(alias));
  const found = [...inTheWay(ref, shape, { all, ours, missing }), ...makersOf(ref, makers)];
  return found.length === 0 ? {} : { inTheWay: found };
}

/** Others' policy and template, which the resource's name alone does not tell from an index. */
const makersOf = (ref: Ref, makers: Makers | undefined): readonly string[] => [
  ...(isOthers(makers?.policies.get(ref.name), ref) ? [`lifecycle policy ${ref.name}`] : []),
  ...(isOthers(makers?.templates.get(ref.name), ref) ? [`index template ${ref.name}`] : []),
];

const isOthers = (one: { readonly mark: IndexMark | undefined } | undefined, ref: Ref): boolean =>
  one !== undefined && markOf(one.mark, ref) !== 'ours';

/** What a series has left behind is searched, not written to: these keep nobody from that. */
const HARMLESS_BEHIND: readonly string[] = ['write', 'read_only_allow_delete'];

/** Why clients cannot use it, though it is there. */
function unusable(
  ours: readonly FoundIndex[],
  last: FoundIndex | undefined,
  red: ReadonlySet<string>,
): Pick<IndexSeen, 'blocks' | 'unassigned'> {
  const blocked = ours.flatMap((one) =>
    [...(one.isClosed ? [CLOSED] : []), ...one.blocks]
      .filter((block) => one === last || !HARMLESS_BEHIND.includes(block))
      .map((block) => ({ block, index: one.index })),
  );
  const blocks = [...Map.groupBy(blocked, ({ block }) => block)].map(
    ([block, indices]) => [block, indices.map(({ index }) => index)] as const,
  );
  const unassigned = ours.map(({ index }) => index).filter((index) => red.has(index));
  return {
    ...(blocks.length === 0 ? {} : { blocks: Object.fromEntries(blocks) }),
    ...(unassigned.length === 0 ? {} : { unassigned }),
  };
}

function groupMark(ref: Ref, found: readonly FoundIndex[]): Mark {
  const marks = found.map(({ mark }) => markOf(mark, ref));
  if (marks.includes('foreign')) return 'foreign';
  return marks.includes('ours') && !found.some(isAdopting) ? 'ours' : 'none';
}

/**
 * The tenant's indices by their mark, and what one of them was rolled over to by hand: it has the next name, no mark, and took over
 * the write alias, which the cluster gives to nothing else by itself. It holds what the tenant has written since.
 */
function withSuccessors(ref: Ref, found: readonly FoundIndex[]): readonly FoundIndex[] {
  const ours = new Set(found.filter((one) => one.mark?.tenantId === ref.tenantId));
  if (shapeOf(ref).form !== 'series' || ours.size === 0) return [...ours];
  for (const one of found) {
    if (one.mark !== undefined || isAdopting(one) || !Object.hasOwn(one.aliases, ref.name)) continue;
    const isNext = ({ index, aliases }: FoundIndex): boolean =>
      isOfSeries(index, ref.name) && Object.hasOwn(aliases, ref.name) && successor(index, ref.name) === one.index;
    if ([...ours].some(isNext)) ours.add(one);
  }
  return found.filter((one) => ours.has(one));
}

/** Policy and template count as one with the indices; what is not there stands in nobody's way. */
function makersMark(ref: Ref, makers: readonly ({ readonly mark: IndexMark | undefined } | undefined)[]): Mark {
  const marks = makers.filter((one) => one !== undefined).map(({ mark }) => markOf(mark, ref));
  return marks.includes('foreign') ? 'foreign' : marks.includes('none') ? 'none' : 'ours';
}

/** Why what others made has not the form that the contract gives it. */
function misfitsOf(ref: Ref, shape: IndexShape, found: readonly FoundIndex[]): readonly string[] {
  const fits = ({ index }: FoundIndex) =>
    shape.form === 'series' ? isOfSeries(index, ref.name) : index === firstIndex(ref, shape);
  const wanted = shape.form === 'series' ? `${ref.name}-000001 or a later number behind the alias` : 'an index';
  return found.filter((one) => !fits(one)).map(({ index }) => `${index} is there, where ${wanted} ${ref.name} belongs`);
}

/** An index of a series was rolled over when its successor was made. */
const backing = (ours: readonly FoundIndex[], last: FoundIndex | undefined, nowMs: number): readonly BackingIndex[] =>
  ours.map((one, place) => {
    const next = ours[place + 1];
    const rolledDays = one === last || !next ? null : daysSince(nowMs, next.createdAtMs);
    return { index: one.index, rolledDays, ...(one.analysers.includes(ANALYSER) ? {} : { isPlain: true as const }) };
  });

function notesOf(
  shape: IndexShape,
  found: readonly FoundIndex[],
  ours: readonly FoundIndex[],
  last: FoundIndex | undefined,
): readonly string[] {
  if (last === undefined) return [];
  const differing = Object.entries(shape.fields).filter(
    ([name, type]) => last.fields[name] !== undefined && last.fields[name] !== type,
  );
  return [
    ...differing.map(
      ([name]) => `FieldTypeDiffers: ${name} is ${last.fields[name]}, which only a new index can change`,
    ),
    ...(last.filters.includes(FOLDING) || !Object.values(shape.fields).includes('text') ? [] : ['FoldingUnsupported']),
    ...(found.length > ours.length ? ['UnmarkedIndices: left alone'] : []),
  ];
}
