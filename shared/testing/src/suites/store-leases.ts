/**
 * Leases (S5): one holder at a time, generations that only grow, and only with a change of holder.
 */
import { expect, test } from 'vitest';
import type { StoreBench } from './store.ts';

const LONG_MS = 3_600_000;

export function leaseTests(bench: StoreBench): void {
  const { store, name, open } = bench;
  releaseTests(bench);

  test('S5 a held lease is refused to others, renewed by its holder at the same generation', async () => {
    const lease = name('lease');
    const first = await store().leases.acquire(lease, 'a', LONG_MS);
    expect(first).toMatchObject({ name: lease, holder: 'a', generation: 1 });
    expect(await store().leases.acquire(lease, 'b', LONG_MS)).toBeUndefined();
    expect(await store().leases.acquire(lease, 'a', 2 * LONG_MS)).toMatchObject({ holder: 'a', generation: 1 });
    expect(await store().leases.read(lease)).toMatchObject({ holder: 'a', generation: 1 });
    expect(await store().leases.read(name('nobody'))).toBeUndefined();
  });

  test('S5 a released lease can be taken at once, and its generation grows with the change of holder only', async () => {
    const lease = name('lease');
    const first = await store().leases.acquire(lease, 'a', LONG_MS);
    if (!first) throw new Error('the lease was free');
    await store().leases.release(first);
    expect(await store().leases.read(lease)).toBeUndefined();
    const again = await store().leases.acquire(lease, 'a', 2 * LONG_MS);
    if (!again) throw new Error('the lease was free');
    expect(again).toMatchObject({ generation: 1 });
    await store().leases.release(again);
    const second = await store().leases.acquire(lease, 'b', LONG_MS);
    expect(second).toMatchObject({ holder: 'b', generation: 2 });
    await store().leases.release(first);
    expect(await store().leases.read(lease)).toMatchObject({ holder: 'b', generation: 2 });
  });

  test('S5 an expired lease goes to the next, whose generation is greater', async () => {
    const { pass } = open();
    const lease = name('lease');
    await store().leases.acquire(lease, 'a', 1_000);
    expect(await store().leases.acquire(lease, 'b', 1_000)).toBeUndefined();
    await pass(1_100);
    expect(await store().leases.acquire(lease, 'b', LONG_MS)).toMatchObject({ holder: 'b', generation: 2 });
    expect(await store().leases.acquire(lease, 'a', LONG_MS)).toBeUndefined();
  });

  test('S5 of many that reach for a lease at once, one gets it, round after round', async () => {
    const lease = name('lease');
    for (let round = 1; round <= 3; round++) {
      const holders = Array.from({ length: 8 }, (_, i) => `${round}-${i}`);
      const taken = await Promise.all(holders.map((holder) => store().leases.acquire(lease, holder, LONG_MS)));
      const won = taken.filter((one) => one !== undefined);
      expect(won.map(({ generation }) => generation)).toEqual([round]);
      expect(await store().leases.read(lease)).toEqual(won[0]);
      if (won[0]) await store().leases.release(won[0]);
    }
  });
}

function releaseTests({ store, name }: StoreBench): void {
  test('S5 a lease is given up by its last taking alone: one that names an earlier generation, or another holder, changes nothing', async () => {
    const lease = name('lease');
    const taken = async (holder: string) => {
      const one = await store().leases.acquire(lease, holder, LONG_MS);
      if (!one) throw new Error('the lease was free');
      return one;
    };
    const first = await taken('a');
    await store().leases.release(first);
    await store().leases.release(await taken('b'));
    const third = await taken('a');
    expect(third).toMatchObject({ holder: 'a', generation: 3 });
    await store().leases.release(first);
    await store().leases.release({ ...third, holder: 'b' });
    expect(await store().leases.read(lease)).toEqual(third);
    expect(await store().leases.acquire(lease, 'b', LONG_MS)).toBeUndefined();
    await store().leases.release(third);
    expect(await store().leases.read(lease)).toBeUndefined();
  });

  test('S5 a release that arrives late does not end what its holder has taken, or renewed, since', async () => {
    const lease = name('lease');
    const first = await store().leases.acquire(lease, 'a', LONG_MS);
    const again = await store().leases.acquire(lease, 'a', 2 * LONG_MS);
    if (!first || !again) throw new Error('the lease was free');
    await store().leases.release(first);
    expect(await store().leases.read(lease)).toEqual(again);
    expect(await store().leases.acquire(lease, 'b', LONG_MS)).toBeUndefined();
  });
}
