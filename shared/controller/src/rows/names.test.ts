/** What rows are called: names are what rows are found by, so each is written here as other releases read it. */
import { expect, test } from 'vitest';
import { serviceNames } from './names.ts';

const shelves = serviceNames({
  service: 'storeroom',
  ownerType: 'shelf',
  tenantIdOf: (id) => id.split('.')[0] as string,
});
const tenants = serviceNames({ service: 'tenant-provisioner', ownerType: 'tenant' });

test('partitions and directories of a service keep the names under which other releases find them', () => {
  expect(shelves).toMatchObject({
    service: 'storeroom',
    ownerType: 'shelf',
    directory: 'storeroom/shelfs',
    control: 'storeroom/control',
  });
  expect(tenants).toMatchObject({ directory: 'tenant-provisioner/tenants', control: 'tenant-provisioner/control' });
  expect([tenants.partitionOf('acme'), shelves.partitionOf('acme.left')]).toEqual([
    'tenant-provisioner/tenant/acme',
    'storeroom/shelf/acme.left',
  ]);
  expect(shelves.own('letters/2026-06-15')).toBe('storeroom/letters/2026-06-15');
});

test('a partition is an owner’s by its name alone', () => {
  expect(shelves.ownerIdOf('storeroom/shelf/acme.left')).toBe('acme.left');
  for (const other of ['storeroom/control', 'other/shelf/acme.left', 'x/storeroom/shelf/acme.left', ''])
    expect(shelves.ownerIdOf(other)).toBeUndefined();
});

test('a partition is the service’s own by its first name alone', () => {
  expect([shelves.isOwn('storeroom/shelf/a'), shelves.isOwn('storeroom/control')]).toEqual([true, true]);
  for (const other of ['storeroom', 'storeroom-2/control', 'x/storeroom/control'])
    expect(shelves.isOwn(other)).toBe(false);
});

test('an owner is a tenant where the service says nothing else, and one of a tenant’s otherwise', () => {
  expect(tenants.ownerOf('acme')).toEqual({ type: 'tenant', id: 'acme', tenantId: 'acme' });
  expect(shelves.ownerOf('acme.left')).toEqual({ type: 'shelf', id: 'acme.left', tenantId: 'acme' });
});

test('a line of the log names the tenant, and the owner where that is another', () => {
  expect(tenants.about('acme')).toEqual({ tenant_id: 'acme' });
  expect(shelves.about('acme.left')).toEqual({ tenant_id: 'acme', owner: 'shelf acme.left' });
});
