import { expect, test } from 'vitest';
import { z } from 'zod';
import { nearestName } from './nearest.ts';
import { decodeCursor, encodeCursor } from './page.ts';

const position = z.tuple([z.string(), z.number()]);

test('a cursor gives back the position it was made of', () => {
  expect(decodeCursor('tenants', encodeCursor('tenants', ['acme', 7]), position)).toEqual(['acme', 7]);
});

test.each([
  ['another list', encodeCursor('policies', ['acme', 7])],
  ['another shape', encodeCursor('tenants', 'acme')],
  ['rubbish', 'rubbish'],
  ['nothing', ''],
  ['another version', Buffer.from(JSON.stringify([2, 'x', ['acme', 7]])).toString('base64url')],
  [
    'a changed position',
    Buffer.from(
      Buffer.from(encodeCursor('tenants', ['acme', 7]), 'base64url')
        .toString()
        .replace('acme', 'zeta'),
    ).toString('base64url'),
  ],
  ['too long', 'A'.repeat(5_000)],
])('a cursor of %s is refused as bad-cursor', (_, cursor) => {
  expect(() => decodeCursor('tenants', cursor, position)).toThrow(
    expect.objectContaining({ code: 'bad-cursor', status: 400 }),
  );
});

test('the nearest name is said only where it is near', () => {
  const names = ['tenant_id', 'tier', 'requested_by'];
  expect(nearestName('teir', names)).toBe('tier');
  expect(nearestName('TenantId', names)).toBe('tenant_id');
  expect(nearestName('colour', names)).toBeUndefined();
});
