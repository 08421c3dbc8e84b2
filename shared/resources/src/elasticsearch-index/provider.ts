/**
 * The provider of tenants' indices on a real Elasticsearch. Owns the order of calls; leaves differences to `spec.ts`, the
 * reading to `observation.ts`, bodies to `bodies.ts`.
 *
 * E1. An index is made by one PUT with settings, mappings, mark and aliases: it is there whole or not at all. What has one of
 *     its names is refused by name (`NameTaken`), never adopted.
 * E2. Where the cluster has lifecycle policies, a series gets its own policy and template before its first index, and loses
 *     the template first, so that nothing makes a successor of what is being deleted.
 * E3. Deletion names the indices that carry our mark, each by its whole name; never a pattern, never an alias.
 */
import { type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { asFault, type Bound, type Fault } from '@leasehold/kernel';
import { chosen, pointer, touches } from '../edge/difference.ts';
import { appeared, markOf, mayChange, mayDelete, nameTaken, vanished } from '../edge/ownership.ts';
import { adoptIndex, remarkIndices } from './adoption.ts';
import { aliasBodies, indexBody, policyBody, templateBody } from './bodies.ts';
import { type Makers, readMakers, readNames } from './listing.ts';
import { aliasesOf, firstIndex, partOf, shapeOf, successor } from './names.ts';
import { type ObservationOptions, observeIndex, observeIndices } from './observation.ts';
import { properties } from './shapes.ts';
import {
  expired,
  type IndexSeen,
  type IndexSpec,
  indexSpec,
  type PolicyLifecycle,
  planIndex,
  REPLICAS,
} from './spec.ts';
import { targetsOf } from './targets.ts';
import { makeDeletable, makeUsable, waitedFor } from './usability.ts';

export const INDEX_KIND = 'elasticsearch-index';

export interface IndexOptions extends ObservationOptions {
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
}

export function createIndexProvider(options: IndexOptions): Provider<IndexSpec, IndexSeen> {
  const { cluster } = options;
  return {
    kind: INDEX_KIND,
    backend: 'elasticsearch',
    holdsData: true,
    hasAccess: false,
    embedded: false,
    spec: indexSpec,
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      get ceiling() {
        return cluster.ceiling();
      },
    },
    plan: planIndex,
    observe: (ref, scope) => observeIndex(options, named(ref), scope),
    observeAll: (scope) => observeIndices(options, INDEX_KIND, scope),
    observesInBulk: true,
    listNames: ({ signal }) => readNames(options.client, signal),
    async ensure(ref, spec, changes, scope) {
      const outputs = { index: named(ref).name, aliases: [...aliasesOf(ref, shapeOf(ref))] };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      const refused = whole ? await create(options, ref, spec, scope) : NOT_TRIED;
      if (refused === undefined) return outputs;
      const seen = await observeIndex(options, ref, scope);
      if (isAbsent(seen)) throw refused === NOT_TRIED ? vanished(ref, 'elasticsearch') : taken(ref, seen, refused);
      mayChange(ref, seen, 'elasticsearch');
      await repair(options, ref, spec, seen, whole ? planIndex(ref, spec, seen) : changes, scope);
      return outputs;
    },
    adopt: (ref, _spec, scope) => adoptIndex(options, named(ref), scope),
    unfit: (_ref, _spec, { misfits = [] }) => misfits,
    delete: (ref, scope) => remove(options, named(ref), scope),
  };
}

const NOT_TRIED = 'not tried';

/** What has the name is seen, or is of a sort that only the server's words tell of. */
const taken = (ref: Ref, { inTheWay = [] }: Absent | IndexSeen, { message }: Fault): Fault =>
  nameTaken(ref, 'elasticsearch', inTheWay.length > 0 ? inTheWay.join(', ') : message);

function named(ref: Ref): Ref {
  partOf(ref);
  return ref;
}

