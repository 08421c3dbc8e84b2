/**
 * Twenty tenants, eight clients at a time, each waiting for its tenant before it asks for the next: tenants a second through
 * the product and by the raw drivers at the same concurrency.
 */
import type { Line } from '../figure.ts';
import { provision, removeTenant } from '../product/completion.ts';
import { TIER } from '../raw/tenant.ts';
import { eachWithin, elapsedMs, takeTurns } from '../turns.ts';
import type { RealPlace } from './place.ts';

const TENANTS = 20;
const AT_ONCE = 8;
/** A round makes and removes forty tenants. */
const MOST_ROUNDS = 3;

export async function measureFleet(place: RealPlace): Promise<readonly Line[]> {
  const { installation, door, raw, signal } = place;
  const rounds = Math.min(MOST_ROUNDS, Math.ceil(place.pairs / 3));
  const idsOf = (side: string, round: number): readonly string[] =>
    Array.from({ length: TENANTS }, (_, index) => installation.tenant(`f-${side}-${round}-${index}`));
  const rateOf = async (side: string, round: number, work: (id: string) => Promise<void>): Promise<number> =>
    (TENANTS * 1_000) / (await elapsedMs(() => eachWithin(idsOf(side, round), AT_ONCE, work)));
  const parts = {
    product: (round: number) => rateOf('p', round, (id) => provision(door, id, TIER)),
    raw: (round: number) => rateOf('r', round, (id) => raw.make(id, 'all-at-once')),
  };
  const tidy = async (round: number): Promise<void> => {
    await eachWithin(idsOf('p', round), AT_ONCE, (id) => removeTenant(door, id));
    await eachWithin(idsOf('r', round), 2, (id) => raw.remove(id));
    place.log('.');
  };
  return [
    {
      id: 'fleet.rate',
      what: `${TENANTS} tenants, ${AT_ONCE} at a time`,
      unit: '1/s',
      better: 'higher',
      against: 'raw drivers at the same concurrency',
      pairs: await takeTurns(rounds, parts, tidy, signal),
    },
  ];
}
