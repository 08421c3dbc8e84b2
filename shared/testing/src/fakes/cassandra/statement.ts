/**
 * The part of CQL that this repository's stores speak, taken apart: clauses in the order of the text, with the values that were bound
 * to their markers. What it does not understand it refuses, as a server does.
 */
export type Value = string | number | bigint | boolean | null;
export type Bound = Value | readonly Value[] | undefined;
export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'IN';

export interface Condition {
  /** Several: compared together, as a tuple. */
  readonly columns: readonly string[];
  readonly operator: Operator;
  readonly values: readonly Value[];
}

export interface Assignment {
  readonly column: string;
  /** The key of a map's element. */
  readonly element?: Value;
  readonly value: Value;
}

interface Place {
  readonly keyspace: string;
  readonly table: string;
}

export type Statement =
  | { readonly kind: 'keyspace'; readonly keyspace: string; readonly replication: string }
  | (Place & { readonly kind: 'table'; readonly definition: string })
  | (Place & {
      readonly kind: 'select';
      readonly columns: readonly string[];
      readonly where: readonly Condition[];
      readonly isReversed: boolean;
      readonly perPartition: number | undefined;
      readonly limit: number | undefined;
    })
  | (Place & {
      readonly kind: 'write';
      readonly key: readonly Condition[];
      readonly set: readonly Assignment[];
      readonly ttlSeconds: number;
      readonly timestamp: bigint | undefined;
      /** Absent: unconditional. `absent`: IF NOT EXISTS. */
      readonly only?: 'absent' | readonly Condition[];
    })
  | (Place & { readonly kind: 'delete'; readonly key: readonly Condition[]; readonly timestamp: bigint | undefined });

/** As the server's error of that name. */
export class SyntaxFault extends Error {}

const LITERALS: Readonly<Record<string, Value>> = { true: true, false: false, null: null };

const list = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

function place(text: string): Place {
  const [, keyspace, table] = /^"([a-z0-9_]+)"\.([a-z]+)$/.exec(text) ?? [];
  if (keyspace === undefined || table === undefined) throw new SyntaxFault(`no table: ${text}`);
  return { keyspace, table };
}

/** Values bound to markers, first come first taken. */
function binder(params: readonly Bound[]) {
  let next = 0;
  const bound = (): Bound => {
    if (next >= params.length) throw new SyntaxFault('fewer values than markers');
    return params[next++];
  };
  const value = (text: string): Value => {
    if (text === '?') {
      const given = bound();
      if (given === undefined || Array.isArray(given)) throw new SyntaxFault('a single value is wanted');
      return given as Value;
    }
    const known = LITERALS[text];
    if (known !== undefined) return known;
    if (/^\d+$/.test(text)) return Number(text);
    throw new SyntaxFault(`no value: ${text}`);
  };
  const values = (text: string): readonly Value[] => {
    if (text.startsWith('(')) return list(text.slice(1, -1)).map(value);
    if (text !== '?') return [value(text)];
    const given = bound();
    if (given === undefined) throw new SyntaxFault('an unset value');
    return Array.isArray(given) ? (given as readonly Value[]) : [given as Value];
  };
  const end = (): void => {
    if (next !== params.length) throw new SyntaxFault(`${params.length} values for ${next} markers`);
  };
  return { value, values, end };
}

type Binder = ReturnType<typeof binder>;

function condition(text: string, binds: Binder): Condition {
  const [, left, operator, right] = /^(\([^)]*\)|[a-z_]+) (=|<=|>=|<|>|IN) (.+)$/.exec(text) ?? [];
  if (left === undefined || operator === undefined || right === undefined)
    throw new SyntaxFault(`no condition: ${text}`);
  const columns = left.startsWith('(') ? list(left.slice(1, -1)) : [left];
  const values = operator === 'IN' || columns.length > 1 ? binds.values(right) : [binds.value(right)];
  return { columns, operator: operator as Operator, values };
}

const conditions = (text: string, binds: Binder): readonly Condition[] =>
  text.split(' AND ').map((part) => condition(part.trim(), binds));

