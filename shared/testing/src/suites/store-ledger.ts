/**
 * The ledger over a store (L1 to L5), alone and beside others on the same store.
 */
import { seededRng, systemClock } from '@leasehold/kernel';
import { createLedger, type Ledger, type Snapshot, type Update } from '@leasehold/store';
import { expect, test } from 'vitest';
import type { StoreBench } from './store.ts';

let writers = 0;

export function ledgerOn(bench: StoreBench): Ledger {
  writers += 1;
  return createLedger({ store: bench.store(), clock: systemClock, rng: seededRng(writers), writer: bench.name('w') });
}

export const countOf = (now: Snapshot): number => Number(now.rows.get('state') ?? '0');

export const increment = (now: Snapshot): Update<number> => {
  const next = countOf(now) + 1;
  return { put: [{ key: 'state', value: `${next}` }], result: next };
};

export function ledgerTests(bench: StoreBench): void {
  test('L1 updates of one turn see what those before them left, and are one commit', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('turn');
    const results = await Promise.all([1, 2, 3].map(() => ledger.update(partition, increment)));
    expect(results).toEqual([1, 2, 3]);
    expect(await bench.store().load(partition, [{ key: 'state' }])).toEqual({
      version: 1,
      rows: new Map([['state', '3']]),
    });
  });

  test('L2 an update whose function throws, or that no store would take, rejects alone', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('throws');
    const settled = await Promise.allSettled([
      ledger.update(partition, increment),
      ledger.update(partition, () => {
        throw new Error('not this one');
      }),
      ledger.update(partition, () => ({ put: [{ key: 'k'.repeat(600), value: '' }], result: 0 })),
      ledger.update(partition, () => ({ put: [{ key: 'timer/x', value: 'no time' }], result: 0 })),
      ledger.update(partition, increment),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(countOf(await ledger.load(partition, { fresh: true }))).toBe(2);
  });

  test('L3 hints follow from outbox and timer rows, at the version of their commit', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('hints');
    const farMs = Date.now() + 600_000;
    const timer = (dueAtMs: number) => ({ key: 'timer/t', value: JSON.stringify({ dueAtMs }) });
    const put = (...rows: readonly { key: string; value: string }[]) =>
      ledger.update(partition, () => ({ put: rows, result: 0 }));
    const mine = async () => {
      const { items } = await bench.store().due({ untilMs: farMs + 5_000, limit: 1_000 });
      return items
        .filter((hint) => hint.partition === partition)
        .map(({ kind, version }) => `${kind}@${version}`)
        .sort();
    };
    await put({ key: 'outbox/1', value: 'x' }, timer(farMs));
    expect(await mine()).toEqual(['outbox@1', 'timer@1']);
    await put({ key: 'outbox/2', value: 'x' }, timer(farMs));
    expect(await mine()).toEqual(['outbox@1', 'timer@1']);
    await put(timer(farMs + 1_000));
    expect(await mine()).toEqual(['outbox@1', 'timer@1', 'timer@3']);
    await ledger.update(partition, () => ({ remove: ['outbox/1', 'outbox/2'], result: 0 }));
    await put({ key: 'outbox/3', value: 'x' });
    expect(await mine()).toEqual(['outbox@1', 'outbox@5', 'timer@1', 'timer@3']);
    await bench
      .store()
      .clear(
        (await bench.store().due({ untilMs: farMs + 5_000, limit: 1_000 })).items.filter(
          (hint) => hint.partition === partition,
        ),
      );
  });
}

const readCount = (now: Snapshot): Update<number> => ({ result: countOf(now) });

export function listenerTests(bench: StoreBench): void {
  test('an update that returns no change commits nothing, and listeners hear of each commit', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('heard');
    const heard: string[] = [];
    const stop = ledger.onCommit((where, now) => heard.push(`${where === partition} ${now.version} ${countOf(now)}`));
    await ledger.update(partition, increment);
    expect(await ledger.update(partition, readCount)).toBe(1);
    await ledger.update(partition, increment);
    stop();
    await ledger.update(partition, increment);
    expect(heard).toEqual(['true 1 1', 'true 2 2']);
  });

  test('entries of updates are listed at the version of their commit', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('listed');
    const directory = bench.name('directory');
    await ledger.update(partition, increment);
    const entries = [{ directory, name: 'x', summary: 'two' }];
    await ledger.update(partition, (now) => ({ ...increment(now), entries }));
    expect((await bench.store().list(directory, { limit: 2 })).items).toEqual([{ ...entries[0], version: 2 }]);
  });
}

