/**
 * The base tables of a tenant's keyspace and the migrations that lead to them. Pure values and their CQL.
 *
 * T1. Migrations are an ordered list and go forward only; a shipped one never changes. Each is a list of steps, and whether
 *     a step is done can be seen in the schema, so that a crash at any statement is resumed there.
 * T2. The last table of the first migration is created with the mark of its completion; every later migration ends by
 *     raising the version in that table's comment.
 * T3. Partitions are bounded by design: a `bucket` or a `day` is part of every key that grows.
 */
export interface TableShape {
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly key: string;
  readonly options: readonly string[];
}

export type Step =
  | { readonly kind: 'table'; readonly table: TableShape }
  | { readonly kind: 'column'; readonly table: string; readonly column: string; readonly type: string };

export interface Migration {
  readonly version: number;
  readonly steps: readonly Step[];
}

const LEVELED = "compaction = {'class': 'LeveledCompactionStrategy'}";
const BY_DAY =
  "compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS', 'compaction_window_size': 1}";

const table = (name: string, columns: Record<string, string>, key: string, ...options: string[]): Step => ({
  kind: 'table',
  table: { name, columns, key, options },
});

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    steps: [
      table(
        'entities',
        {
          entity_type: 'text',
          bucket: 'smallint',
          entity_id: 'text',
          version: 'bigint',
          status: 'text',
          attributes: 'map<text, text>',
          body: 'text',
          created_at: 'timestamp',
          updated_at: 'timestamp',
        },
        '(entity_type, bucket), entity_id',
        LEVELED,
      ),
      table(
        'events',
        {
          stream: 'text',
          day: 'date',
          at: 'timeuuid',
          event_type: 'text',
          entity_id: 'text',
          actor: 'text',
          body: 'text',
          properties: 'map<text, text>',
        },
        '(stream, day), at',
        'CLUSTERING ORDER BY (at DESC)',
        BY_DAY,
      ),
      table(
        'settings',
        {
          scope: 'text',
          name: 'text',
          value: 'text',
          version: 'bigint',
          updated_at: 'timestamp',
          updated_by: 'text',
        },
        'scope, name',
        LEVELED,
      ),
      table(
        'counters_by_day',
        { counter: 'text', day: 'date', dimension: 'text', value: 'counter' },
        '(counter, day), dimension',
      ),
      table(
        'audit',
        {
          day: 'date',
          bucket: 'smallint',
          at: 'timeuuid',
          actor: 'text',
          action: 'text',
          target: 'text',
          before: 'text',
          after: 'text',
          request_id: 'text',
        },
        '(day, bucket), at',
        'CLUSTERING ORDER BY (at DESC)',
        BY_DAY,
      ),
    ],
  },
];

export const latestVersion = (migrations: readonly Migration[]): number => migrations.at(-1)?.version ?? 0;

/** The tables, columns included, as all migrations up to a version leave them. */
export function columnsAt(migrations: readonly Migration[], version: number): ReadonlyMap<string, readonly string[]> {
  const columns = new Map<string, readonly string[]>();
  for (const step of migrations.filter((migration) => migration.version <= version).flatMap((m) => m.steps)) {
    if (step.kind === 'table') columns.set(step.table.name, Object.keys(step.table.columns));
    else columns.set(step.table, [...(columns.get(step.table) ?? []), step.column]);
  }
  return columns;
}

/** The type of a column, for adding one that was lost. */
export function columnType(migrations: readonly Migration[], name: string, column: string): string | undefined {
  for (const step of migrations.flatMap((migration) => migration.steps)) {
    if (step.kind === 'table' && step.table.name === name) {
      const type = step.table.columns[column];
      if (type !== undefined) return type;
    }
    if (step.kind === 'column' && step.table === name && step.column === column) return step.type;
  }
  return undefined;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function createTableCql(keyspace: string, shape: TableShape, comment: string): string {
  const columns = Object.entries(shape.columns).map(([name, type]) => `${quoteName(name)} ${type}`);
  const options = [...shape.options, `comment = ${quoteText(comment)}`].join(' AND ');
  const body = [...columns, `PRIMARY KEY (${shape.key})`].join(', ');
  return `CREATE TABLE ${quoteName(keyspace)}.${quoteName(shape.name)} (${body}) WITH ${options}`;
}

export function replicationCql(replication: Readonly<Record<string, number>>): string {
  const centres = Object.entries(replication).map(([name, factor]) => `${quoteText(name)}: ${factor}`);
  return `{${["'class': 'NetworkTopologyStrategy'", ...centres].join(', ')}}`;
}