function select(text: string, binds: Binder): Statement {
  const found =
    /^SELECT (.+?) FROM (\S+)(?: WHERE (.+?))?(?: ORDER BY [a-z_]+ (ASC|DESC))?(?: PER PARTITION LIMIT (\S+))?(?: LIMIT (\S+))?$/.exec(
      text,
    );
  if (!found) throw new SyntaxFault(`not understood: ${text}`);
  const [, columns = '', from = '', where, order, perPartition, limit] = found;
  const count = (marker: string | undefined) => (marker === undefined ? undefined : Number(binds.value(marker)));
  return {
    kind: 'select',
    ...place(from),
    columns: list(columns),
    where: where === undefined ? [] : conditions(where, binds),
    isReversed: order === 'DESC',
    perPartition: count(perPartition),
    limit: count(limit),
  };
}

function insert(text: string, binds: Binder): Statement {
  const found =
    /^INSERT INTO (\S+) \(([^)]+)\) VALUES \(([^)]+)\)( IF NOT EXISTS)?(?: USING (?:TIMESTAMP (\S+) AND )?TTL (\S+))?$/.exec(
      text,
    );
  if (!found) throw new SyntaxFault(`not understood: ${text}`);
  const [, into = '', names = '', markers = '', isOnlyAbsent, timestamp, ttl] = found;
  const columns = list(names);
  const values = list(markers).map(binds.value);
  if (columns.length !== values.length) throw new SyntaxFault('unmatched columns and values');
  const given = timestamp === undefined ? undefined : BigInt(binds.value(timestamp) as bigint);
  return {
    kind: 'write',
    ...place(into),
    key: columns.map((column, at) => ({ columns: [column], operator: '=', values: [values[at] as Value] })),
    set: columns.map((column, at) => ({ column, value: values[at] as Value })),
    timestamp: given,
    ttlSeconds: ttl === undefined ? 0 : Number(binds.value(ttl)),
    ...(isOnlyAbsent === undefined ? {} : { only: 'absent' }),
  };
}

function update(text: string, binds: Binder): Statement {
  const [, into = '', set = '', where = '', only] = /^UPDATE (\S+) SET (.+) WHERE (.+?)(?: IF (.+))?$/.exec(text) ?? [];
  const assignments = list(set).map((part): Assignment => {
    const [, column, element, value] = /^([a-z_]+)(?:\[(\?)\])? = (\S+)$/.exec(part) ?? [];
    if (column === undefined || value === undefined) throw new SyntaxFault(`not understood: ${text}`);
    return element === undefined
      ? { column, value: binds.value(value) }
      : { column, element: binds.value(element), value: binds.value(value) };
  });
  return {
    kind: 'write',
    ...place(into),
    set: assignments,
    key: conditions(where, binds),
    ttlSeconds: 0,
    timestamp: undefined,
    ...(only === undefined ? {} : { only: conditions(only, binds) }),
  };
}

function define(text: string): Statement {
  const keyspace = /^CREATE KEYSPACE IF NOT EXISTS "([a-z0-9_]+)" WITH replication = (\{.+\})$/.exec(text);
  if (keyspace) return { kind: 'keyspace', keyspace: keyspace[1] as string, replication: keyspace[2] as string };
  const [, name = '', definition = ''] = /^CREATE TABLE IF NOT EXISTS (\S+) \((.+)\)(?: WITH .+)?$/.exec(text) ?? [];
  return { kind: 'table', ...place(name), definition };
}

function parseWith(text: string, binds: Binder): Statement {
  if (text.startsWith('SELECT ')) return select(text, binds);
  if (text.startsWith('INSERT ')) return insert(text, binds);
  if (text.startsWith('UPDATE ')) return update(text, binds);
  if (text.startsWith('CREATE ')) return define(text);
  const [, from, given, where] = /^DELETE FROM (\S+)(?: USING TIMESTAMP (\S+))? WHERE (.+)$/.exec(text) ?? [];
  if (from === undefined || where === undefined) throw new SyntaxFault(`not understood: ${text}`);
  const timestamp = given === undefined ? undefined : BigInt(binds.value(given) as bigint);
  return { kind: 'delete', ...place(from), timestamp, key: conditions(where, binds) };
}

/** @throws SyntaxFault */
export function parseStatement(cql: string, params: readonly Bound[]): Statement {
  const binds = binder(params);
  const statement = parseWith(cql.replaceAll(/\s+/g, ' ').trim(), binds);
  binds.end();
  return statement;
}
