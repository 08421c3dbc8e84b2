/** Answers are read leniently (1) and made harmless (2), whatever JSON came. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as wire from './wire.ts';

test('1: only an object has fields, only a list has items', () => {
  expect([null, [], 'x', 5, undefined].map(wire.fields)).toEqual([{}, {}, {}, {}, {}]);
  expect(wire.fields({ a: 1 })).toEqual({ a: 1 });
  expect([wire.items([{ a: 1 }, null, 'x']), wire.items({ a: 1 }), wire.items(undefined)]).toEqual([
    [{ a: 1 }, {}, {}],
    [],
    [],
  ]);
});

test('texts, numbers, and what is neither', () => {
  expect([wire.text('a\u001bb'), wire.text(7), wire.text(null), wire.text(true, '?'), wire.text('', '?')]).toEqual([
    'a b',
    '7',
    '',
    '?',
    '',
  ]);
  expect([wire.maybeText('a\nb'), wire.maybeText(''), wire.maybeText(7)]).toEqual(['a b', undefined, undefined]);
  expect([0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1'].map(wire.maybeNumber)).toEqual([
    0,
    1.5,
    undefined,
    undefined,
    undefined,
  ]);
  expect([wire.texts(['a\tb', 1, null, '']), wire.texts('a')]).toEqual([['a b', ''], []]);
});

test('what is no JSON is nothing', () => {
  expect([wire.parseJson('{"a":1}'), wire.parseJson('null'), wire.parseJson('<html>'), wire.parseJson('')]).toEqual([
    { a: 1 },
    null,
    undefined,
    undefined,
  ]);
});

const AT = '2026-01-31T12:00:00.000Z';

test('a status, field by field', () => {
  expect(
    wire.statusSeen({
      tenant_id: 'acme',
      tenant_name: 'Acme',
      tier: 'free',
      status: 'completed',
      generation: 2,
      operation_id: 'op_acme_1',
      duration_ms: 74,
      started_at: AT,
      resources: [{ kind: 'k', name: 'n', status: 'failed', attempts: 3, duration_ms: 5, message: 'why' }],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Done', message: 'is done' },
        { type: 'Frozen', status: 'False', reason: '', message: '' },
      ],
      quota: { cpu_cores: 2 },
    }),
  ).toEqual({
    tenantId: 'acme',
    name: 'Acme',
    tier: 'free',
    status: 'completed',
    generation: 2,
    operationId: 'op_acme_1',
    durationMs: 74,
    startedAt: AT,
    resources: [{ kind: 'k', name: 'n', status: 'failed', attempts: 3, durationMs: 5, message: 'why' }],
    conditions: [
      { type: 'Ready', holds: true, reason: 'Done', message: 'is done' },
      { type: 'Frozen', holds: false, reason: '', message: '' },
    ],
    quota: { cpu_cores: 2 },
  });
});

test('a status of which nothing is told', () => {
  expect(wire.statusSeen({ resources: [null], conditions: [null] })).toEqual({
    tenantId: '?',
    name: '',
    tier: '?',
    status: 'unknown',
    generation: 0,
    operationId: undefined,
    durationMs: undefined,
    startedAt: undefined,
    resources: [{ kind: '?', name: '?', status: 'unknown', attempts: 0, durationMs: undefined, message: undefined }],
    conditions: [{ type: '?', holds: false, reason: '', message: '' }],
    quota: {},
  });
});

test('a record, field by field, and one of which nothing is told', () => {
  const deletion = { grace_until: AT, reason: 'moved' };
  expect(
    wire.tenantSeen({
      tenant_id: 'acme',
      tenant_name: 'Acme',
      tier: 'free',
      status: 'suspended',
      generation: 2,
      protected: true,
      created_at: AT,
      deletion,
    }),
  ).toEqual({
    id: 'acme',
    name: 'Acme',
    tier: 'free',
    status: 'suspended',
    generation: 2,
    isProtected: true,
    createdAt: AT,
    graceUntil: AT,
    deletionReason: 'moved',
  });
  expect(wire.tenantSeen(null)).toEqual({
    id: '?',
    name: '',
    tier: '?',
    status: 'unknown',
    generation: 0,
    isProtected: false,
    createdAt: '',
    graceUntil: undefined,
    deletionReason: undefined,
  });
  expect(wire.tenantSeen({ protected: 'true' }).isProtected).toBe(false);
});

test('1: no JSON breaks a reader', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(typeof wire.statusSeen(value).status).toBe('string');
      expect(typeof wire.tenantSeen(value).id).toBe('string');
    }),
  );
});
