/**
 * Bodies of the REST contract written by hand, and how a schema is held to one: it takes the body as it is, misses each field that is
 * left out, at whatever depth, and takes none that is not in the contract.
 */
import { expect } from 'vitest';
import type { z } from 'zod';

export const AT = '2026-01-31T12:00:00.000Z';

export interface Body {
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** Paths of fields that may be left out, as `a.b.0.c`, and of entries of a map. */
  readonly optional?: readonly string[];
  /** Paths of objects in which anything may stand. */
  readonly free?: readonly string[];
}

type Node = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function* objects(value: unknown, path = ''): Generator<readonly [string, Node]> {
  if (!isObject(value)) return;
  if (!Array.isArray(value)) yield [path, value];
  for (const [key, inner] of Object.entries(value)) yield* objects(inner, path === '' ? key : `${path}.${key}`);
}

function replaced(value: unknown, path: readonly string[], at: (object: Node) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return at(value as Node);
  const inner = replaced((value as Node)[key], rest, at);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...(value as Node), [key]: inner };
}

export function holdTo({ schema, example, optional = [], free = [] }: Body): void {
  expect(schema.safeParse(example).error?.issues ?? [], 'the body itself').toEqual([]);
  const takes = (path: string, at: (object: Node) => unknown): boolean =>
    schema.safeParse(replaced(example, path === '' ? [] : path.split('.'), at)).success;
  for (const [path, object] of objects(example)) {
    const isFree = free.some((one) => path === one || path.startsWith(`${one}.`));
    expect(
      takes(path, (one) => ({ ...one, surprise: 1 })),
      `${path} with a field that is not in the contract`,
    ).toBe(isFree);
    for (const key of Object.keys(object)) {
      const full = path === '' ? key : `${path}.${key}`;
      const isOptional = isFree || optional.includes(full);
      expect(
        takes(path, ({ [key]: _, ...rest }) => rest),
        `without ${full}`,
      ).toBe(isOptional);
    }
  }
}
