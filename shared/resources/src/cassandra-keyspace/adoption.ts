/**
 * Putting our mark on a keyspace that others made, on an operator's word. Owns what makes one fit to be a tenant's; leaves what is
 * missing in it to the ordinary plan.
 *
 * A1. The comment of each base table gives way to the mark, and nothing else of the keyspace changes. One without any base
 *     table gets the first of them, empty: a keyspace itself has no place for a mark.
 * A2. A base table with another primary key, or another type of a column, cannot become ours: no change could make it so. That
 *     is told by the look (`misfits`), so that a plan shows it.
 */
import { isAbsent, type Ref } from '@leasehold/engine';
import { mayAdopt, vanished } from '../edge/ownership.ts';
import { markText } from './mark.ts';
import { type ColumnRow, type ObservationOptions, observeKeyspace } from './observation.ts';
import { createTableCql, type Migration, quoteName, quoteText, type TableShape } from './tables.ts';

export interface AdoptionOptions extends ObservationOptions {
  readonly migrations: readonly Migration[];
}

/** @throws Conflict `NameTaken`, `GoneMeanwhile`. */
export async function adoptKeyspace(options: AdoptionOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const { session, migrations } = options;
  const seen = await observeKeyspace(options, ref, signal);
  if (isAbsent(seen)) throw vanished(ref, 'cassandra');
  if (!mayAdopt(ref, seen, 'cassandra')) return;
  const shapes = tablesOf(migrations);
  const mark = markText({ tenantId: ref.tenantId, generation: ref.generation, schema: 0 });
  const present = shapes.filter(({ name }) => Object.hasOwn(seen.tables, name));
  const [first] = shapes;
  if (present.length === 0 && first) {
    await session.ddl('create-table', createTableCql(ref.name, first, mark), signal);
    return;
  }
  // With the first one marked the keyspace is ours; what a crash leaves out are comments that nothing rests on.
  for (const { name } of present) {
    const target = `${quoteName(ref.name)}.${quoteName(name)}`;
    await session.ddl('mark-table', `ALTER TABLE ${target} WITH comment = ${quoteText(mark)}`, signal);
  }
}

/** A2. Why tables of these columns cannot be base tables. Pure. */
export function misfits(
  migrations: readonly Migration[],
  columns: ReadonlyMap<string, readonly ColumnRow[]>,
): readonly string[] {
  return tablesOf(migrations).flatMap((shape) => misfitsOf(shape, columns.get(shape.name) ?? []));
}

const tablesOf = (migrations: readonly Migration[]): readonly TableShape[] =>
  migrations.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'table' ? [step.table] : [])));

function misfitsOf(shape: TableShape, columns: readonly ColumnRow[]): readonly string[] {
  if (columns.length === 0) return [];
  const key = ['partition_key', 'clustering'].flatMap((kind) =>
    columns
      .filter((column) => column.kind === kind)
      .toSorted((a, b) => a.position - b.position)
      .map(({ name }) => name),
  );
  const wanted = keyOf(shape);
  const others = columns.filter(({ name, type }) => (shape.columns[name] ?? type) !== type);
  return [
    ...(key.join() === wanted.join()
      ? []
      : [`its table ${shape.name} has the primary key ${key.join(', ')}, not ${wanted.join(', ')}`]),
    ...others.map(
      ({ name, type }) => `its table ${shape.name} has ${name} of type ${type}, not ${shape.columns[name]}`,
    ),
  ];
}

const keyOf = ({ key }: TableShape): readonly string[] =>
  key
    .replaceAll(/[()]/g, '')
    .split(',')
    .map((name) => name.trim());
