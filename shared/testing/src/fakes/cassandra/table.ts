/**
 * One table in memory: rows by partition and clustering key, static columns, times to live and writers' own timestamps, as far as the
 * documentation of Cassandra promises them.
 *
 * 1. Rows of a partition come in the order of their clustering key, texts by their UTF-8 bytes; partitions come in no order that
 *    anybody may count on.
 * 2. A partition without rows that has static values is one row, for a query that asks for no clustering key.
 * 3. Of two writes of one row the later timestamp wins, whatever the order in which they come; a deletion that brings one is such a write,
 *    and wins over a write of the same timestamp.
 */
import type { Assignment, Condition, Statement, Value } from './statement.ts';

type Cell = Value | ReadonlyMap<Value, Value>;
type Cells = Map<string, Cell>;

interface Row {
  readonly clustering: readonly Value[];
  readonly cells: Cells;
  readonly expiresAtMs: number;
  readonly timestamp: bigint;
}

interface Partition {
  readonly key: readonly Value[];
  readonly statics: Cells;
  readonly rows: Map<string, Row>;
  /** Of rows that were deleted with a timestamp of the writer's own. */
  readonly deleted: Map<string, bigint>;
  /** In their order; absent since a row came or went. */
  sorted?: readonly Row[] | undefined;
}

type Select = Extract<Statement, { kind: 'select' }>;
type Write = Extract<Statement, { kind: 'write' }>;
type Delete = Extract<Statement, { kind: 'delete' }>;

export interface Shape {
  readonly partitionKey: readonly string[];
  readonly clustering: readonly string[];
  readonly statics: readonly string[];
  readonly bigints: readonly string[];
}

export interface Page {
  readonly from: number;
  readonly size: number;
}

export interface Table {
  /** One page of the rows, and whether it is the last. */
  select(query: Select, page: Page): { readonly rows: readonly Record<string, unknown>[]; readonly isLast: boolean };
  /** Whether the condition of the write holds now. */
  holds(write: Write): boolean;
  write(write: Write): void;
  remove(deletion: Delete): void;
}

/** Columns and keys out of the text between the brackets of CREATE TABLE. */
export function shapeOf(definition: string): Shape {
  const key = /PRIMARY KEY \(((?:\([^)]*\)|[^()])+)\)$/.exec(definition)?.[1];
  const columns = definition.replace(/, PRIMARY KEY \(.*$/, '').replaceAll(/<[^>]*>/g, '');
  const named = (pattern: RegExp) =>
    columns.split(',').flatMap((part) => (pattern.test(part) ? [part.trim().split(' ')[0] as string] : []));
  const names = (text: string) => text.split(',').map((part) => part.trim());
  const [, compound, rest] = /^\(([^)]*)\)(?:, (.*))?$/.exec(key ?? '') ?? [];
  const keys = key === undefined ? named(/PRIMARY KEY/) : names(key);
  return {
    partitionKey: compound === undefined ? keys.slice(0, 1) : names(compound),
    clustering: compound === undefined ? keys.slice(1) : rest === undefined ? [] : names(rest),
    statics: named(/ static$/),
    bigints: named(/ bigint\b/),
  };
}

const ODD = /[\ud800-\uffff]/;