/** @returns the server's refusal where something has a name of ours already. @throws Conflict `NameTaken`. */
async function create(
  { client, cluster }: IndexOptions,
  ref: Ref,
  spec: IndexSpec,
  scope: Scope,
): Promise<Fault | undefined> {
  const shape = shapeOf(ref);
  const { signal } = scope;
  const abilities = await cluster.abilities(signal);
  // The cluster lets an alias lead to others' indices and to ours: what was searched would be a mixture.
  if (shape.form === 'single') await mustBeFree({ client, cluster }, ref, scope);
  if (abilities.policies && shape.form === 'series')
    await makeMakers({ client, cluster }, ref, spec, spec.lifecycle, signal);
  const body = { ...indexBody(ref, spec, shape, abilities), aliases: aliasBodies(ref, shape) };
  const path = `/${firstIndex(ref, shape)}`;
  try {
    await client.call({ name: 'create-index', method: 'PUT', path, body }, signal);
    return undefined;
  } catch (error) {
    const fault = asFault(error);
    if (fault.code === 'AlreadyExists') return fault;
    throw error;
  }
}

/** @throws Conflict `NameTaken`. */
async function mustBeFree(options: ObservationOptions, ref: Ref, scope: Scope): Promise<void> {
  const { inTheWay = [] } = await observeIndex(options, ref, scope);
  if (inTheWay.length > 0) throw nameTaken(ref, 'elasticsearch', inTheWay.join(', '));
}

/** E2. What another owner has under the name is refused, looked at right before. */
async function makeMakers(
  { client, cluster }: ObservationOptions,
  ref: Ref,
  spec: IndexSpec,
  lifecycle: PolicyLifecycle,
  signal: AbortSignal,
): Promise<void> {
  const { policies, templates } = await readMakers(client, ref.name, signal);
  const policy = policies.get(ref.name);
  const theirs = (policy && markOf(policy.mark, ref) !== 'ours') || (templates.has(ref.name) && !mine(templates, ref));
  if (theirs) throw nameTaken(ref, 'elasticsearch');
  const policyCall = { name: 'put-policy', method: 'PUT', path: `/_ilm/policy/${ref.name}` } as const;
  await client.call({ ...policyCall, body: policyBody(ref, lifecycle) }, signal);
  const body = templateBody(ref, spec, shapeOf(ref), await cluster.abilities(signal));
  await client.call({ name: 'put-template', method: 'PUT', path: `/_index_template/${ref.name}`, body }, signal);
}

const mine = (templates: Makers['templates'], ref: Ref): boolean =>
  markOf(templates.get(ref.name)?.mark, ref) === 'ours';

async function repair(
  options: IndexOptions,
  ref: Ref,
  spec: IndexSpec,
  seen: IndexSeen,
  changes: readonly Change[],
  scope: Scope,
): Promise<void> {
  const { client } = options;
  const { signal } = scope;
  await makeUsable(client, seen, changes, signal);
  const marks = touches(changes, '/generation', '/tier');
  const remake = touches(changes, '/template', '/lifecycle') && seen.policy !== 'mesh';
  // A policy that is left as it is keeps what it says; one that somebody took away is not brought back by a new mark.
  const lifecycle = chosen<IndexSeen['policy']>('/lifecycle', seen.policy, spec.lifecycle, changes);
  if ((remake || (marks && seen.policy !== 'mesh')) && lifecycle !== null && lifecycle !== 'mesh')
    await makeMakers(options, ref, spec, lifecycle, signal);
  if (touches(changes, '/refreshSeconds', '/replicas')) {
    const index = {
      ...(touches(changes, '/refreshSeconds') ? { refresh_interval: `${spec.refreshSeconds}s` } : {}),
      ...(touches(changes, '/replicas') ? { auto_expand_replicas: REPLICAS } : {}),
    };
    await setSettings(client, 'set-settings', seen, index, signal);
  }
  if (touches(changes, '/managed')) {
    const index = { lifecycle: { name: ref.name, rollover_alias: ref.name } };
    await setSettings(client, 'set-policy', seen, index, signal);
  }
  await mapFields(options, ref, seen, changes, signal);
  if (marks) await remarkIndices(options, ref, seen, signal);
  if (touches(changes, '/aliases')) await pointAliases(options, ref, seen, signal);
  if (changes.some(({ path }) => path === '/lifecycle/due/rollover')) {
    await rollOver(options, ref, spec, seen, signal);
  }
  const over = expired(spec.lifecycle, seen).filter(({ index }) =>
    changes.some(({ path }) => path === `/lifecycle/due${pointer(index)}`),
  );
  if (over.length > 0)
    await deleteIndices(
      options,
      over.map(({ index }) => index),
      signal,
    );
  const waits = waitedFor(ref, changes);
  if (waits !== undefined) throw waits;
}

