import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkInput } from './validation.ts';

const errorsOf = (schema: z.ZodType, input: unknown, prefix = '') => {
  const checked = checkInput(schema, input, prefix);
  return checked.ok ? [] : checked.errors.map(({ pointer, message }) => `${pointer}: ${message}`);
};

test('what fits is given as its schema made it', () => {
  expect(checkInput(z.strictObject({ a: z.string().trim() }), { a: ' x ' }, '')).toEqual({
    ok: true,
    value: { a: 'x' },
  });
});

test.each<[z.ZodType, unknown, string]>([
  [z.string(), 7, 'expected a text, received 7'],
  [z.number(), '7', 'expected a number, received "7"'],
  [z.int(), 1.5, 'expected a whole number, received 1.5'],
  [z.boolean(), 'yes', 'expected true or false, received "yes"'],
  [z.strictObject({}), [], 'expected an object, received []'],
  [z.record(z.string(), z.string()), 7, 'expected an object, received 7'],
  [z.array(z.string()), {}, 'expected a list, received {}'],
  [z.null(), 7, 'expected null, received 7'],
  [z.date(), 7, 'expected date, received 7'],
  [z.literal('a'), 'b', 'expected "a", received "b"'],
  [z.enum(['a', 'b']), 'c', 'expected one of "a", "b", received "c"'],
  [z.literal([1, 2]), 3, 'expected one of 1, 2, received 3'],
  [z.number().min(1), 0, 'expected at least 1, received 0'],
  [z.number().gt(1), 1, 'expected more than 1, received 1'],
  [z.number().max(9), 10, 'expected at most 9, received 10'],
  [z.number().lt(9), 9, 'expected less than 9, received 9'],
  [z.string().min(1), '', 'expected at least 1 character, received ""'],
  [z.string().min(2), '', 'expected at least 2 characters, received ""'],
  [z.string().max(1), 'ab', 'expected at most 1 character, received "ab"'],
  [z.array(z.number()).min(1), [], 'expected at least 1 entry, received []'],
  [z.array(z.number()).max(2), [1, 2, 3], 'expected at most 2 entries, received [1,2,3]'],
  [z.email(), 'x', 'expected a valid email, received "x"'],
  [z.string().regex(/^a+$/), 'b', 'expected a text of the form /^a+$/, received "b"'],
  [z.string().regex(/^a+$/, 'wants the letter a'), 'b', 'wants the letter a, received "b"'],
  [z.string().refine(() => false, 'is taken'), 'b', 'is taken, received "b"'],
])('%# says what was expected and what was received', (schema, input, message) => {
  expect(errorsOf(schema, input)).toEqual([`: ${message}`]);
});

test('the bounds of a set and of a record speak of what they hold', () => {
  expect(errorsOf(z.set(z.number()).min(2), new Set([1]))[0]).toContain('expected at least 2 entries');
});

test('what is missing is said to be, at its place; a place is a JSON pointer below the prefix', () => {
  const schema = z.strictObject({ 'a/b~c': z.array(z.strictObject({ d: z.string() })), e: z.string() });
  expect(errorsOf(schema, { 'a/b~c': [{ d: 'x' }, {}] }, '/query')).toEqual([
    '/query/a~1b~0c/1/d: is missing',
    '/query/e: is missing',
  ]);
});

test('1: each unknown field is told by itself, with the nearest name, or all known ones', () => {
  const schema = z.strictObject({ tenant_id: z.string().optional(), tier: z.string().optional() });
  expect(errorsOf(schema, { teir: 1, 'colour/x': 2 })).toEqual([
    '/teir: unknown field, did you mean "tier"?',
    '/colour~1x: unknown field, known are tenant_id, tier',
  ]);
  expect(errorsOf(z.strictObject({}), { a: 1 })).toEqual(['/a: unknown field']);
  expect(errorsOf(z.strictObject({}), { ['x'.repeat(200)]: 1 })).toEqual([`/${'x'.repeat(100)}: unknown field`]);
});

test('2: of the branches of a union the one with the fewest mistakes is told', () => {
  const branches = z.strictObject({
    pick: z.union([
      z.strictObject({ a: z.string(), b: z.string() }),
      z.strictObject({ a: z.number() }),
      z.strictObject({ c: z.string(), d: z.string(), e: z.string() }),
    ]),
  });
  expect(errorsOf(branches, { pick: { a: 'x' } })).toEqual(['/pick/b: is missing']);
});

test('2: a union that is told apart by a field says what it may be', () => {
  const kinds = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a') }),
    z.strictObject({ kind: z.literal('b') }),
  ]);
  expect(errorsOf(kinds, { kind: 'c' })).toEqual(['/kind: expected one of "a", "b", received "c"']);
});

test('3: a long value is cut, one under the name of a secret is not shown', () => {
  const schema = z.strictObject({
    name: z.number(),
    password: z.number(),
    nested: z.strictObject({ api_key: z.number() }),
  });
  expect(errorsOf(schema, { name: 'x'.repeat(200), password: 'hunter2', nested: { api_key: 'k' } })).toEqual([
    `/name: expected a number, received "${'x'.repeat(99)}...`,
    '/password: expected a number',
    '/nested/api_key: expected a number',
  ]);
  expect(errorsOf(z.number(), 'x'.repeat(98))).toEqual([`: expected a number, received "${'x'.repeat(98)}"`]);
});

test('no more mistakes are told than the bound says', () => {
  expect(errorsOf(z.array(z.number()), Array(150).fill('x'))).toHaveLength(100);
});
