/**
 * Where the round of looks stands, kept in a partition of the service, so that the next leader goes on from there.
 *
 * 1. Every write is fenced: a leader that another has followed is told so (`FenceLost`) and writes nothing.
 */
import { conflict } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import type { ServiceNames } from '../rows/names.ts';

/** Where the fence and the place of a service's sweep are. */
export interface PlaceParts {
  readonly ledger: Ledger;
  readonly names: Pick<ServiceNames, 'own'>;
}

const partitionOf = ({ names }: PlaceParts): string => names.own('sweep');

export interface SweepPlace {
  readonly v: 1;
  /** Of the leader that wrote it. */
  readonly fence: number;
  /** The page of the directory at which the round goes on; absent: at its beginning. */
  readonly cursor?: string;
}

const START: SweepPlace = { v: 1, fence: 0 };

const parse = (text: string | undefined): SweepPlace => (text === undefined ? START : (JSON.parse(text) as SweepPlace));

export async function readPlace(parts: PlaceParts, signal: AbortSignal): Promise<SweepPlace> {
  const { ledger } = parts;
  const now = await ledger.load(partitionOf(parts), { fresh: !ledger.store.exclusive, signal });
  return parse(now.rows.get('state'));
}

/** @throws Conflict `FenceLost`. */
export const writePlace = (
  parts: PlaceParts,
  fence: number,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<SweepPlace> =>
  parts.ledger.update(
    partitionOf(parts),
    (now) => {
      const before = parse(now.rows.get('state'));
      if (before.fence > fence)
        throw conflict(`another replica sweeps now (fence ${before.fence}, ours was ${fence})`, { code: 'FenceLost' });
      const after: SweepPlace = { v: 1, fence, ...(cursor === undefined ? {} : { cursor }) };
      return { put: [{ key: 'state', value: JSON.stringify(after) }], result: after };
    },
    { signal },
  );
