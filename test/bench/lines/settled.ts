/**
 * A new tenant beside many settled ones, on the embedded default: two processes, one with an empty folder and one with a full
 * one, asked in turns. Also what the full one holds of memory, and how soon it is ready.
 *
 * 1. Both processes have been ready for the same time: the first sweep over all tenants falls into the measurements.
 */
import { pause } from '../../support/poll.ts';
import { createProduct, type Product } from '../../support/product.ts';
import type { Line, Pair } from '../figure.ts';
import { provision } from '../product/completion.ts';
import { fillWithSettled } from '../product/settled.ts';
import { doorOf, type Products, SIDES, type Side, startWith } from '../product/sides.ts';
import { TIER } from '../raw/tenant.ts';
import { elapsedMs, takeTurns } from '../turns.ts';
import type { Place } from './place.ts';

const COUNTS = [1_000, 10_000];
const MIB = 1024 * 1024;
const WARM_TENANTS = 3;
const MOST_STARTS = 5;
/** The product relays its event after it said `completed`: the next measurement does not begin in the middle of it. */
const REST_MS = 250;
const READY_MS = 120_000;

/** A folder as an empty process leaves it, or with so many settled tenants; nothing runs on it. It is cleared with what is opened. */
async function prepare(count: number, opened: AsyncDisposableStack): Promise<Product> {
  const product = await createProduct();
  opened.defer(() => product.clear());
  await startWith(product, READY_MS);
  if (count > 0) await fillWithSettled(product, doorOf(product), count);
  else await product.stop();
  return product;
}

/** Started in turns; both run afterwards. */
async function measureStarts({ pairs, signal }: Place, products: Products): Promise<readonly Pair[]> {
  const rounds = Math.min(pairs, MOST_STARTS);
  const parts = { full: () => startWith(products.full, READY_MS), empty: () => startWith(products.empty, READY_MS) };
  const stopAll = async (round: number): Promise<void> => {
    if (round === rounds - 1) return;
    for (const side of SIDES) await products[side].stop();
  };
  const measured = await takeTurns(rounds, parts, stopAll, signal);
  return measured.map(({ full, empty }) => ({ product: full, raw: empty }));
}

async function measureBeside(place: Place, count: number): Promise<readonly Line[]> {
  await using opened = new AsyncDisposableStack();
  const products: Products = { full: await prepare(count, opened), empty: await prepare(0, opened) };
  const ready = await measureStarts(place, products);
  const one = async (side: Side, name: string): Promise<number> => {
    const tookMs = await elapsedMs(() => provision(doorOf(products[side]), `new-${name}`, TIER));
    await pause(REST_MS);
    return tookMs;
  };
  const residentMiB = (): Pair => ({
    product: products.full.residentBytes() / MIB,
    raw: products.empty.residentBytes() / MIB,
  });
  const early = residentMiB();
  for (let serial = 0; serial < WARM_TENANTS; serial++) for (const side of SIDES) await one(side, `warm-${serial}`);
  const parts = {
    full: (round: number) => one('full', String(round)),
    empty: (round: number) => one('empty', String(round)),
  };
  const rounds = await takeTurns(place.pairs, parts, async () => place.log('.'), place.signal);
  const late = residentMiB();
  for (const side of SIDES) await products[side].stop();
  const beside = { better: 'lower', against: 'the same beside none' } as const;
  const settled = `beside ${count} settled tenants`;
  return [
    {
      ...beside,
      id: `settled.tenant.${count}`,
      what: `embedded: one tenant ${settled}`,
      unit: 'ms',
      pairs: rounds.map(({ full, empty }) => ({ product: full, raw: empty })),
    },
    {
      ...beside,
      id: `settled.memory.${count}`,
      what: `embedded: resident memory ${settled}`,
      unit: 'MiB',
      note: 'after the start, and after all tenants',
      pairs: [early, late],
    },
    {
      ...beside,
      id: `settled.ready.${count}`,
      what: `embedded: start to ready ${settled}`,
      unit: 'ms',
      pairs: ready,
    },
  ];
}

export async function measureSettled(place: Place): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const count of COUNTS) {
    place.signal.throwIfAborted();
    lines.push(...(await measureBeside(place, count)));
  }
  return lines;
}
