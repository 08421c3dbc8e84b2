/**
 * Hints in their own bucketed table, by plain idempotent writes: nothing conditional ever touches it.
 */
import { bound, hashText } from '@leasehold/kernel';
import { pageLimit } from '../bounds.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import type { DueHint, Page, Store } from '../port.ts';
import { BUCKETS, quoted } from './options.ts';
import type { Bind, Session } from './session.ts';

const CLEARS_AT_ONCE = bound('store.cassandraClearsAtOnce', 32);

const keyOf = (hint: DueHint): Bind[] => [
  hashText(hint.partition) % BUCKETS.value,
  BigInt(hint.dueAtMs),
  hint.kind,
  hint.partition,
  BigInt(hint.version),
];

export function createHintTable(session: Session) {
  const table = `${quoted(session.keyspace)}.hints`;
  const insert = `INSERT INTO ${table} (bucket, due_at_ms, kind, partition, version) VALUES (?, ?, ?, ?, ?)`;
  const remove = `DELETE FROM ${table}
    WHERE bucket = ? AND due_at_ms = ? AND kind = ? AND partition = ? AND version = ?`;
  const select = `SELECT due_at_ms, kind, partition, version FROM ${table} WHERE bucket = ? AND due_at_ms <= ?`;

  const readBucket = async (
    bucket: number,
    untilMs: number,
    after: readonly Bind[],
    limit: number,
    signal?: AbortSignal,
  ) => {
    const paging = after.length === 0 ? '' : ' AND (due_at_ms, kind, partition, version) > (?, ?, ?, ?)';
    const query = { cql: `${select}${paging} LIMIT ?`, params: [bucket, BigInt(untilMs), ...after, limit] };
    const { rows } = await session.read(query, { size: limit }, signal);
    return rows.map(
      (row): DueHint => ({
        kind: String(row['kind']),
        dueAtMs: Number(row['due_at_ms']),
        partition: String(row['partition']),
        version: Number(row['version']),
      }),
    );
  };

  const due = async (query: Parameters<Store['due']>[0], signal?: AbortSignal): Promise<Page<DueHint>> => {
    const limit = pageLimit(query.limit);
    const [from, ...mark] =
      query.cursor === undefined ? [0] : parseCursor(query.cursor, ['number', 'number', 'string', 'string', 'number']);
    const [dueAtMs, kind, partition, version] = mark;
    const after: Bind[] =
      version === undefined ? [] : [BigInt(dueAtMs as number), kind as string, partition as string, BigInt(version)];
    const untilMs = Math.floor(query.untilMs);
    const buckets = Array.from({ length: Math.max(BUCKETS.value - from, 0) }, (_, index) => from + index);
    const found = await Promise.all(
      buckets.map((bucket, index) => readBucket(bucket, untilMs, index === 0 ? after : [], limit + 1, signal)),
    );
    const all = found.flatMap((hints, index) => hints.map((hint) => ({ bucket: buckets[index] as number, hint })));
    const page = all.slice(0, limit);
    const last = page.at(-1);
    const items = page.map(({ hint }) => hint);
    if (all.length <= limit || !last) return { items };
    const { hint } = last;
    return { items, next: makeCursor([last.bucket, hint.dueAtMs, hint.kind, hint.partition, hint.version]) };
  };

  return {
    due,
    write: async (hints: readonly DueHint[]) => {
      await Promise.all(hints.map((hint) => session.write({ cql: insert, params: keyOf(hint) })));
    },
    clear: async (hints: readonly DueHint[], signal?: AbortSignal) => {
      for (let start = 0; start < hints.length; start += CLEARS_AT_ONCE.value) {
        const some = hints.slice(start, start + CLEARS_AT_ONCE.value);
        await Promise.all(some.map((hint) => session.write({ cql: remove, params: keyOf(hint) }, signal)));
      }
    },
  };
}
