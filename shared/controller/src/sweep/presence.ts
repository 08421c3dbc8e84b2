/**
 * What a listing says of owners: whether all of theirs is there. The directory tells how many objects of a kind an owner has; only
 * one with fewer is opened, so that a healthy one costs a few look-ups of names.
 *
 * P1. Only a finished owner at rest is told of. One that is at work may have looked before it lost something, and be finished without
 *     another look: after a loss it is listed again until it is at rest.
 */
import { ownerPages, understood } from '../inventory/walk.ts';
import type { OwnedTypes } from '../model/decision.ts';
import { isGone, type OwnerSummary } from '../model/summary.ts';
import { isSweepable } from '../model/sweep.ts';
import type { Listing } from './listing.ts';
import { readState, type SweepParts, tellFinding } from './parts.ts';

export interface Presence {
  /** Names that belong to no owner of the directory. */
  readonly strangers: ReadonlySet<string>;
  /** P1: whether an owner that is at work has lost something. */
  readonly unsettled: boolean;
}

/** @param afterLoss whether the backend was away: owners at work are opened too. */
export async function comparePresence<T extends OwnedTypes>(
  parts: SweepParts<T>,
  listing: Listing,
  afterLoss: boolean,
  signal: AbortSignal,
): Promise<Presence> {
  const { sweep } = parts;
  const { kind } = listing.provider;
  const strangers = new Set(listing.names);
  let unsettled = false;
  const namesOf = sweep.namesOf(kind);
  if (!namesOf) return { strangers: new Set(), unsettled };
  for await (const owners of ownerPages<T['summary']>(parts, signal)) {
    for (const [ownerId, summary] of owners) {
      if (isGone(summary)) continue;
      let present = 0;
      for (const name of namesOf(ownerId)) {
        strangers.delete(name);
        if (listing.names.has(name)) present += 1;
      }
      const isLooked = sweep.isFinished(summary) || (afterLoss && sweep.isAtWork(summary));
      if (!isLooked || present >= expected(summary, kind)) continue;
      const found = await understood(parts, ownerId, () => findMissing(parts, listing, ownerId, signal));
      if (found === 'at work') unsettled = true;
    }
  }
  return { strangers, unsettled };
}

/** What a release wrote that did not count may have one of each kind. */
const expected = ({ objects }: OwnerSummary, kind: string): number =>
  objects === undefined ? 1 : (objects[kind] ?? 0);

async function findMissing<T extends OwnedTypes>(
  parts: SweepParts<T>,
  { provider: { kind }, names, atMs }: Listing,
  ownerId: string,
  signal: AbortSignal,
): Promise<'none' | 'told' | 'at work'> {
  const state = await readState(parts, ownerId, signal);
  const missing = (state?.records ?? []).filter(
    (record) => record.kind === kind && record.born && isSweepable(record, atMs) && !names.has(record.name),
  );
  if (!state || missing.length === 0) return 'none';
  if (!parts.sweep.isAtRest(state)) return 'at work';
  const ids = missing.map(({ id }) => id);
  const finding = { ownerId, kind, ids, finding: 'missing', lookedAtMs: atMs } as const;
  return (await tellFinding(parts, finding, signal)) ? 'told' : 'at work';
}
