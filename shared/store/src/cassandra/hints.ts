/**
 * Hints in their own bucketed table, by plain idempotent writes: nothing conditional ever touches it.
 */
import { bound, hashText } from '@leasehold/kernel';
import { pageLimit } from '../bounds.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import type { DueHint, Page, Store } from '../port.ts';
import { BUCKETS, quoted } from './options.ts';
import type { Bind, CassandraRow, Session } from './session.ts';

const CLEARS_AT_ONCE = bound('store.cassandraClearsAtOnce', 32);

const keyOf = (hint: DueHint): Bind[] => [
  hashText(hint.partition) % BUCKETS.value,
  BigInt(hint.dueAtMs),
  hint.kind,
  hint.partition,
  BigInt(hint.version),
];

const hintOf = (row: CassandraRow): DueHint => ({
  kind: String(row['kind']),
  dueAtMs: Number(row['due_at_ms']),
  partition: String(row['partition']),
  version: Number(row['version']),
});

export function createHintTable(session: Session) {
  const table = `${quoted(session.keyspace)}.hints`;
  const insert = `INSERT INTO ${table} (bucket, due_at_ms, kind, partition, version) VALUES (?, ?, ?, ?, ?)`;
  const remove = `DELETE FROM ${table}
    WHERE bucket = ? AND due_at_ms = ? AND kind = ? AND partition = ? AND version = ?`;
  const columns = `SELECT bucket, due_at_ms, kind, partition, version FROM ${table}`;
  const restOf = `${columns} WHERE bucket = ? AND due_at_ms <= ? AND (due_at_ms, kind, partition, version) > (?, ?, ?, ?)
    LIMIT ?`;
  // One statement for all buckets: this is asked every second, by every replica.
  const wholeOf = `${columns} WHERE bucket IN ? AND due_at_ms <= ? PER PARTITION LIMIT ?`;

  /** What is left of a bucket after a mark. */
  const readRest = async (bucket: number, untilMs: number, after: Bind[], limit: number, signal?: AbortSignal) => {
    const params = [bucket, BigInt(untilMs), ...after, limit];
    return (await session.read({ cql: restOf, params }, { size: limit }, signal)).rows;
  };

  const readWhole = async (buckets: readonly number[], untilMs: number, limit: number, signal?: AbortSignal) => {
    if (buckets.length === 0) return [];
    const query = { cql: wholeOf, params: [buckets, BigInt(untilMs), limit] };
    const { rows } = await session.read(query, { size: buckets.length * limit }, signal);
    return [...rows].sort((a, b) => Number(a['bucket']) - Number(b['bucket']));
  };

  const due = async (query: Parameters<Store['due']>[0], signal?: AbortSignal): Promise<Page<DueHint>> => {
    const limit = pageLimit(query.limit);
    const [from, dueAtMs, kind, partition, version] =
      query.cursor === undefined ? [0] : parseCursor(query.cursor, ['number', 'number', 'string', 'string', 'number']);
    const after: Bind[] =
      version === undefined ? [] : [BigInt(dueAtMs as number), kind as string, partition as string, BigInt(version)];
    const untilMs = Math.floor(query.untilMs);
    const whole = Array.from({ length: BUCKETS.value }, (_, bucket) => bucket).filter((bucket) =>
      after.length === 0 ? bucket >= from : bucket > from,
    );
    const [rest, others] = await Promise.all([
      after.length === 0 ? [] : readRest(from, untilMs, after, limit + 1, signal),
      readWhole(whole, untilMs, limit + 1, signal),
    ]);
    const all = [...rest, ...others];
    const items = all.slice(0, limit).map(hintOf);
    const last = all.length > limit ? all[limit - 1] : undefined;
    if (!last) return { items };
    const mark = hintOf(last);
    return {
      items,
      next: makeCursor([Number(last['bucket']), mark.dueAtMs, mark.kind, mark.partition, mark.version]),
    };
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
