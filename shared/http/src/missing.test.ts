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
