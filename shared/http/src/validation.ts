/**
 * Input against its schema, every mistake at once: where, what was received, what is expected. Owns the wording.
 *
 * 1. An unknown field is named, with the nearest known name beside it.
 * 2. Of the branches of a union the one with the fewest mistakes is reported.
 * 3. What was received is shown as it came, cut at 100 characters, except where the name says that it is a secret.
 */
import { type Bound, bound } from '@leasehold/kernel';
import { isSecretName } from '@leasehold/observability';
import type { z } from 'zod';
import { nearestName } from './nearest.ts';
import type { InputError } from './problem.ts';

const ERRORS: Bound = bound('reported input errors', 100);
const SHOWN: Bound = bound('shown input characters', 100);

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly InputError[] };

/** @param prefix where the input is: empty for a body, `/query`, `/headers`. */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown, prefix: string): Checked<T> {
  const result = schema.safeParse(input, { error: (issue) => wording(issue), reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues.flatMap((issue) => inputErrors(issue, prefix, input));
  return { ok: false, errors: errors.slice(0, ERRORS.value) };
}

function inputErrors(issue: z.core.$ZodIssue, prefix: string, input: unknown): readonly InputError[] {
  const received = valueAt(input, issue.path);
  const pointer = prefix + issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
  if (issue.code === 'unrecognized_keys') {
    const hints = issue.message.split('\n');
    return issue.keys.map((key, at) => ({
      pointer: `${pointer}/${escapePointer(key.slice(0, SHOWN.value))}`,
      message: hints[at] ?? 'unknown field',
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [best] = [...issue.errors].sort((a, b) => a.length - b.length);
    return (best ?? []).flatMap((inner) => inputErrors(inner, pointer, received));
  }
  if (received === undefined) return [{ pointer, message: 'is missing' }];
  const name = String(issue.path.at(-1) ?? '');
  const words = isSecretName(name) ? '' : `, received ${shown(received)}`;
  return [{ pointer, message: `${issue.message}${words}` }];
}

/** A schema may have changed the value before it refused it (its letter case, a text into a number). */
const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part], input);

/** RFC 6901. */
const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN.value ? text : `${text.slice(0, SHOWN.value)}...`;
}

/** Undefined leaves zod's own words. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => shown(value)).join(', ')}`;
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'regex'
        ? `expected a text of the form ${issue.pattern}`
        : `expected a valid ${issue.format}`;
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, issue.inst)).join('\n');
    case 'invalid_union':
      return discriminated(issue);
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  set: ['entry', 'entries'],
  record: ['field', 'fields'],
};

function amount(count: unknown, origin: string): string {
  const [one, many] = UNITS[origin] ?? ['', ''];
  return `${count} ${Number(count) === 1 ? one : many}`.trimEnd();
}

function unknownField(key: string, schema: unknown): string {
  const known = Object.keys((schema as z.ZodObject | undefined)?.shape ?? {});
  const near = nearestName(key, known);
  if (near !== undefined) return `unknown field, did you mean "${near}"?`;
  return known.length === 0 ? 'unknown field' : `unknown field, known are ${known.join(', ')}`;
}

function discriminated(issue: z.core.$ZodRawIssue): string | undefined {
  const options = (issue as { readonly options?: readonly unknown[] }).options;
  return options === undefined ? undefined : `expected one of ${options.map((value) => shown(value)).join(', ')}`;
}
