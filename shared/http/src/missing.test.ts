import { expect, test } from 'vitest';
import { missingPath } from './missing.ts';

test.each([
  ['/api/v1/tenant', '/api/v1/tenants'],
  ['/api/v1/tenants/acme/provisioning_status', '/api/v1/tenants/{tenant_id}/provisioning-status'],
  ['/readyz', '/ready'],
  ['/healthz', '/health'],
])('%s is near %s', (path, nearest) => {
  const patterns = ['/health', '/ready', '/api/v1/tenants', '/api/v1/tenants/{tenant_id}', '/api/v1/control'];
  const all = [...patterns, '/api/v1/tenants/{tenant_id}/provisioning-status'];
  expect(missingPath(path, all).message).toBe(`There is no path "${path}"; the nearest is ${nearest}.`);
});

test('a long or strange path is shown as it can be', () => {
  expect(missingPath(`/a"${'x'.repeat(5_000)}`, ['/health']).message.length).toBeLessThan(250);
  expect(missingPath('/a"b', ['/health']).message).toContain('"/a\\"b"');
});

test('a path that is near nothing is told where the paths are listed', () => {
  expect(missingPath('/wp-login.php', ['/health']).message).toContain('/docs lists those that there are');
});

test('a path of the bound is shown whole, a longer one is cut and says so', () => {
  const path = `/${'x'.repeat(127)}`;
  expect(missingPath(path, []).message).toContain(`There is no path "${path}";`);
  expect(missingPath(`${path}y`, []).message).toContain(`There is no path "${path}...";`);
});

test('what stands for a name is no part of the distance, however long the name is', () => {
  const patterns = ['/api/v1/{tenant_id}/quota', '/api/v1/{tenant_id}/users/{user_id}'];
  expect(missingPath('/api/v1/a-very-long-name-of-a-tenant/qota', patterns).message).toContain(
    'the nearest is /api/v1/{tenant_id}/quota.',
  );
});
