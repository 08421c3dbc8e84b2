/**
 * The names below one resource: which part of the contract a ref is, its aliases, and the indices of a series.
 */
import type { Ref } from '@leasehold/engine';
import { invalid } from '@leasehold/kernel';
import { INDEX_PARTS, type IndexPart, type IndexShape, SHAPES } from './shapes.ts';

/** What Elasticsearch takes as a name, and no more than the contract makes. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,254}$/;
const SERIES_DIGITS = /^-\d{6}$/;

/** @throws Invalid `InvalidName` for a name that the contract gives to no tenant. */
export function partOf(ref: Pick<Ref, 'name'>): IndexPart {
  const [, rest] = /^[^_]+_(.*)$/.exec(ref.name) ?? [];
  const part = INDEX_PARTS.find((one) => one === rest);
  if (part !== undefined && NAME.test(ref.name)) return part;
  throw invalid(`index name ${JSON.stringify(ref.name)} is none of the contract's`, { code: 'InvalidName' });
}

export const shapeOf = (ref: Pick<Ref, 'name'>): IndexShape => SHAPES[partOf(ref)];

/** The aliases that point at every index of this resource; of a series, its write alias is one of them. */
export const aliasesOf = (ref: Ref, shape: IndexShape): readonly string[] =>
  shape.form === 'series' ? [ref.name] : shape.aliases.map((suffix) => `${ref.tenantId}_${suffix}`);

export const firstIndex = (ref: Ref, shape: IndexShape): string =>
  shape.form === 'series' ? `${ref.name}-000001` : ref.name;

/** @returns the name that the next of a series has. */
export function successor(index: string, name: string): string {
  const number = Number(index.slice(name.length + 1)) + 1;
  return `${name}-${String(number).padStart(6, '0')}`;
}

/** What an index is called by the contract: a series by its own name. */
export const seriesOf = (index: string): string => index.replace(/-\d{6}$/, '');

export const isOfSeries = (index: string, name: string): boolean =>
  index.startsWith(name) && SERIES_DIGITS.test(index.slice(name.length));

/** The resource that an index belongs to by its name and its mark's tenant; undefined where it is none. */
export function resourceOf(index: string, tenantId: string): string | undefined {
  const name = seriesOf(index);
  const part = INDEX_PARTS.find((one) => name === `${tenantId}_${one}`);
  if (part === undefined) return undefined;
  return (SHAPES[part].form === 'series') === (name !== index) ? name : undefined;
}
