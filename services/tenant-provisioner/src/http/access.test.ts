import { expect, test } from 'vitest';
import { provisionerRoutes, type RouteParts } from '../routes.ts';

/** Written by hand from the REST contract, so that a role that slips into a route is seen. */
const MAY: Readonly<Record<string, string>> = {
  'POST /api/v1/provision': 'platform-admin service',
  'GET /api/v1/tenants': 'platform-admin platform-viewer tenant-admin tenant-user service',
  'GET /api/v1/tenants/{tenant_id}': 'platform-admin platform-viewer tenant-admin tenant-user service',
  'POST /api/v1/tenants/{tenant_id}/tier': 'platform-admin',
  'DELETE /api/v1/tenants/{tenant_id}': 'platform-admin',
  'PUT /api/v1/tenants/{tenant_id}/protection': 'platform-admin',
  'POST /api/v1/tenants/{tenant_id}/restore': 'platform-admin',
  'POST /api/v1/tenants/{tenant_id}/suspend': 'platform-admin',
  'POST /api/v1/tenants/{tenant_id}/resume': 'platform-admin',
  'GET /api/v1/tenants/{tenant_id}/provisioning-status':
    'platform-admin platform-viewer tenant-admin tenant-user service',
  'POST /api/v1/tenants/{tenant_id}/reconcile': 'platform-admin',
  'GET /api/v1/tenants/{tenant_id}/drift': 'platform-admin platform-viewer tenant-admin service',
  'GET /api/v1/operations/{operation_id}': 'platform-admin platform-viewer tenant-admin tenant-user service',
  'GET /api/v1/audit': 'platform-admin platform-viewer tenant-admin',
  'GET /api/v1/import': 'platform-admin',
  'POST /api/v1/import': 'platform-admin',
  'GET /api/v1/blueprints': 'platform-admin platform-viewer',
  'GET /api/v1/rollouts': 'platform-admin platform-viewer',
  'POST /api/v1/rollouts': 'platform-admin',
  'GET /api/v1/rollouts/{rollout_id}': 'platform-admin platform-viewer',
  'GET /api/v1/rollouts/{rollout_id}/tenants': 'platform-admin platform-viewer',
  'POST /api/v1/rollouts/{rollout_id}/resume': 'platform-admin',
  'POST /api/v1/rollouts/{rollout_id}/halt': 'platform-admin',
  'POST /api/v1/rollouts/{rollout_id}/cancel': 'platform-admin',
  'GET /api/v1/dead-letters': 'platform-admin',
  'GET /api/v1/dead-letters/{id}': 'platform-admin',
  'POST /api/v1/dead-letters/{id}/redrive': 'platform-admin',
  'GET /api/v1/control': 'platform-admin',
  'PUT /api/v1/control': 'platform-admin',
  'POST /api/v1/events/{topic}': 'service platform-admin',
};

test('who may call a route is what the contract says: an upstream service never changes a tier or deletes', () => {
  const routes = provisionerRoutes({} as RouteParts, []);
  const found = routes.map(({ method, path, access }) => [
    `${method} ${path}`,
    access === 'public' ? 'public' : access.roles.join(' '),
  ]);
  expect(Object.fromEntries(found)).toEqual(MAY);
});
