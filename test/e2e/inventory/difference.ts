/**
 * The difference of two JSON trees, a line for each place where they part, named by its path.
 *
 * 1. Equal trees have no difference, whatever the order of their keys.
 * 2. Something that is on one side only is one difference, not one for each thing inside it.
 */
import { canonicalJson } from '@leasehold/kernel';

export type Difference =
  | { readonly kind: 'appeared'; readonly path: string; readonly after: unknown }
  | { readonly kind: 'gone'; readonly path: string; readonly before: unknown }
  | { readonly kind: 'changed'; readonly path: string; readonly before: unknown; readonly after: unknown };

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function walk(before: unknown, after: unknown, path: string): readonly Difference[] {
  if (!isTree(before) || !isTree(after)) {
    return canonicalJson(before) === canonicalJson(after) ? [] : [{ kind: 'changed', path, before, after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): readonly Difference[] => {
    const inner = `${path}/${escaped(key)}`;
    if (!Object.hasOwn(after, key)) return [{ kind: 'gone', path: inner, before: before[key] }];
    if (!Object.hasOwn(before, key)) return [{ kind: 'appeared', path: inner, after: after[key] }];
    return walk(before[key], after[key], inner);
  });
}

/** Paths are JSON pointers. */
export const diffInventory = (before: object, after: object): readonly Difference[] => walk(before, after, '');
