import { expect, test } from 'vitest';
import type { Tenancy } from './access.ts';
import { namedTenants, namesInBody, type RawInput, sourcesOf } from './tenancy.ts';

const input = (more: Partial<RawInput>): RawInput => ({ params: {}, query: {}, body: undefined, ...more });

test.each<[Tenancy, Partial<RawInput>, readonly string[]]>([
  ['path:tenant_id', { params: { tenant_id: 'ACME' } }, ['acme']],
  ['query:tenant_id', { query: { tenant_id: 'Acme' } }, ['acme']],
  ['query:tenant_id', { params: { tenant_id: 'other' }, body: { tenant_id: 'other' } }, []],
  ['query:tenant_id', { query: { tenant_id: ['acme', 'other'] } }, ['']],
  ['body:tenant_id', { body: { tenant_id: 'acme' } }, ['acme']],
  ['body:tenant_id', { body: { tenant_id: 7 } }, ['7']],
  ['body:tenant_id', { body: { tenant_id: true } }, ['']],
  ['body:tenant_id', { body: { tenant_id: { $ne: 1 } } }, ['']],
  ['body:tenant_id', { body: { tenant_id: null } }, []],
  ['body:tenant_id', { body: {} }, []],
  ['body:tenant_id', { body: null }, []],
  ['body:tenant_id', { body: 'tenant_id' }, []],
  ['body:tenant_id', { params: { tenant_id: 'other' }, query: { tenant_id: 'other' } }, []],
  ['body:constructor', { body: {} }, []],
  ['id:operation_id', { params: { operation_id: 'op_acme_1' } }, ['acme']],
  ['id:operation_id', { params: { operation_id: 'rubbish' } }, ['']],
  [['body:tenant_id', 'path:tenant_id'], { params: { tenant_id: 'a' }, body: { tenant_id: 'b' } }, ['b', 'a']],
  ['none', { params: { tenant_id: 'a' } }, []],
  ['list', { params: { tenant_id: 'a' } }, []],
  ['loaded', { params: { tenant_id: 'a' } }, []],
])('by %j the request %j names %j', (tenancy, more, named) => {
  expect(namedTenants(tenancy, input(more))).toEqual(named);
});

test('only a source in the body needs the body', () => {
  expect(namesInBody('body:x')).toBe(true);
  expect(namesInBody(['path:x', 'body:y'])).toBe(true);
  expect(namesInBody(['path:body', 'query:body:x'])).toBe(false);
  expect(namesInBody('loaded')).toBe(false);
  expect(sourcesOf(['path:x', 'body:y'])).toEqual(['path:x', 'body:y']);
});
