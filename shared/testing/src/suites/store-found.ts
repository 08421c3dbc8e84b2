/**
 * What is found across partitions: due hints and directories (S3).
 */
import type { DirectoryEntry, DueHint, Store } from '@leasehold/store';
import { expect, test } from 'vitest';
import type { StoreBench } from './store.ts';
import { commitOf, committed } from './store-facts.ts';

async function allDue(store: Store, untilMs: number, kind: string, limit = 7): Promise<readonly DueHint[]> {
  const seen: DueHint[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.due({ untilMs, limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return seen.filter((hint) => hint.kind === kind);
}

export function hintTests({ store, name }: StoreBench): void {
  test('S3 hints are found when due, over many partitions and pages, each once', async () => {
    const kind = name('kind');
    const partitions = Array.from({ length: 40 }, (_, i) => `${kind}/${i}`);
    const hintsOf = (partition: string, i: number): readonly DueHint[] => [
      { kind, dueAtMs: 1_000 + i, partition, version: 1 },
      { kind, dueAtMs: 900_000, partition, version: 1 },
    ];
    await Promise.all(
      partitions.map((partition, i) => store().commit(commitOf(partition, 0, { hints: hintsOf(partition, i) }))),
    );
    const due = await allDue(store(), 1_019, kind);
    expect(due.map(({ partition }) => partition).sort()).toEqual(partitions.slice(0, 20).sort());
    expect(due.every((hint) => hint.dueAtMs <= 1_019 && hint.version === 1)).toBe(true);
    expect(await allDue(store(), 900_000, kind)).toHaveLength(80);
    await store().clear(await allDue(store(), 900_000, kind));
    expect(await allDue(store(), 900_000, kind)).toEqual([]);
  });

  test('S3 clear removes exactly the hints given: one written meanwhile by another commit stays', async () => {
    const kind = name('kind');
    const partition = name('meanwhile');
    const hint = (version: number): DueHint => ({ kind, dueAtMs: 2_000, partition, version });
    await store().commit(commitOf(partition, 0, { hints: [hint(1)] }));
    const found = await allDue(store(), 2_000, kind);
    await store().commit(commitOf(partition, 1, { hints: [hint(2)] }));
    await store().clear(found);
    expect(await allDue(store(), 2_000, kind)).toEqual([hint(2)]);
    await store().clear([hint(1), hint(2), hint(3)]);
    expect(await allDue(store(), 2_000, kind)).toEqual([]);
    await store().clear([]);
  });

  test('S3 a hint written twice is one', async () => {
    const kind = name('kind');
    const partition = name('twice');
    const request = commitOf(partition, 0, { hints: [{ kind, dueAtMs: 5, partition, version: 1 }] });
    await store().commit(request);
    await store().commit(request);
    const due = await allDue(store(), 5, kind);
    expect(due).toEqual([{ kind, dueAtMs: 5, partition, version: 1 }]);
    await store().clear(due);
  });
}

export function directoryTests({ store, name, open }: StoreBench): void {
  test('a directory lists every name once, page by page, in the order of the names', async () => {
    const directory = name('directory');
    const names = Array.from({ length: 45 }, (_, i) => `tenant-${String(i).padStart(2, '0')}`);
    await Promise.all(
      names.map((entry) =>
        store().commit(
          commitOf(`${directory}/${entry}`, 0, {
            entries: [{ directory, name: entry, summary: `s-${entry}`, version: 1 }],
          }),
        ),
      ),
    );
    const seen: DirectoryEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await store().list(directory, { limit: 10, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(names.map((entry) => ({ directory, name: entry, summary: `s-${entry}`, version: 1 })));
    expect(await store().list(name('empty'), { limit: 10 })).toEqual({ items: [] });
  });

  test('entries that expire are listed in the order of their names, the highest version wins, and they go by themselves', async () => {
    const directory = name('expiring');
    const entry = (called: string, summary: string, version: number, ttlMs: number) => ({
      entries: [{ directory, name: called, summary, version, ttlMs }],
    });
    const hour = 3_600_000;
    await store().commit(commitOf(`${directory}/b`, 0, entry('b', 'b1', 1, hour)));
    await store().commit(commitOf(`${directory}/a`, 0, entry('a', 'a12', 12, hour)));
    await store().commit(commitOf(`${directory}/a`, 1, entry('a', 'a9', 9, hour)));
    await store().commit(commitOf(`${directory}/c`, 0, entry('c', 'c1', 1, 1_000)));
    const first = await store().list(directory, { limit: 1 });
    expect(first.items).toEqual([{ directory, name: 'a', summary: 'a12', version: 12 }]);
    const second = await store().list(directory, { limit: 1, ...(first.next ? { cursor: first.next } : {}) });
    expect(second.items).toEqual([{ directory, name: 'b', summary: 'b1', version: 1 }]);
    await open().pass(2_100);
    expect((await store().list(directory, { limit: 2 })).items.map(({ name }) => name)).toEqual(['a', 'b']);
    expect((await store().list(directory, { limit: 5 })).items).toHaveLength(2);
  });

  test('the highest version of an entry wins, in whatever order they were written', async () => {
    const directory = name('directory');
    const entry = (summary: string, version: number) => ({ entries: [{ directory, name: 'one', summary, version }] });
    const partition = name('versions');
    expect(await store().commit(commitOf(partition, 0, entry('five', 5)))).toEqual(committed(1));
    await store().commit(commitOf(partition, 1, entry('two', 2)));
    expect((await store().list(directory, { limit: 5 })).items).toEqual([
      { directory, name: 'one', summary: 'five', version: 5 },
    ]);
    await store().commit(commitOf(partition, 2, entry('six', 6)));
    expect((await store().list(directory, { limit: 5 })).items.map(({ summary }) => summary)).toEqual(['six']);
  });
}

export function leavingTests({ store, name }: StoreBench): void {
  test('a name that leaves is listed no more, comes back with a later version, and an earlier word takes nothing away', async () => {
    const [directory, other] = [name('left'), name('right')];
    const partition = name('moves');
    const entry = (summary: string, version: number, where = directory) => ({
      ...{ directory: where, name: 'one', summary, version },
    });
    const listed = async () =>
      Promise.all(
        [directory, other].map(async (where) =>
          (await store().list(where, { limit: 5 })).items.map(({ summary }) => summary),
        ),
      );
    // Confirmed, and taken away, behind the caller's back.
    const settled = (wanted: readonly (readonly string[])[]) =>
      expect.poll(listed, { timeout: 10_000, interval: 20 }).toEqual(wanted);
    await store().commit(commitOf(partition, 0, { entries: [entry('here', 1)] }));
    await settled([['here'], []]);
    await store().commit(
      commitOf(partition, 1, { entries: [{ ...entry('gone', 2), leaves: true }, entry('there', 2, other)] }),
    );
    await settled([[], ['there']]);
    await store().commit(
      commitOf(partition, 2, { entries: [entry('back', 3), { ...entry('gone', 3, other), leaves: true }] }),
    );
    await settled([['back'], []]);
    // It is there no more, and leaves again.
    await store().commit(commitOf(partition, 3, { entries: [{ ...entry('gone', 4, other), leaves: true }] }));
    await store().commit(commitOf(partition, 4, { entries: [entry('later', 9)] }));
    await settled([['later'], []]);
    await store().commit(commitOf(partition, 5, { entries: [{ ...entry('gone', 6), leaves: true }] }));
    await settled([['later'], []]);
  });

  test('a name stays where the commit with which it would leave was lost', async () => {
    const directory = name('stays');
    const partition = name('lost');
    const entry = { directory, name: 'one', summary: 'here', version: 1 };
    await store().commit(commitOf(partition, 0, { entries: [entry] }));
    const lost = commitOf(partition, 0, { entries: [{ ...entry, leaves: true as const }] });
    expect(await store().commit(lost)).toEqual({ kind: 'conflict' });
    expect((await store().list(directory, { limit: 5 })).items.map((one) => one.name)).toEqual(['one']);
  });

  test('an entry that expires cannot leave', async () => {
    const entry = {
      directory: name('both'),
      name: 'one',
      summary: '',
      version: 1,
      ttlMs: 1_000,
      leaves: true,
    } as const;
    await expect(store().commit(commitOf(name('both'), 0, { entries: [entry] }))).rejects.toMatchObject({
      class: 'Bug',
    });
  });
}