export function needTests(bench: StoreBench): void {
  test('L4 need rows are read at the same version: one event handed to two replicas has one effect', async () => {
    const replicas = [ledgerOn(bench), ledgerOn(bench), ledgerOn(bench)];
    const partition = bench.name('inbox');
    const handle = (ledger: Ledger, event: string) => {
      const key = `inbox/2026-11/${event}`;
      return ledger.update(
        partition,
        (now): Update<'done' | 'repeat'> =>
          now.rows.has(key)
            ? { result: 'repeat' }
            : {
                put: [
                  { key, value: 'x', ttlMs: 3_600_000 },
                  { key: 'state', value: `${countOf(now) + 1}` },
                ],
                result: 'done',
              },
        { need: [key] },
      );
    };
    const events = Array.from({ length: 12 }, (_, i) => `event-${i}`);
    const outcomes = await Promise.all(events.flatMap((event) => replicas.map((ledger) => handle(ledger, event))));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(events.length);
    expect(countOf((await replicas[0]?.load(partition, { fresh: true })) as Snapshot)).toBe(events.length);
  });

  test('L4 L5 a stale cache is found out: by a commit, by an update that changes nothing, by load when fresh', async () => {
    expect(bench.store().exclusive, 'an exclusive store has nobody beside it').toBe(false);
    const [a, b] = [ledgerOn(bench), ledgerOn(bench)];
    const partition = bench.name('stale');
    await a.update(partition, increment);
    await b.update(partition, increment);
    expect(await a.update(partition, increment)).toBe(3);
    expect(await b.update(partition, (now) => ({ result: countOf(now) }))).toBe(3);
    await a.update(partition, increment);
    expect(countOf(await b.load(partition, { fresh: true }))).toBe(4);
    await a.update(partition, increment);
    const withNeed = await b.load(partition, { need: ['op/1'] });
    expect([withNeed.version, countOf(withNeed)]).toEqual([5, 5]);
  });

  test('an update that is aborted while it waits rejects with the reason and does not happen', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('aborted');
    const stop = new AbortController();
    const first = ledger.update(partition, increment);
    const second = ledger.update(partition, increment, { signal: stop.signal });
    stop.abort(new Error('changed my mind'));
    await expect(second).rejects.toThrow('changed my mind');
    expect(await first).toBe(1);
    expect(countOf(await ledger.load(partition, { fresh: true }))).toBe(1);
  });
}

export function crowdTests(bench: StoreBench): void {
  test('200 updates at once on one partition: none lost', async () => {
    const ledger = ledgerOn(bench);
    const partition = bench.name('crowd');
    const results = await Promise.all(Array.from({ length: 200 }, () => ledger.update(partition, increment)));
    expect([...results].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    const now = await ledger.load(partition, { fresh: true });
    expect(countOf(now)).toBe(200);
    expect(now.version).toBeLessThanOrEqual(4);
  });

  test('updates of many partitions at once do not wait for each other and none is lost', async () => {
    const ledger = ledgerOn(bench);
    const partitions = Array.from({ length: 30 }, () => bench.name('many'));
    await Promise.all(partitions.flatMap((partition) => [1, 2, 3].map(() => ledger.update(partition, increment))));
    const counts = await Promise.all(partitions.map(async (partition) => countOf(await ledger.load(partition))));
    expect(new Set(counts)).toEqual(new Set([3]));
  });
}

export function replicaTests(bench: StoreBench): void {
  test('several replicas on one partition: every update has its effect once', async () => {
    const replicas = Array.from({ length: 4 }, () => ledgerOn(bench));
    const partition = bench.name('replicas');
    const rounds = 10;
    const all = await Promise.all(
      replicas.map(async (ledger) => {
        const results: number[] = [];
        for (let round = 0; round < rounds; round++) {
          results.push(...(await Promise.all([1, 2, 3].map(() => ledger.update(partition, increment)))));
        }
        return results;
      }),
    );
    const expected = replicas.length * rounds * 3;
    expect(all.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: expected }, (_, i) => i + 1));
    expect(countOf((await replicas[0]?.load(partition, { fresh: true })) as Snapshot)).toBe(expected);
  });
}
