/**
 * Forty tenants, eight clients at a time, each waiting for its tenant before it asks for the next: tenants a second through
 * the product and by the raw drivers at the same concurrency. The product changes the schema one statement at a time on
 * purpose, because a cluster of several nodes bears nothing else; the drivers do what they like.
 */
import type { Line } from '../figure.ts';
import { provision, removeTenant } from '../product/completion.ts';
import { TIER } from '../raw/tenant.ts';
import { eachWithin, elapsedMs, takeTurns } from '../turns.ts';
import type { RealPlace } from './place.ts';

const TENANTS = 40;
const AT_ONCE = 8;
/** A round makes and removes eighty tenants: as many rounds are begun as this allows. */
const ENOUGH_MS = 15 * 60_000;
const SIDES = ['product', 'raw'] as const;
type Side = (typeof SIDES)[number];

export async function measureFleet(place: RealPlace): Promise<readonly Line[]> {
  const { installation, door, raw, signal } = place;
  const idsOf = (side: Side, round: number): readonly string[] =>
    Array.from({ length: TENANTS }, (_, index) => installation.tenant(`f-${side}-${round}-${index}`));
  const rateOf = async (side: Side, round: number, work: (id: string) => Promise<void>): Promise<number> =>
    (TENANTS * 1_000) / (await elapsedMs(() => eachWithin(idsOf(side, round), AT_ONCE, work)));
  const parts = {
    product: (round: number) => rateOf('product', round, (id) => provision(door, id, TIER)),
    raw: (round: number) => rateOf('raw', round, (id) => raw.make(id, 'all-at-once')),
  };
  const tidy = async (round: number): Promise<void> => {
    await eachWithin(idsOf('product', round), AT_ONCE, (id) => removeTenant(door, id));
    await eachWithin(idsOf('raw', round), AT_ONCE, (id) => raw.remove(id));
    place.log('.');
  };
  const begunMs = performance.now();
  const isEnough = (): boolean => performance.now() - begunMs > ENOUGH_MS;
  const pairs = await takeTurns(place.pairs, parts, tidy, signal, isEnough);
  return [
    {
      id: 'fleet.rate',
      what: `${TENANTS} tenants, ${AT_ONCE} at a time`,
      unit: '1/s',
      better: 'higher',
      against: 'raw drivers at the same concurrency',
      note: `${pairs.length} pairs`,
      pairs,
    },
  ];
}