/** By UTF-8 bytes, which JavaScript's own order is too as long as no text has anything from the surrogates on. */
function compareTexts(a: string, b: string): number {
  if (ODD.test(a) || ODD.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const [x, y] = [BigInt(a as number), BigInt(b as number)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const compareAll = (a: readonly Value[], b: readonly Value[]): number => {
  for (const [at, value] of a.entries()) {
    const order = at < b.length ? compare(value, b[at] as Value) : 0;
    if (order !== 0) return order;
  }
  return 0;
};

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a == null || b == null
    ? (a ?? null) === (b ?? null)
    : typeof a === 'boolean' || typeof b === 'boolean'
      ? a === b
      : compare(a, b) === 0;

function meets({ operator, values, columns }: Condition, of: (column: string) => Value | undefined): boolean {
  const actual = columns.map(of);
  if (operator === 'IN') return values.some((value) => isSame(actual[0], value));
  if (operator === '=') return isSame(actual[0], values[0]);
  const order = compareAll(actual as readonly Value[], values);
  return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;
}

const keyOf = (conditions: readonly Condition[], columns: readonly string[]): readonly Value[] =>
  columns.map((column) => {
    const found = conditions.find((one) => one.columns[0] === column);
    if (found === undefined) throw new Error(`no value for ${column} of the key`);
    return found.values[0] as Value;
  });

const idOf = (key: readonly Value[]): string => key.map(String).join('\u0000');

function createPartitions(partitionKey: readonly string[]) {
  const partitions = new Map<string, Partition>();
  return {
    all: () => [...partitions.values()],
    of: (conditions: readonly Condition[]): Partition => {
      const key = keyOf(conditions, partitionKey);
      const known = partitions.get(idOf(key)) ?? { key, statics: new Map(), rows: new Map(), deleted: new Map() };
      partitions.set(idOf(key), known);
      return known;
    },
  };
}

const cellOf = (shape: Shape, partition: Partition, row: Row | undefined, column: string): Cell | undefined => {
  const at = shape.partitionKey.indexOf(column);
  if (at >= 0) return partition.key[at];
  const place = shape.clustering.indexOf(column);
  if (place >= 0) return row?.clustering[place];
  return shape.statics.includes(column) ? partition.statics.get(column) : row?.cells.get(column);
};

function setCells(cells: Cells, set: readonly Assignment[]): Cells {
  for (const { column, element, value } of set) {
    if (element === undefined) cells.set(column, value);
    else cells.set(column, new Map([...((cells.get(column) ?? []) as ReadonlyMap<Value, Value>), [element, value]]));
  }
  return cells;
}

function sortedRows(partition: Partition): readonly Row[] {
  partition.sorted ??= [...partition.rows.values()].sort((a, b) => compareAll(a.clustering, b.clustering));
  return partition.sorted;
}

function createSelect(shape: Shape, all: () => readonly Partition[], alive: (row: Row) => boolean) {
  const { partitionKey, clustering, bigints } = shape;
  const meetsAll = (where: readonly Condition[], partition: Partition, row?: Row): boolean =>
    where.every((one) => meets(one, (column) => cellOf(shape, partition, row, column) as Value));
  const show = (cell: Cell | undefined, column: string): unknown => {
    if (cell instanceof Map) return Object.fromEntries(cell);
    return bigints.includes(column) && cell != null ? BigInt(cell as number) : (cell ?? null);
  };
  const rowsOf = (partition: Partition, query: Select): readonly (Row | undefined)[] => {
    const onRows = query.where.filter(({ columns }) => columns.some((column) => clustering.includes(column)));
    const sorted = sortedRows(partition).filter((row) => alive(row) && meetsAll(onRows, partition, row));
    const found = query.isReversed ? sorted.toReversed() : sorted;
    const isBare = found.length === 0 && onRows.length === 0 && partition.statics.size > 0;
    return (isBare ? [undefined] : found).slice(0, query.perPartition);
  };
  return (query: Select, { from, size }: Page) => {
    const onKey = query.where.filter(({ columns }) => columns.every((column) => partitionKey.includes(column)));
    const found = all()
      .filter((partition) => meetsAll(onKey, partition))
      .reverse()
      .flatMap((partition) => rowsOf(partition, query).map((row) => ({ partition, row })))
      .slice(0, query.limit);
    const rows = found
      .slice(from, from + size)
      .map(({ partition, row }) =>
        Object.fromEntries(
          query.columns.map((column) => [column, show(cellOf(shape, partition, row, column), column)]),
        ),
      );
    return { rows, isLast: from + size >= found.length };
  };
}

/** @param nowMs for times to live; @param stamp grows with each write that brings no timestamp. */
export function createTable(shape: Shape, nowMs: () => number, stamp: () => bigint): Table {
  const partitions = createPartitions(shape.partitionKey);
  const { clustering, statics } = shape;
  const alive = ({ expiresAtMs }: Row): boolean => expiresAtMs > nowMs();
  return {
    select: createSelect(shape, partitions.all, alive),
    holds: ({ key, only }) => {
      if (only === undefined) return true;
      const partition = partitions.of(key);
      // What is asked of static columns names no row.
      const place = key.length > shape.partitionKey.length ? keyOf(key, clustering) : [];
      const found = partition.rows.get(idOf(place));
      const row = found !== undefined && alive(found) ? found : undefined;
      if (only === 'absent') return row === undefined;
      return only.every((one) => meets(one, (column) => cellOf(shape, partition, row, column) as Value | undefined));
    },
    write: ({ key, set, ttlSeconds, timestamp = stamp() }) => {
      const partition = partitions.of(key);
      setCells(
        partition.statics,
        set.filter(({ column }) => statics.includes(column)),
      );
      const own = set.filter(({ column }) => !statics.includes(column));
      if (own.length === 0) return;
      const place = keyOf(key, clustering);
      const before = partition.rows.get(idOf(place));
      const lastly = before?.timestamp ?? partition.deleted.get(idOf(place));
      if (lastly !== undefined && (before === undefined ? lastly >= timestamp : lastly > timestamp)) return;
      const isGone = before === undefined || !alive(before);
      const cells = setCells(new Map(isGone ? [] : before.cells), own);
      const expiresAtMs = ttlSeconds === 0 ? Number.POSITIVE_INFINITY : nowMs() + ttlSeconds * 1_000;
      partition.rows.set(idOf(place), { clustering: place, cells, expiresAtMs, timestamp });
      partition.sorted = undefined;
    },
    remove: ({ key, timestamp }) => {
      const partition = partitions.of(key);
      const place = idOf(keyOf(key, clustering));
      if (timestamp !== undefined) {
        const lastly = partition.rows.get(place)?.timestamp ?? partition.deleted.get(place);
        if (lastly !== undefined && lastly > timestamp) return;
        partition.deleted.set(place, timestamp);
      }
      partition.rows.delete(place);
      partition.sorted = undefined;
    },
  };
}
