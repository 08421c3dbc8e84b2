/**
 * Putting our mark on indices that others made, on an operator's word. Owns the order of its calls and
 * the renewal of the mark; what then differs is an ordinary plan.
 *
 * A1. The mark goes beside whatever else `_meta` says, and nothing else changes: not a document, a field, an alias.
 * A2. All indices of a resource become ours in one step, after its policy and template: by one call where they say the same and go into
 *     one, else the first is held back (`adopting`) until all others are marked. A crash in between leaves what can be adopted again.
 */
import { isAbsent, type Ref, type Scope } from '@leasehold/engine';
import { canonicalJson } from '@leasehold/kernel';
import { markOf, mayAdopt, nameTaken, vanished } from '../edge/ownership.ts';
import { type FoundIndex, readMakers } from './listing.ts';
import { withMark } from './mark.ts';
import { shapeOf } from './names.ts';
import { foundOf, type ObservationOptions, observeIndex } from './observation.ts';
import type { IndexSeen } from './spec.ts';
import { targetsOf } from './targets.ts';

/** @throws Conflict `NameTaken`, `GoneMeanwhile`. */
export async function adoptIndex(options: ObservationOptions, ref: Ref, scope: Scope): Promise<void> {
  const seen = await observeIndex(options, ref, scope);
  if (isAbsent(seen)) throw vanished(ref, 'elasticsearch');
  if (!mayAdopt(ref, seen, 'elasticsearch')) return;
  const { signal } = scope;
  if (shapeOf(ref).form === 'series' && (await options.cluster.abilities(signal)).policies)
    await adoptMakers(options, ref, signal);
  const found = await foundOf(options, ref, signal);
  if (found.some(({ mark }) => markOf(mark, ref) === 'foreign')) throw nameTaken(ref, 'elasticsearch');
  const [first, ...others] = found;
  // Others may have made a policy alone: without an index there is nothing to mark, and the plan makes it.
  if (first === undefined) return;
  const isOneCall = alike(found).length === 1 && targetsOf(found.map(({ index }) => index)).length === 1;
  if (isOneCall) return mark(options, ref, found, false, signal);
  await mark(options, ref, [first], true, signal);
  for (const some of alike(others)) await mark(options, ref, some, false, signal);
  await mark(options, ref, [first], false, signal);
}

/** Brings the mark of ours up to date, beside what others say there. */
export async function remarkIndices(
  options: ObservationOptions,
  ref: Ref,
  seen: IndexSeen,
  signal: AbortSignal,
): Promise<void> {
  const ours = (await foundOf(options, ref, signal)).filter(({ index }) =>
    seen.indices.some((one) => one.index === index),
  );
  for (const some of alike(ours)) await mark(options, ref, some, false, signal);
}

/** Those with the same `_meta` together. */
const alike = (indices: readonly FoundIndex[]): readonly (readonly FoundIndex[])[] => [
  ...Map.groupBy(indices, ({ meta }) => canonicalJson(meta)).values(),
];

/** @param indices all with the same `_meta`. */
async function mark(
  { client }: ObservationOptions,
  ref: Ref,
  indices: readonly FoundIndex[],
  adopting: boolean,
  signal: AbortSignal,
): Promise<void> {
  const body = { _meta: withMark(indices[0]?.meta ?? {}, ref, adopting) };
  for (const target of targetsOf(indices.map(({ index }) => index)))
    await client.call({ name: 'mark-indices', method: 'PUT', path: `/${target}/_mapping`, body }, signal);
}

/** What others made of a series' policy and template gets the mark; the plan then gives it the contents. */
async function adoptMakers({ client }: ObservationOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const { policies, templates } = await readMakers(client, ref.name, signal);
  const [policy, template] = [policies.get(ref.name), templates.get(ref.name)];
  for (const one of [policy, template])
    if (one && markOf(one.mark, ref) === 'foreign') throw nameTaken(ref, 'elasticsearch');
  const marked = (raw: Readonly<Record<string, unknown>>) => ({
    ...raw,
    _meta: withMark((raw['_meta'] ?? {}) as Readonly<Record<string, unknown>>, ref),
  });
  if (template && template.mark === undefined) {
    const path = `/_index_template/${ref.name}`;
    await client.call({ name: 'mark-template', method: 'PUT', path, body: marked(template.raw) }, signal);
  }
  if (policy && policy.mark === undefined) {
    const path = `/_ilm/policy/${ref.name}`;
    await client.call({ name: 'mark-policy', method: 'PUT', path, body: { policy: marked(policy.raw) } }, signal);
  }
}
