import { expect, test } from 'vitest';
import { authorise, isPlatformWide, isRole, type Principal, READERS, ROLES, type Role, visibility } from './access.ts';

/** Of the contract: who reaches every tenant. */
const PLATFORM: readonly Role[] = ['platform-admin', 'platform-viewer', 'service'];
const TENANT: readonly Role[] = ['tenant-admin', 'tenant-user'];

const who = (roles: readonly Role[], tenantId?: string): Principal => ({
  sub: 'x',
  roles,
  expiresAtMs: 0,
  ...(tenantId !== undefined && { tenantId }),
});

test('the roles are those of the contract, and which of them reach every tenant', () => {
  expect([...ROLES].toSorted()).toEqual([...PLATFORM, ...TENANT].toSorted());
  expect(ROLES.filter(isPlatformWide).toSorted()).toEqual([...PLATFORM].toSorted());
  expect([isRole('service'), isRole('Service'), isRole(''), isRole('cook')]).toEqual([true, false, false, false]);
});

test.each(PLATFORM)('%s reaches every tenant, and what belongs to none, where its role may', (role) => {
  for (const named of [[], ['acme'], ['acme', 'other']]) {
    expect(authorise([role], who([role]), named)).toBe('allowed');
    expect(authorise([role], who([role], 'acme'), named)).toBe('allowed');
    expect(authorise(['tenant-admin'], who([role], 'acme'), named)).toBe('forbidden');
    expect(authorise([], who([role]), named)).toBe('forbidden');
  }
  expect(visibility([role], who([role]))).toEqual({ kind: 'all' });
  expect(visibility([], who([role]))).toBeUndefined();
});

test.each(TENANT)('%s reaches its own tenant alone', (role) => {
  const may = (named: readonly string[], tenantId?: string) => authorise([role], who([role], tenantId), named);
  expect([may([], 'acme'), may(['acme'], 'acme'), may(['acme', 'acme'], 'acme')]).toEqual(Array(3).fill('allowed'));
  expect([may(['other'], 'acme'), may(['acme', 'other'], 'acme'), may([''], 'acme')]).toEqual(Array(3).fill('hidden'));
  expect([may([]), may(['acme'])]).toEqual(['forbidden', 'hidden']);
  expect(visibility([role], who([role], 'acme'))).toEqual({ kind: 'tenant', tenantId: 'acme' });
  expect(visibility(['service'], who([role], 'acme'))).toBeUndefined();
});

test('who has no role is forbidden what is theirs, and never sees what is another’s', () => {
  expect(authorise(READERS, who([], 'acme'), ['acme'])).toBe('forbidden');
  expect(authorise(READERS, who([], 'acme'), ['other'])).toBe('hidden');
  expect(visibility(READERS, who([], 'acme'))).toBeUndefined();
});

test('what both of two roles show is the wider; a role that is not asked for adds nothing', () => {
  expect(visibility(['tenant-user', 'service'], who(['tenant-user', 'service'], 'acme'))).toEqual({ kind: 'all' });
  expect(visibility(['tenant-user'], who(['tenant-user', 'service'], 'acme'))).toEqual({
    kind: 'tenant',
    tenantId: 'acme',
  });
  expect(authorise(['service', 'tenant-user'], who(['tenant-user', 'service'], 'acme'), ['other'])).toBe('allowed');
});

test('readers are all roles of the contract that read', () => {
  expect([...READERS].toSorted()).toEqual([...ROLES].toSorted());
});
