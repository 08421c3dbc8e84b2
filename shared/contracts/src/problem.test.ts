/** Each code of the catalogue has the status that the contract gives it. */
import { expect, test } from 'vitest';
import { isProblemCode, PROBLEM_CODES, PROBLEMS } from './problem.ts';

const STATUSES = {
  'malformed-json': 400,
  'bad-cursor': 400,
  unauthenticated: 401,
  forbidden: 403,
  'quota-exceeded': 403,
  'budget-exceeded': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'tenant-conflict': 409,
  protected: 409,
  'idempotency-conflict': 409,
  'not-embedded': 409,
  'precondition-failed': 412,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  invalid: 422,
  'limits-missing': 422,
  'precondition-required': 428,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
  undecodable: 422,
  'tenant-mismatch': 422,
  'tenant-unknown': 409,
  stale: 409,
  overloaded: 503,
};

test('statuses by code', () => {
  expect(Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]))).toEqual(STATUSES);
  expect(PROBLEM_CODES).toEqual(Object.keys(STATUSES));
});

test('each has a page to read: a title and what to do', () => {
  for (const { title, description } of Object.values(PROBLEMS)) {
    expect(title).toMatch(/^[A-Z][^.]+$/);
    expect(description).toMatch(/^.{20,}\.$/s);
  }
});

test('other words are no codes, also if every object has something of that name', () => {
  expect(['protected', 'Protected', 'constructor', ''].map(isProblemCode)).toEqual([true, false, false, false]);
});
