import { expect, test } from 'vitest';
import { exampleOf } from './example.ts';
import type { JsonSchema } from './openapi-schema.ts';

const components: Record<string, JsonSchema> = {
  Name: { type: 'string', examples: ['ada'] },
  Tree: { type: 'object', properties: { next: { $ref: '#/components/schemas/Tree' } } },
};

test.each<[JsonSchema, unknown]>([
  [{ type: 'string' }, 'text'],
  [{ type: 'string', format: 'date-time' }, '2026-01-31T12:00:00Z'],
  [{ type: 'string', format: 'date' }, '2026-01-31'],
  [{ type: 'string', format: 'email' }, 'ada@example.com'],
  [{ type: 'string', format: 'uuid' }, '5f0c6c1e-8f0b-4d0e-9a53-6f6f3f0d2c11'],
  [{ type: 'string', format: 'uri' }, 'https://example.com/'],
  [{ type: 'string', format: 'of our own' }, 'text'],
  [{ type: 'boolean' }, true],
  [{ type: 'integer' }, 1],
  [{ type: 'number' }, 1],
  [{ type: 'number', minimum: 3, exclusiveMinimum: 9 }, 3],
  [{ type: 'number', minimum: 0 }, 0],
  [{ type: 'integer', minimum: -9_007_199_254_740_991 }, 1],
  [{ type: 'number', exclusiveMinimum: 3 }, 4],
  [{ type: 'number', exclusiveMinimum: -1e10 }, 1],
  [{ type: 'null' }, null],
  [{}, null],
  [{ type: ['string', 'null'] }, 'text'],
  [{ type: 'array' }, []],
  [{ type: 'array', items: { type: 'boolean' } }, [true]],
  [{ type: 'object' }, {}],
  [
    { type: 'object', properties: { a: { type: 'string' }, b: {} } },
    { a: 'text', b: null },
  ],
  [{ type: 'object', additionalProperties: { type: 'boolean' } }, { name: true }],
  [{ type: 'object', additionalProperties: false }, {}],
  [{ type: 'object', additionalProperties: true }, {}],
  [{ type: 'object', properties: { a: { type: 'boolean' } }, additionalProperties: { type: 'string' } }, { a: true }],
  [{ $ref: '#/components/schemas/Name' }, 'ada'],
  [{ $ref: '#/components/schemas/Nobody' }, null],
  [{ oneOf: [{ type: 'boolean' }, { type: 'string' }] }, true],
  [{ anyOf: [{ const: 7 }, { type: 'string' }] }, 7],
  [
    {
      allOf: [
        { type: 'object', properties: { a: { const: 1 } } },
        { type: 'object', properties: { b: { const: 2 } } },
      ],
    },
    { a: 1, b: 2 },
  ],
])('of %j the example is %j', (schema, example) => {
  expect(exampleOf(schema, components)).toEqual(example);
});

test('its own example goes first, then what is fixed, what is meant when nothing is said, and the first of a choice', () => {
  const all = { type: 'string', examples: ['a'], example: 'b', const: 'c', default: 'd', enum: ['e', 'f'] };
  const { examples: _1, ...second } = all;
  const { example: _2, ...third } = second;
  const { const: _3, ...fourth } = third;
  const { default: _4, ...fifth } = fourth;
  expect([all, second, third, fourth, fifth].map((schema) => exampleOf(schema, {}))).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('what holds itself ends', () => {
  let depth = 0;
  for (
    let at = exampleOf({ $ref: '#/components/schemas/Tree' }, components) as Record<string, unknown> | null;
    at;
    depth++
  ) {
    at = at['next'] as Record<string, unknown> | null;
  }
  expect(depth).toBe(4);
});
