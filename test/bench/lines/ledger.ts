/**
 * The store: 200 updates of one partition asked for at once, through the ledger on Cassandra, beside 200 conditional batches
 * one at a time by the plain driver. The note says how many commits the ledger needed.
 */
import { seededRng, systemClock } from '@leasehold/kernel';
import { createLedger, type Store } from '@leasehold/store';
import { keyspaceOf } from '../../support/tenant-facts.ts';
import type { Line } from '../figure.ts';
import { openCassandraStore } from '../product/cassandra-store.ts';
import { openBatches } from '../raw/batches.ts';
import { connectCassandra } from '../raw/keyspace.ts';
import { elapsedMs, takeTurns } from '../turns.ts';
import type { RealPlace } from './place.ts';

const UPDATES = 200;

/** A store that counts what is committed to it. */
function counting(store: Store): { readonly store: Store; commits(): number } {
  let commits = 0;
  const commit: Store['commit'] = (request) => {
    commits += 1;
    return store.commit(request);
  };
  return { store: { ...store, commit }, commits: () => commits };
}

async function updateAll(store: Store, round: number): Promise<void> {
  const ledger = createLedger({ store, clock: systemClock, rng: seededRng(round), writer: `bench-${process.pid}` });
  const partition = `bench/${round}`;
  const one = (index: number): Promise<void> =>
    ledger.update(partition, ({ rows }) => {
      const { count } = JSON.parse(rows.get('state') ?? '{"count":0}') as { readonly count: number };
      const put = [
        { key: 'state', value: JSON.stringify({ count: count + 1 }) },
        { key: `journal/${index}`, value: `update ${index}` },
      ];
      return { put, result: undefined };
    });
  await Promise.all(Array.from({ length: UPDATES }, (_, index) => one(index)));
  const { rows } = await ledger.load(partition, { fresh: true });
  if (rows.get('state') !== JSON.stringify({ count: UPDATES })) throw new Error('an update was lost');
}

export async function measureLedger(place: RealPlace): Promise<readonly Line[]> {
  const dataCentre = place.env['STACK_CASSANDRA_LOCAL_DC'] ?? 'datacenter1';
  const client = await connectCassandra(place.env);
  const counted = counting(
    await openCassandraStore(place.env, keyspaceOf(place.installation.tenant('ledger')), dataCentre),
  );
  try {
    const batches = await openBatches(client, keyspaceOf(place.installation.tenant('batches')), dataCentre);
    await batches.run(5, 'warm');
    await updateAll(counted.store, -1);
    const before = counted.commits();
    const parts = {
      product: async (round: number) => (await elapsedMs(() => updateAll(counted.store, round))) / 1_000,
      raw: async (round: number) => (await elapsedMs(() => batches.run(UPDATES, `raw/${round}`))) / 1_000,
    };
    const pairs = await takeTurns(place.pairs, parts, async () => place.log('.'), place.signal);
    const attempts = (counted.commits() - before) / pairs.length;
    return [
      {
        id: 'ledger.concurrent',
        what: `${UPDATES} updates of one partition at once`,
        unit: 's',
        better: 'lower',
        against: `${UPDATES} conditional batches, one at a time`,
        note: `${attempts} conditional batches for ${UPDATES} updates`,
        pairs,
      },
    ];
  } finally {
    await counted.store.close();
    await client.shutdown();
  }
}
