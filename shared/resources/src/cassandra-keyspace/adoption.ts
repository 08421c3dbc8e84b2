/**
 * Putting our mark on a keyspace that others made, on an operator's word. Owns what makes one fit to be a tenant's; leaves what is
 * missing in it to the ordinary plan.
 *
 * A1. The comment of each base table gives way to the mark, and nothing else of the keyspace changes. One without any base
 *     table gets the first of them, empty: a keyspace itself has no place for a mark.
 * A2. A base table with another primary key, or another type of a column, cannot become ours: no change could make it so.
 */
import { isAbsent, type Ref } from '@leasehold/engine';
import { invalid } from '@leasehold/kernel';
import { mayAdopt, vanished } from '../edge/ownership.ts';
import { markText } from './mark.ts';
import { type ObservationOptions, observeKeyspace } from './observation.ts';
import { createTableCql, type Migration, quoteName, quoteText, type TableShape } from './tables.ts';

export interface AdoptionOptions extends ObservationOptions {
  readonly migrations: readonly Migration[];
}

const COLUMNS =
  'SELECT table_name, column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ?';

/** @throws Conflict `NameTaken`, `GoneMeanwhile`; Invalid `NotAdoptable`. */
export async function adoptKeyspace(options: AdoptionOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const { session, migrations } = options;
  const seen = await observeKeyspace(options, ref, signal);
  if (isAbsent(seen)) throw vanished(ref, 'cassandra');
  if (!mayAdopt(ref, seen, 'cassandra')) return;
  const shapes = tablesOf(migrations);
  await mustFit(options, ref, shapes, signal);
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

const tablesOf = (migrations: readonly Migration[]): readonly TableShape[] =>
  migrations.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'table' ? [step.table] : [])));

/** A2. */
async function mustFit(
  { session }: AdoptionOptions,
  ref: Ref,
  shapes: readonly TableShape[],
  signal: AbortSignal,
): Promise<void> {
  const rows = await session.rows('read-columns', COLUMNS, [ref.name], signal);
  for (const shape of shapes) {
    const columns = rows.filter(({ table_name }) => table_name === shape.name);
    if (columns.length === 0) continue;
    const key = ['partition_key', 'clustering'].flatMap((kind) =>
      columns
        .filter((column) => column.kind === kind)
        .toSorted((a, b) => a.position - b.position)
        .map((column) => String(column.column_name)),
    );
    const wanted = keyOf(shape);
    if (key.join() !== wanted.join())
      throw unfit(ref, shape, `has the primary key ${key.join(', ')}, not ${wanted.join(', ')}`);
    const other = columns.find(({ column_name, type }) => (shape.columns[column_name] ?? type) !== type);
    if (other)
      throw unfit(
        ref,
        shape,
        `has ${other.column_name} of type ${other.type}, not ${shape.columns[other.column_name]}`,
      );
  }
}

const keyOf = ({ key }: TableShape): readonly string[] =>
  key
    .replaceAll(/[()]/g, '')
    .split(',')
    .map((name) => name.trim());

const unfit = (ref: Ref, { name }: TableShape, why: string) =>
  invalid(`keyspace ${ref.name} cannot be adopted: its table ${name} ${why}`, {
    code: 'NotAdoptable',
    backend: 'cassandra',
  });
