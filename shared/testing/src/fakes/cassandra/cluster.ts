/**
 * A Cassandra cluster in memory, as its driver sees it: statements are answered from tables, and some answers are lost on purpose.
 *
 * 1. What a batch changes it changes at once, and only if its condition holds.
 * 2. A statement that is struck either happened before its answer was lost, or never did, or (a conditional one) is still under way: then
 *    the next read at serial consistency completes it, and no other read sees it.
 * 3. Answers come in a later turn, so that two callers' statements mix.
 */
import { type Bound, parseStatement, type Statement, SyntaxFault } from './statement.ts';
import { createTable, shapeOf, type Table } from './table.ts';

export interface Asked {
  readonly cql: string;
  readonly params: readonly Bound[];
}

/** What the driver gives its options beside the statement. */
export interface AskedWith {
  readonly consistency?: number;
  readonly fetchSize?: number;
  readonly pageState?: string;
  readonly isIdempotent?: boolean;
  readonly prepare?: boolean;
}

export interface Answered {
  readonly rows: readonly Record<string, unknown>[];
  readonly pageState: string | null;
  readonly applied: boolean;
}

export interface Strike {
  /** Of the statements whose text this is part of, the next one; default: any. */
  readonly on?: string;
  readonly effect: 'done' | 'not-done' | 'under-way';
  /** What the driver throws; absent: it answers. */
  readonly error?: () => Error;
  /** What happens before the statement does. */
  readonly meanwhile?: () => Promise<unknown>;
}

export interface FakeCluster {
  /** Each is used once, first come first struck. */
  strike(...strikes: readonly Strike[]): void;
  /** Strikes that nothing has met yet. */
  readonly left: number;
  /** What came, in order, those of a batch together, with what they were asked with. */
  readonly asked: readonly (AskedWith & { readonly cql: string; readonly params: readonly Bound[] })[];
  ask(queries: readonly Asked[], options: AskedWith, isSerial: boolean): Promise<Answered>;
}

const clusters = new Map<string, FakeCluster>();

/** What answers at an address; undefined: nobody. */
export const clusterAt = (contactPoint: string): FakeCluster | undefined => clusters.get(contactPoint);

/** The one question to a server about itself. */
const LOCAL_CENTRE = 'SELECT data_center FROM system.local';

const INVALID = 0x2200;
const SYNTAX = 0x2000;

export const responseError = (code: number, message: string): Error =>
  Object.assign(new Error(message), { name: 'ResponseError', code });

const later = () => new Promise<void>((resolve) => setImmediate(resolve));

function createTables(nowMs: () => number) {
  const keyspaces = new Set<string>();
  const tables = new Map<string, Table>();
  let stamps = 0n;
  const tableOf = ({ keyspace, table }: { readonly keyspace: string; readonly table: string }): Table => {
    const known = tables.get(`${keyspace}.${table}`);
    if (!known) throw responseError(INVALID, `unconfigured table ${table}`);
    return known;
  };
  const make = (statement: Extract<Statement, { kind: 'table' }>): void => {
    const { keyspace, table, definition } = statement;
    if (!keyspaces.has(keyspace)) throw responseError(INVALID, `Keyspace '${keyspace}' does not exist`);
    const name = `${keyspace}.${table}`;
    if (!tables.has(name))
      tables.set(
        name,
        createTable(shapeOf(definition), nowMs, () => ++stamps),
      );
  };
  const change = (statement: Statement): void => {
    if (statement.kind === 'keyspace') keyspaces.add(statement.keyspace);
    else if (statement.kind === 'table') make(statement);
    else if (statement.kind === 'write') tableOf(statement).write(statement);
    else if (statement.kind === 'delete') tableOf(statement).remove(statement);
  };
  /** @returns whether the conditions held. */
  const apply = (statements: readonly Statement[]): boolean => {
    if (!statements.every((one) => one.kind !== 'write' || tableOf(one).holds(one))) return false;
    for (const statement of statements) change(statement);
    return true;
  };
  return { apply, tableOf };
}

const parsed = ({ cql, params }: Asked): Statement => {
  try {
    return parseStatement(cql, params);
  } catch (error) {
    if (error instanceof SyntaxFault) throw responseError(SYNTAX, error.message);
    throw error;
  }
};

const isConditional = (statements: readonly Statement[]): boolean =>
  statements.some((one) => one.kind === 'write' && one.only !== undefined);

export function fakeCluster(contactPoint: string, nowMs: () => number): FakeCluster {
  const { apply, tableOf } = createTables(nowMs);
  const strikes: Strike[] = [];
  const asked: FakeCluster['asked'][number][] = [];
  let underWay: (() => void)[] = [];
  const read = (
    statement: Extract<Statement, { kind: 'select' }>,
    { fetchSize = 5_000, pageState }: AskedWith,
  ): Answered => {
    const from = Number(pageState ?? 0);
    const { rows, isLast } = tableOf(statement).select(statement, { from, size: fetchSize });
    return { rows, pageState: isLast ? null : `${from + fetchSize}`, applied: true };
  };
  const run = (statements: readonly Statement[], options: AskedWith): Answered => {
    const [only] = statements;
    if (only?.kind === 'select') return read(only, options);
    const applied = apply(statements);
    return { rows: isConditional(statements) ? [{ '[applied]': applied }] : [], pageState: null, applied };
  };
  const strikeFor = (text: string): Strike | undefined => {
    const at = strikes.findIndex(({ on = '' }) => text.includes(on));
    return at < 0 ? undefined : strikes.splice(at, 1)[0];
  };
  const cluster: FakeCluster = {
    strike: (...more) => void strikes.push(...more),
    get left() {
      return strikes.length;
    },
    asked,
    ask: async (queries, options, isSerial) => {
      const text = queries.map(({ cql }) => cql.replaceAll(/\s+/g, ' ')).join('; ');
      asked.push({ ...options, cql: text, params: queries.flatMap(({ params }) => params) });
      const strike = strikeFor(text);
      await later();
      await strike?.meanwhile?.();
      if (text === LOCAL_CENTRE) return { rows: [{ data_center: 'dc1' }], pageState: null, applied: true };
      const statements = queries.map(parsed);
      if (isSerial) for (const complete of underWay.splice(0)) complete();
      // A later proposal completes the one before it, as Paxos does.
      if (isConditional(statements)) for (const complete of underWay.splice(0)) complete();
      if (strike?.effect === 'under-way') underWay = [...underWay, () => void apply(statements)];
      if (strike !== undefined && strike.effect !== 'done') throw strike.error?.();
      const answer = run(statements, options);
      await later();
      if (strike?.error !== undefined) throw strike.error();
      return answer;
    },
  };
  clusters.set(contactPoint, cluster);
  return cluster;
}
