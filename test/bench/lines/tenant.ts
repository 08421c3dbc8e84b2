/**
 * One tenant, alone on the servers: through the product, by a request and by an event, beside the raw drivers making the same
 * objects one after the other, and all at once, which is the floor.
 */
import type { Line, Pair } from '../figure.ts';
import { createdEvent, provision, removeTenant, untilStatus } from '../product/completion.ts';
import { TIER } from '../raw/tenant.ts';
import { elapsedMs, takeTurns } from '../turns.ts';
import type { RealPlace } from './place.ts';

const OURS = ['request', 'event'] as const;
const BARE = ['inTurn', 'atOnce'] as const;
type Side = (typeof OURS)[number] | (typeof BARE)[number];

export async function measureTenant(place: RealPlace): Promise<readonly Line[]> {
  const { installation, door, raw, upstream, pairs, signal } = place;
  const idOf = (side: Side, round: number): string => installation.tenant(`one-${side.toLowerCase()}-${round}`);
  const parts = {
    request: (round: number) => elapsedMs(() => provision(door, idOf('request', round), TIER)),
    event: (round: number) =>
      elapsedMs(() => {
        upstream.send(createdEvent(idOf('event', round), TIER));
        return untilStatus(door, idOf('event', round), 'completed');
      }),
    inTurn: (round: number) => elapsedMs(() => raw.make(idOf('inTurn', round), 'one-after-the-other')),
    atOnce: (round: number) => elapsedMs(() => raw.make(idOf('atOnce', round), 'all-at-once')),
  };
  // Outside the measurements; the product's own go by the product, which would otherwise miss them.
  const tidy = async (round: number): Promise<void> => {
    for (const side of OURS) await removeTenant(door, idOf(side, round));
    for (const side of BARE) await raw.remove(idOf(side, round));
    place.log('.');
  };
  const rounds = await takeTurns(pairs, parts, tidy, signal);
  const pairsOf = (product: Side, bare: Side): readonly Pair[] =>
    rounds.map((round) => ({ product: round[product], raw: round[bare] }));
  const line = (id: string, what: string, product: Side, bare: Side): Line => ({
    id,
    what,
    unit: 'ms',
    better: 'lower',
    against: bare === 'atOnce' ? 'raw drivers, all at once (the floor)' : 'raw drivers, one call after the other',
    pairs: pairsOf(product, bare),
  });
  return [
    line('tenant.request.in-turn', 'one tenant, POST to completed', 'request', 'inTurn'),
    line('tenant.request.floor', 'one tenant, POST to completed', 'request', 'atOnce'),
    line('tenant.event.floor', 'one tenant, event to completed', 'event', 'atOnce'),
  ];
}
