/**
 * A session with a cluster that answers from schema tables told by the test, and keeps the statements that would change it. For the
 * provider of keyspaces without a server.
 */
export interface ColumnTold {
  readonly name: string;
  readonly type?: string;
  readonly kind?: string;
  readonly position?: number;
}

export interface TableTold {
  readonly comment?: string | null;
  readonly columns: readonly ColumnTold[];
  /** Listed, and known to no statement. */
  readonly hidden?: true;
}

export interface KeyspaceTold {
  readonly replication: Readonly<Record<string, string>>;
  readonly durable?: boolean;
  readonly tables?: Readonly<Record<string, TableTold>>;
}

type Row = Readonly<Record<string, unknown>>;

export interface CannedCassandra {
  readonly keyspaces: Map<string, KeyspaceTold>;
  /** Statements in order. */
  readonly statements: string[];
  readonly names: string[];
  peers: number;
  /** Keyspaces of which tables are listed, and which are not there any more, or not yet. */
  readonly ghosts: Map<string, KeyspaceTold>;
  /** What a keyspace has beside tables, by kind and name. */
  readonly described: { readonly type: string; readonly name: string }[];
  /** Throws instead of taking the statement. */
  refuse: (cql: string) => unknown;
  /** Throws instead of describing. */
  refuseDescribe: () => unknown;
  readonly session: {
    rows(name: string, cql: string, params: readonly unknown[]): Promise<readonly Row[]>;
    describe(name: string, cql: string): Promise<readonly Row[]>;
    ddl(name: string, cql: string): Promise<void>;
    close(): Promise<void>;
  };
}

export function createCannedCassandra(): CannedCassandra {
  const keyspaces = new Map<string, KeyspaceTold>();
  const ghosts = new Map<string, KeyspaceTold>();
  const all = (name: unknown, more: Iterable<readonly [string, KeyspaceTold]> = []) =>
    [...keyspaces, ...more].filter(([one]) => name === undefined || one === name);
  const canned: CannedCassandra = {
    keyspaces,
    statements: [],
    names: [],
    peers: 0,
    ghosts,
    described: [],
    refuse: () => undefined,
    refuseDescribe: () => undefined,
    session: {
      rows: async (_name, cql, [keyspace]) => {
        if (cql.includes('system.peers')) return Array.from({ length: canned.peers }, (_, peer) => ({ peer }));
        if (cql.includes(' WHERE keyspace_name = ?') !== (keyspace !== undefined))
          throw new Error(`as it is not: ${cql}`);
        if (cql.includes('system_schema.tables')) return all(keyspace, ghosts).flatMap(tableRows);
        if (cql.includes('system_schema.columns')) return all(keyspace, ghosts).flatMap(columnRows);
        if (!cql.includes('system_schema.keyspaces')) throw new Error(`nobody foresaw ${cql}`);
        return all(keyspace).map(([keyspace_name, { replication, durable = true }]) => ({
          keyspace_name,
          replication,
          durable_writes: durable,
        }));
      },
      describe: async (_name, cql) => {
        const error = canned.refuseDescribe();
        if (error !== undefined) throw error;
        const [, name = ''] = /"([^"]+)"/.exec(cql) ?? [];
        const { tables = {} } = keyspaces.get(name) ?? {};
        const known = Object.entries(tables).filter(([, { hidden }]) => hidden === undefined);
        return [
          { type: 'keyspace', name },
          ...canned.described,
          ...known.map(([table]) => ({ type: 'table', name: table })),
        ];
      },
      ddl: async (name, cql) => {
        canned.names.push(name);
        canned.statements.push(cql);
        const error = canned.refuse(cql);
        if (error !== undefined) throw error;
      },
      close: async () => undefined,
    },
  };
  return canned;
}

const tableRows = ([keyspace_name, { tables = {} }]: readonly [string, KeyspaceTold]): readonly Row[] =>
  Object.entries(tables).map(([table_name, { comment = null }]) => ({ keyspace_name, table_name, comment }));

const columnRows = ([keyspace_name, { tables = {} }]: readonly [string, KeyspaceTold]): readonly Row[] =>
  Object.entries(tables).flatMap(([table_name, { columns }]) =>
    columns.map(({ name, type = 'text', kind = 'regular', position = -1 }) => ({
      keyspace_name,
      table_name,
      column_name: name,
      kind,
      position,
      type,
    })),
  );
