/**
 * Reads of one partition's rows (S2).
 *
 * 1. One statement sees one moment, and its rows carry the version; an empty answer carries none. So exact keys are read
 *    together with the sentinel row, and prefixes with one range over all of them, at the same time. Versions that agree
 *    prove one moment, in one round trip.
 * 2. Where that cannot prove it (nothing in the range, too much in it, a commit in between), the prefixes are read between
 *    two readings of the version, until both agree.
 */
import { bug, invalid, unavailable } from '@leasehold/kernel';
import { checkPartition, LOAD_KEYS, pageLimit } from '../bounds.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import { compareKeys, inSlice, prefixEnd } from '../key-range.ts';
import type { Page, Row, Snapshot, Store } from '../port.ts';
import { SENTINEL } from './commit.ts';
import { COVER_ROWS, LOAD_ATTEMPTS, quoted, SLICE_ROWS } from './options.ts';
import type { Bind, CassandraRow, Query, Session } from './session.ts';

const SLICE_PAGE = 500;

interface Part {
  readonly version: number | undefined;
  readonly rows: readonly (readonly [key: string, value: string])[];
}

const partOf = (rows: readonly CassandraRow[]): Part => ({
  version: rows[0]?.['version'] == null ? undefined : Number(rows[0]['version']),
  rows: rows.flatMap((row) =>
    row['key'] == null || row['key'] === SENTINEL ? [] : [[String(row['key']), String(row['value'] ?? '')] as const],
  ),
});

const contended = () =>
  unavailable('the partition changed during each attempt to read it', {
    code: 'StoreContended',
    backend: 'cassandra',
    retryAfterMs: 100,
  });

const factsOf = (session: Session): string => `${quoted(session.keyspace)}.facts`;

const range = (columns: string, partition: string, from: string, end: string | undefined): Query =>
  end === undefined
    ? { cql: `${columns} AND key >= ?`, params: [partition, from] }
    : { cql: `${columns} AND key >= ? AND key < ?`, params: [partition, from, end] };

/** The single statements of a reader, each of which sees one moment. */
function createStatements(session: Session) {
  const columns = `SELECT key, value, version FROM ${factsOf(session)} WHERE partition = ?`;

  const readKeys = async (partition: string, keys: readonly string[], signal?: AbortSignal): Promise<Part> => {
    const params: Bind[] = [partition, [...new Set([SENTINEL, ...keys])]];
    const { rows } = await session.read({ cql: `${columns} AND key IN ?`, params }, { size: 5_000 }, signal);
    return partOf(rows);
  };

  /** One range over all prefixes; undefined: it holds too many rows, some of which nobody asked for. */
  const readCover = async (partition: string, prefixes: readonly string[], signal?: AbortSignal) => {
    const sorted = [...prefixes].sort(compareKeys);
    const ends = prefixes.map(prefixEnd);
    const known = ends.filter((end) => end !== undefined).sort(compareKeys);
    const end = known.length < ends.length ? undefined : known.at(-1);
    const { cql, params } = range(columns, partition, sorted[0] as string, end);
    const query = { cql: `${cql} LIMIT ?`, params: [...params, COVER_ROWS.value + 1] };
    const { rows } = await session.read(query, { size: COVER_ROWS.value + 1 }, signal);
    return rows.length > COVER_ROWS.value ? undefined : partOf(rows);
  };

  const readPrefix = async (partition: string, prefix: string, signal?: AbortSignal): Promise<Part['rows']> => {
    const all: (readonly [string, string])[] = [];
    let state: string | undefined;
    do {
      const page = { size: SLICE_PAGE, ...(state === undefined ? {} : { state }) };
      const answer = await session.read(range(columns, partition, prefix, prefixEnd(prefix)), page, signal);
      all.push(...partOf(answer.rows).rows);
      state = answer.next;
      if (all.length > SLICE_ROWS.value)
        throw bug(`the slice ${prefix} holds more rows than ${SLICE_ROWS.name} allows`);
    } while (state !== undefined);
    return all;
  };

  return { readKeys, readCover, readPrefix };
}

type Statements = ReturnType<typeof createStatements>;

interface Wanted {
  readonly partition: string;
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
}

async function readBetween(
  { readKeys, readPrefix }: Statements,
  { partition, keys, prefixes }: Wanted,
  start: Part,
  signal?: AbortSignal,
): Promise<Snapshot> {
  let before = start;
  for (let attempt = 1; attempt <= LOAD_ATTEMPTS.value; attempt++) {
    const slices = await Promise.all(prefixes.map((prefix) => readPrefix(partition, prefix, signal)));
    const after = await readKeys(partition, keys, signal);
    if (after.version === before.version) {
      return { version: after.version ?? 0, rows: new Map([...after.rows, ...slices.flat()]) };
    }
    before = after;
  }
  throw contended();
}

const createLoad =
  (statements: Statements): Store['load'] =>
  async (partition, slices, signal) => {
    checkPartition(partition);
    const keys = slices.flatMap((slice) => ('key' in slice ? [slice.key] : []));
    const prefixes = slices.flatMap((slice) => ('prefix' in slice ? [slice.prefix] : []));
    if (keys.length > LOAD_KEYS.value) {
      throw invalid(`${keys.length} keys asked for at once, more than ${LOAD_KEYS.name} allows (${LOAD_KEYS.value})`, {
        code: 'ValueTooBig',
      });
    }
    const exact = statements.readKeys(partition, keys, signal);
    if (prefixes.length === 0) {
      const { version = 0, rows } = await exact;
      return { version, rows: new Map(rows) };
    }
    const [found, cover] = await Promise.all([exact, statements.readCover(partition, prefixes, signal)]);
    if (found.version === undefined && cover?.rows.length === 0) return { version: 0, rows: new Map() };
    if (found.version !== undefined && cover?.version === found.version) {
      const covered = cover.rows.filter(([key]) => slices.some((slice) => inSlice(key, slice)));
      return { version: found.version, rows: new Map([...found.rows, ...covered]) };
    }
    return readBetween(statements, { partition, keys, prefixes }, found, signal);
  };

const createScan =
  (session: Session): Store['scan'] =>
  async (partition, page, signal): Promise<Page<Row>> => {
    checkPartition(partition);
    const limit = pageLimit(page.limit);
    const after = page.cursor === undefined ? undefined : parseCursor(page.cursor, ['string'])[0];
    const end = prefixEnd(page.prefix);
    const low =
      after !== undefined && !page.reverse ? (['key > ?', after] as const) : (['key >= ?', page.prefix] as const);
    const high = after !== undefined && page.reverse ? after : end;
    const cql = `SELECT key, value FROM ${factsOf(session)} WHERE partition = ? AND ${low[0]}${high === undefined ? '' : ' AND key < ?'}
    ORDER BY key ${page.reverse ? 'DESC' : 'ASC'} LIMIT ?`;
    // Two more than the page: one to know of a next page, one for the sentinel row.
    const params = [partition, low[1], ...(high === undefined ? [] : [high]), limit + 2];
    const { rows } = await session.read({ cql, params }, { size: limit + 2 }, signal);
    const found = partOf(rows).rows;
    const items = found.slice(0, limit).map(([key, value]) => ({ key, value }));
    const last = items.at(-1);
    return found.length > limit && last ? { items, next: makeCursor([last.key]) } : { items };
  };

export const createFactReader = (session: Session) => ({
  load: createLoad(createStatements(session)),
  scan: createScan(session),
});
