/**
 * Twenty tenants, eight clients at a time, each waiting for its tenant before it asks for the next: tenants a second through
 * the product and by the raw drivers at the same concurrency. The drivers once change the schema side by side, and once one
 * keyspace at a time: the product does that on purpose, because a cluster of several nodes bears nothing else.
 */
import type { Line } from '../figure.ts';
import { provision, removeTenant } from '../product/completion.ts';
import { TIER } from '../raw/tenant.ts';
import { eachWithin, elapsedMs, takeTurns } from '../turns.ts';
import type { RealPlace } from './place.ts';

const TENANTS = 20;
const AT_ONCE = 8;
/** A round makes and removes sixty tenants. */
const MOST_ROUNDS = 3;
const SIDES = ['product', 'free', 'lane'] as const;
type Side = (typeof SIDES)[number];

export async function measureFleet(place: RealPlace): Promise<readonly Line[]> {
  const { installation, door, raw, signal } = place;
  const rounds = Math.min(MOST_ROUNDS, Math.ceil(place.pairs / 3));
  const idsOf = (side: Side, round: number): readonly string[] =>
    Array.from({ length: TENANTS }, (_, index) => installation.tenant(`f-${side}-${round}-${index}`));
  const rateOf = async (side: Side, round: number, work: (id: string) => Promise<void>): Promise<number> =>
    (TENANTS * 1_000) / (await elapsedMs(() => eachWithin(idsOf(side, round), AT_ONCE, work)));
  const parts = {
    product: (round: number) => rateOf('product', round, (id) => provision(door, id, TIER)),
    free: (round: number) => rateOf('free', round, (id) => raw.make(id, 'all-at-once')),
    lane: (round: number) => rateOf('lane', round, (id) => raw.make(id, 'all-at-once', 'one-at-a-time')),
  };
  const tidy = async (round: number): Promise<void> => {
    await eachWithin(idsOf('product', round), AT_ONCE, (id) => removeTenant(door, id));
    await eachWithin([...idsOf('free', round), ...idsOf('lane', round)], 2, (id) => raw.remove(id));
    place.log('.');
  };
  const measured = await takeTurns(rounds, parts, tidy, signal);
  const line = (id: string, side: 'free' | 'lane', against: string): Line => ({
    id,
    what: `${TENANTS} tenants, ${AT_ONCE} at a time`,
    unit: '1/s',
    better: 'higher',
    against,
    pairs: measured.map((round) => ({ product: round.product, raw: round[side] })),
  });
  return [
    line('fleet.rate', 'free', 'raw drivers at the same concurrency'),
    line('fleet.rate.lane', 'lane', 'the same, one keyspace at a time'),
  ];
}
