import { bug, conflict, invalid, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { errorFields, safeFields } from './fields.ts';

const one = (value: unknown): unknown => safeFields({ x: value })['x'];

test.each<[unknown, unknown]>([
  ['text', 'text'],
  [1.5, 1.5],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [true, true],
  [null, null],
  [12n, '12'],
  [Symbol('s'), 'Symbol(s)'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [new Date(Number.NaN), 'invalid date'],
  [new Uint8Array(3), '3 bytes'],
  [Buffer.from('secret'), '6 bytes'],
  [
    [1, 'a', null],
    [1, 'a', null],
  ],
  [new Set([1, 2]), [1, 2]],
  [new Map([['a', 1]]), [['a', 1]]],
  [{ a: { b: 1 } }, { a: { b: 1 } }],
])('%s becomes %j', (value, plain) => {
  expect(one(value)).toEqual(plain);
});

test('what is not there is left out', () => {
  expect(safeFields({ a: undefined, b: { c: undefined } })).toEqual({ b: {} });
});

test('a name of the line’s own gets an underscore at the top, and is itself below', () => {
  expect(safeFields({ level: 1, time: 2, msg: 3, other: { level: 4 } })).toEqual({
    level_: 1,
    time_: 2,
    msg_: 3,
    other: { level: 4 },
  });
});

test('what a name says is secret is withheld, whatever it is, but for none and for yes and no', () => {
  expect(
    safeFields({ password: '', token: 7, credentials: { user: 'ada' }, api_key: [], access_key: null, secret: false }),
  ).toEqual({
    password: '[redacted]',
    token: '[redacted]',
    credentials: '[redacted]',
    api_key: '[redacted]',
    access_key: null,
    secret: false,
  });
  expect(one({ deep: [{ refresh_token: 't', name: 'n' }] })).toEqual({
    deep: [{ refresh_token: '[redacted]', name: 'n' }],
  });
});

test('1: a text of the bound is whole, a longer one is cut and says how long it was', () => {
  expect(one('x'.repeat(8_192))).toBe('x'.repeat(8_192));
  expect(one('x'.repeat(8_193))).toBe(`${'x'.repeat(8_192)}... (8193 characters)`);
});

test('1: a level of the bound is whole, a larger one says how many are left out', () => {
  const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, at]));
  expect(Object.keys(safeFields(entries(100)))).toHaveLength(100);
  const large = safeFields(entries(103));
  expect(Object.keys(large)).toHaveLength(101);
  expect(large['...']).toBe('3 more');
  expect(one(Array(103).fill(1))).toHaveLength(100);
});

test('1: what lies deeper than the bound is left out, lists and maps count too, and a cycle ends', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 'end' : { n: nested(depth - 1) });
  expect(JSON.stringify(one(nested(5)))).toContain('end');
  expect(JSON.stringify(one(nested(6)))).toContain('"..."');
  expect(JSON.stringify(one(nested(6)))).not.toContain('end');
  const lists = (depth: number): unknown => (depth === 0 ? 'end' : [lists(depth - 1)]);
  expect(JSON.stringify(one(lists(5)))).toContain('end');
  expect(JSON.stringify(one(lists(6)))).not.toContain('end');
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(JSON.stringify(one(cycle))).toContain('...');
  expect(one({ a: { b: { c: { d: { e: new Error('deep') } } } } })).toMatchObject({
    a: { b: { c: { d: { e: { message: 'deep' } } } } },
  });
});

test('2: a fault is its class, code, message and backend, with what is not known of its outcome, and no stack', () => {
  expect(
    errorFields(unavailable('away', { code: 'StoreUnavailable', backend: 'cassandra', unknownOutcome: true })),
  ).toEqual({
    name: 'Fault',
    class: 'Unavailable',
    code: 'StoreUnavailable',
    message: 'away',
    backend: 'cassandra',
    unknown_outcome: true,
  });
  expect(errorFields(invalid('no', { code: 'X' }))).toEqual({
    name: 'Fault',
    class: 'Invalid',
    code: 'X',
    message: 'no',
  });
});

test('2: another error has its code where it is one, and its stack', () => {
  const coded = (code: unknown) => Object.assign(new RangeError('x'), { code });
  expect(errorFields(coded('EPIPE'))).toMatchObject({ name: 'RangeError', code: 'EPIPE', message: 'x' });
  expect(errorFields(coded(7))).toMatchObject({ code: 7 });
  expect(errorFields(coded({}))).not.toHaveProperty('code');
  expect(errorFields(new RangeError('x'))['stack']).toMatch(/^RangeError: x\n/);
  expect(errorFields(new RangeError('x'))).not.toHaveProperty('causes');
  expect(errorFields(Object.assign(new Error('x'), { stack: undefined }))).not.toHaveProperty('stack');
});

test('2: causes are told from the outside in, each by its first line, at most five of them', () => {
  const driver = Object.assign(new TypeError('refused\n    at TCP'), { code: 'ECONNREFUSED' });
  const middle = conflict('taken', { code: 'NameTaken', cause: driver });
  expect(errorFields(unavailable('x', { code: 'X', cause: middle }))['causes']).toEqual([
    'Conflict NameTaken: taken',
    'TypeError ECONNREFUSED: refused',
  ]);
  expect(errorFields(unavailable('x', { code: 'X', cause: 'words' }))['causes']).toEqual(['words']);
  const numbered = Object.assign(new Error('no'), { code: 5 });
  expect(errorFields(unavailable('x', { code: 'X', cause: numbered }))['causes']).toEqual(['Error 5: no']);
  let deep = new Error('0');
  for (let level = 1; level <= 8; level++) deep = new Error(String(level), { cause: deep });
  expect(errorFields(deep)['causes']).toEqual(['7', '6', '5', '4', '3'].map((text) => `Error: ${text}`));
  expect(errorFields(deep)['stack']).toMatch(/^Error: 3\n/);
});

test('2: a bug has the stack of the innermost error that there is', () => {
  expect(errorFields(bug('outer', new Error('middle', { cause: new TypeError('inner') })))['stack']).toMatch(
    /^TypeError: inner\n/,
  );
  expect(errorFields(bug('outer', 'words'))['stack']).toMatch(/outer/);
  expect(errorFields(conflict('x', { code: 'X', cause: new Error('inner') }))).not.toHaveProperty('stack');
});
