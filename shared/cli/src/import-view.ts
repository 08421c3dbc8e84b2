/**
 * Tenants that could be imported, as a table: one line an object. Pure.
 */
import type { Paint } from './paint.ts';
import { align } from './text.ts';
import { type Fields, items, text } from './wire.ts';

const MARKS: Readonly<Record<string, string>> = {
  none: 'no mark',
  ours: 'our mark',
  other: "another tenant's",
};

const generationOf = ({ generation }: Fields): string =>
  typeof generation === 'number' ? `, generation ${generation}` : '';

const whyNot = (tenant: Fields): string =>
  tenant['newer_release'] === true ? 'is left to a newer release' : 'stays as it is';

export function importTable(tenants: readonly Fields[], paint: Paint): readonly string[] {
  const rows = tenants.flatMap((tenant) =>
    items(tenant['resources']).map((resource, at) => [
      at === 0 ? paint.bold(text(tenant['tenant_id'], '?')) : '',
      text(resource['kind'], '?'),
      text(resource['name'], '?'),
      `${MARKS[text(resource['mark'])] ?? text(resource['mark'], '?')}${generationOf(resource)}`,
      resource['adoptable'] === true ? paint.good('is adopted') : paint.warn(whyNot(tenant)),
    ]),
  );
  return align(rows);
}