async function setSettings(
  client: IndexOptions['client'],
  name: string,
  { indices }: IndexSeen,
  index: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  for (const target of targetsOf(indices.map((one) => one.index)))
    await client.call({ name, method: 'PUT', path: `/${target}/_settings`, body: { index } }, signal);
}

async function mapFields(
  { client }: IndexOptions,
  ref: Ref,
  seen: IndexSeen,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const missing = Object.entries(shapeOf(ref).fields).filter(([name]) => touches(changes, `/fields${pointer(name)}`));
  const dynamic = touches(changes, '/dynamic');
  if (missing.length === 0 && !dynamic) return;
  // A text that is there keeps its analyser, so that those with ours and those without are told apart.
  for (const isPlain of [false, true]) {
    const names = seen.indices.filter((one) => (one.isPlain ?? false) === isPlain).map(({ index }) => index);
    const body = {
      ...(dynamic ? { dynamic: false } : {}),
      ...(missing.length === 0 ? {} : { properties: properties(Object.fromEntries(missing), !isPlain) }),
    };
    for (const target of targetsOf(names))
      await client.call({ name: 'put-mapping', method: 'PUT', path: `/${target}/_mapping`, body }, signal);
  }
}

/** The successor is named, so that of two that roll over at once one is refused. */
async function rollOver(
  { client, cluster }: IndexOptions,
  ref: Ref,
  spec: IndexSpec,
  seen: IndexSeen,
  signal: AbortSignal,
): Promise<void> {
  const body = indexBody(ref, spec, shapeOf(ref), await cluster.abilities(signal));
  const path = `/${ref.name}/_rollover/${successor(seen.indices.at(-1)?.index ?? '', ref.name)}`;
  try {
    await client.call({ name: 'roll-over', method: 'POST', path, body }, signal);
  } catch (error) {
    throw asFault(error).code === 'AlreadyExists' ? appeared(ref, 'elasticsearch', error) : error;
  }
}

async function pointAliases({ client }: IndexOptions, ref: Ref, seen: IndexSeen, signal: AbortSignal): Promise<void> {
  const shape = shapeOf(ref);
  const last = seen.indices.at(-1)?.index;
  const series = shape.form === 'series';
  const actions = aliasesOf(ref, shape).flatMap((alias) =>
    seen.indices.map(({ index }) => ({
      add: { index, alias, ...(series ? { is_write_index: index === last } : {}) },
    })),
  );
  try {
    await client.call({ name: 'put-aliases', method: 'POST', path: '/_aliases', body: { actions } }, signal);
  } catch (error) {
    const fault = asFault(error);
    throw fault.code === 'AlreadyExists' ? taken(ref, seen, fault) : error;
  }
}

async function deleteIndices({ client }: IndexOptions, indices: readonly string[], signal: AbortSignal): Promise<void> {
  const query = { ignore_unavailable: 'true', expand_wildcards: 'none' };
  for (const target of targetsOf(indices))
    await client.call({ name: 'delete-indices', method: 'DELETE', path: `/${target}`, query, expect: [404] }, signal);
}

async function remove(options: IndexOptions, ref: Ref, scope: Scope): Promise<void> {
  const { client, cluster } = options;
  const { signal } = scope;
  const seen: IndexSeen | Absent = await observeIndex(options, ref, scope);
  const go = isAbsent(seen) || mayDelete(ref, seen, 'elasticsearch');
  const { policies } = await cluster.abilities(signal);
  const makers =
    go && policies && shapeOf(ref).form === 'series' ? await readMakers(client, ref.name, signal) : undefined;
  if (makers && mine(makers.templates, ref)) {
    const path = `/_index_template/${ref.name}`;
    await client.call({ name: 'delete-template', method: 'DELETE', path, expect: [404] }, signal);
  }
  if (go && !isAbsent(seen)) {
    await makeDeletable(client, seen, signal);
    await deleteIndices(
      options,
      seen.indices.map(({ index }) => index),
      signal,
    );
  }
  const policy = makers?.policies.get(ref.name);
  if (policy && markOf(policy.mark, ref) === 'ours') {
    const path = `/_ilm/policy/${ref.name}`;
    await client.call({ name: 'delete-policy', method: 'DELETE', path, expect: [404] }, signal);
  }
}
