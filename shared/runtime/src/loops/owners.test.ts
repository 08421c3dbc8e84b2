/** Whose a partition is (OW1, OW2). */
import { expect, test } from 'vitest';
import { createOwners } from './owners.ts';

test('OW1: a partition is its service’s by the whole name before the first slash', () => {
  const owners = createOwners<string>('sweeps it');
  owners.add('tenant', 'one');
  owners.add('tenant-provisioner', 'two');
  expect(['tenant/a', 'tenant-provisioner/tenant/a', 'tenant', 'tenants/a'].map(owners.of)).toEqual([
    'one',
    'two',
    'one',
    undefined,
  ]);
});

test('OW1: a name has one owner, and a name that no partition begins with has none', () => {
  const owners = createOwners<string>('sweeps it');
  owners.add('scaler', 'one');
  expect(() => owners.add('scaler', 'two')).toThrow('scaler has somebody already who sweeps it');
  expect(() => owners.add('scaler/x', 'two')).toThrow('no partition begins with "scaler/x"');
  expect(() => owners.add('', 'two')).toThrow(RangeError);
  expect(owners.of('scaler/a')).toBe('one');
});

test('OW2: what has left has no partitions any more, and takes nothing from whoever came after', () => {
  const owners = createOwners<string>('sweeps it');
  const leave = owners.add('scaler', 'one');
  leave();
  expect(owners.of('scaler/a')).toBeUndefined();
  owners.add('scaler', 'two');
  leave();
  expect(owners.of('scaler/a')).toBe('two');
});
