/**
 * A Cassandra cluster's keyspaces with their tables, types and indexes, its roles, and who may do what, from its own system
 * tables through the plain driver.
 */
import type { Json } from '@leasehold/kernel';
import { variable } from './variable.ts';

type Row = Readonly<Record<string, unknown>>;
type Ask = (query: string) => Promise<readonly Row[]>;

const SYSTEM = /^system(_|$)/;

const textOf = (row: Row, column: string): string => String(row[column]);
const listOf = (row: Row, column: string): readonly string[] => [...((row[column] as string[] | null) ?? [])].sort();

/** Rows as a tree: one level for each of the given columns, `leaf` below. */
function treeOf(rows: readonly Row[], columns: readonly string[], leaf: (row: Row) => Json): { [key: string]: Json } {
  const tree: { [key: string]: Json } = {};
  for (const row of rows) {
    let at = tree;
    for (const column of columns.slice(0, -1)) {
      at[textOf(row, column)] ??= {};
      at = at[textOf(row, column)] as { [key: string]: Json };
    }
    at[textOf(row, columns.at(-1) as string)] = leaf(row);
  }
  return tree;
}

async function keyspacesOf(ask: Ask): Promise<Json> {
  const own = (rows: readonly Row[]): readonly Row[] =>
    rows.filter((row) => !SYSTEM.test(textOf(row, 'keyspace_name')));
  const rowsOf = async (table: string): Promise<readonly Row[]> =>
    own(await ask(`SELECT * FROM system_schema.${table}`));
  const keyspaces = await rowsOf('keyspaces');
  const columns = treeOf(await rowsOf('columns'), ['keyspace_name', 'table_name', 'column_name'], (row) =>
    [row['type'], row['kind'], row['position']].join(' '),
  );
  const tables = treeOf(await rowsOf('tables'), ['keyspace_name', 'table_name'], (row) => ({
    comment: textOf(row, 'comment'),
    default_time_to_live: Number(row['default_time_to_live']),
  }));
  const types = treeOf(await rowsOf('types'), ['keyspace_name', 'type_name'], (row) => listOf(row, 'field_names'));
  const indexes = treeOf(await rowsOf('indexes'), ['keyspace_name', 'index_name'], (row) => textOf(row, 'table_name'));
  return treeOf(keyspaces, ['keyspace_name'], (row) => {
    const name = textOf(row, 'keyspace_name');
    return {
      replication: row['replication'] as Json,
      durable_writes: Boolean(row['durable_writes']),
      tables: tables[name] ?? {},
      columns: columns[name] ?? {},
      types: types[name] ?? {},
      indexes: indexes[name] ?? {},
    };
  });
}

/** Each role has an entry, though it hold no permission: the first one that it gets is then a change below it, by its name. */
async function accessOf(ask: Ask): Promise<{ readonly roles: Json; readonly permissions: Json }> {
  const roles = treeOf(await ask('SELECT * FROM system_auth.roles'), ['role'], (row) => ({
    can_login: Boolean(row['can_login']),
    is_superuser: Boolean(row['is_superuser']),
    member_of: listOf(row, 'member_of'),
  }));
  const granted = await ask('SELECT * FROM system_auth.role_permissions');
  // Revoking the last permission leaves a row with none.
  const held = granted.filter((row) => listOf(row, 'permissions').length > 0);
  const none = Object.fromEntries(Object.keys(roles).map((role) => [role, {}]));
  const permissions = { ...none, ...treeOf(held, ['role', 'resource'], (row) => listOf(row, 'permissions')) };
  return { roles, permissions };
}

/** @param env STACK_CASSANDRA_HOSTS, _USERNAME, _PASSWORD. */
export async function cassandraInventory(env: Readonly<Record<string, string | undefined>>): Promise<Json> {
  const { default: driver } = await import('cassandra-driver');
  const login = [variable(env, 'STACK_CASSANDRA_USERNAME'), variable(env, 'STACK_CASSANDRA_PASSWORD')] as const;
  const client = new driver.Client({
    contactPoints: variable(env, 'STACK_CASSANDRA_HOSTS').split(','),
    localDataCenter: env['STACK_CASSANDRA_LOCAL_DC'] ?? 'datacenter1',
    authProvider: new driver.auth.PlainTextAuthProvider(...login),
  });
  const ask: Ask = async (query) => {
    const rows: Row[] = [];
    for await (const row of await client.execute(query, [], { prepare: true, fetchSize: 2_000 })) rows.push(row as Row);
    return rows;
  };
  try {
    await client.connect();
    return { keyspaces: await keyspacesOf(ask), ...(await accessOf(ask)) };
  } finally {
    await client.shutdown();
  }
}
