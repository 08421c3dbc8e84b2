/**
 * A hundred thousand tenants in a store on the real Cassandra, their objects on embedded backends: what the process on it costs at rest,
 * how soon it is ready, what it holds, how long a list by status takes and a new tenant, beside the same process on an empty store.
 *
 * 1. Both processes run at the same time, on stores and folders of their own; what is measured in time is measured in turns.
 * 2. At rest means: nobody asks for anything. The sweep, the inventory and the clock go on as always.
 */
import { readFileSync } from 'node:fs';
import type { Env } from '../../support/installation.ts';
import { pause } from '../../support/poll.ts';
import { createProduct, type Product } from '../../support/product.ts';
import { withCassandra } from '../../support/servers.ts';
import type { Line, Pair } from '../figure.ts';
import { openCassandraStore } from '../product/cassandra-store.ts';
import { provision } from '../product/completion.ts';
import { fillWithSettled } from '../product/settled.ts';
import { doorOf, type Products, SIDES, type Side, startWith } from '../product/sides.ts';
import { TIER } from '../raw/tenant.ts';
import { elapsedMs, takeTurns } from '../turns.ts';
import type { RealPlace } from './place.ts';

const COUNT = 100_000;
const READY_MS = 300_000;
const REST_MS = 60_000;
const RESTS = 2;
const LISTS = 100;
const MIB = 1024 * 1024;
/** Hundredths of a second, as the kernel counts processor time. */
const TICK_MS = 10;

const need = (env: Env, name: string): string => env[name] ?? '';

const storeIn = (env: Env, keyspace: string) => () =>
  openCassandraStore(env, keyspace, env['STACK_CASSANDRA_LOCAL_DC'] ?? 'datacenter1');

/** It is cleared with what is opened, also when filling it fails. */
async function prepare(env: Env, keyspace: string, count: number, opened: AsyncDisposableStack): Promise<Product> {
  const product = await createProduct({
    STORE_CASSANDRA_HOSTS: need(env, 'STACK_CASSANDRA_HOSTS'),
    STORE_CASSANDRA_USERNAME: need(env, 'STACK_CASSANDRA_USERNAME'),
    STORE_CASSANDRA_PASSWORD: need(env, 'STACK_CASSANDRA_PASSWORD'),
    STORE_KEYSPACE: keyspace,
  });
  opened.defer(() => product.clear());
  await startWith(product, READY_MS);
  if (count > 0) await fillWithSettled(product, doorOf(product), count, storeIn(env, keyspace));
  else await product.stop();
  return product;
}

/** Milliseconds of processor time that a process has had. */
function processorMs({ pid }: Product): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}

async function readsOf(env: Env, keyspace: string): Promise<number> {
  return withCassandra(env, async (execute) => {
    const rows = await execute(`SELECT keyspace_name, table_name, count FROM system_views.local_read_latency`);
    return rows.filter((row) => row['keyspace_name'] === keyspace).reduce((sum, row) => sum + Number(row['count']), 0);
  });
}

async function listMs(product: Product): Promise<number> {
  return elapsedMs(() => product.api.expect(200, 'GET', '/api/v1/tenants?status=failed&limit=50'));
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0;

const pairOf = async (of: (side: Side) => number | Promise<number>): Promise<Pair> => ({
  product: await of('full'),
  raw: await of('empty'),
});

/** 2. Both at the same time. */
async function measureRest({ env, signal, log }: RealPlace, products: Products, keyspace: string) {
  const rests: Pair[] = [];
  const memory: Pair[] = [];
  let reads = 0;
  for (let round = 0; round < RESTS; round++) {
    const before = { full: processorMs(products.full), empty: processorMs(products.empty) };
    const readBefore = await readsOf(env, keyspace);
    await pause(REST_MS);
    reads = (await readsOf(env, keyspace)) - readBefore;
    rests.push(await pairOf((side) => processorMs(products[side]) - before[side]));
    memory.push(await pairOf((side) => products[side].residentBytes() / MIB));
    signal.throwIfAborted();
    log('.');
  }
  return { rests, memory, reads };
}

export async function measureMany(place: RealPlace): Promise<readonly Line[]> {
  const { env, installation, signal } = place;
  await using opened = new AsyncDisposableStack();
  const keyspaceOf = (side: Side): string => `${installation.keyspace}_${side}`;
  for (const side of SIDES)
    opened.defer(() =>
      withCassandra(env, async (execute) => void (await execute(`DROP KEYSPACE IF EXISTS "${keyspaceOf(side)}"`))),
    );
  const open = (side: Side) => prepare(env, keyspaceOf(side), side === 'full' ? COUNT : 0, opened);
  const products: Products = { full: await open('full'), empty: await open('empty') };
  const ready = await pairOf((side) => startWith(products[side], READY_MS));
  place.log('r');

  const { rests, memory, reads } = await measureRest(place, products, keyspaceOf('full'));
  const lists: Record<Side, number[]> = { full: [], empty: [] };
  for (let round = 0; round < LISTS; round++) for (const side of SIDES) lists[side].push(await listMs(products[side]));
  const one = (side: Side, name: string) => elapsedMs(() => provision(doorOf(products[side]), `new-${name}`, TIER));
  for (const side of SIDES) await one(side, 'warm');
  const parts = {
    full: (round: number) => one('full', String(round)),
    empty: (round: number) => one('empty', String(round)),
  };
  const rounds = await takeTurns(place.pairs, parts, async () => place.log('.'), signal);
  for (const side of SIDES) await products[side].stop();

  const beside = { better: 'lower', against: 'the same on an empty store' } as const;
  const many = `with ${COUNT} tenants in Cassandra`;
  return [
    { ...beside, id: 'many.ready', what: `start to ready ${many}`, unit: 'ms', pairs: [ready] },
    {
      ...beside,
      id: 'many.rest',
      what: `processor time of a minute at rest ${many}`,
      unit: 'ms',
      note: `${reads} reads of partitions in the last minute`,
      pairs: rests,
    },
    { ...beside, id: 'many.memory', what: `resident memory ${many}`, unit: 'MiB', pairs: memory },
    {
      ...beside,
      id: 'many.list',
      what: `list of the failed, 99th percentile of ${LISTS}, ${many}`,
      unit: 'ms',
      pairs: [await pairOf((side) => percentile(lists[side], 0.99))],
    },
    {
      ...beside,
      id: 'many.tenant',
      what: `one tenant ${many}`,
      unit: 'ms',
      pairs: rounds.map(({ full, empty }) => ({ product: full, raw: empty })),
    },
  ];
}
