/**
 * Every route of the service, in one table: the authorisation matrix, the documentation and the tests come from it.
 */
import type { Route } from '@leasehold/http';
import type { Provisioner } from './app/provisioner.ts';
import { importRoutes } from './http/import-routes.ts';
import { operatorRoutes } from './http/operator-routes.ts';
import { rolloutRoutes } from './http/rollout-routes.ts';
import { statusRoutes } from './http/status-routes.ts';
import { tenantRoutes } from './http/tenant-routes.ts';

/** @param backends the names that the switches know. */
export const provisionerRoutes = (provisioner: Provisioner, backends: readonly string[]): readonly Route[] => [
  ...tenantRoutes(provisioner),
  ...statusRoutes(provisioner),
  ...importRoutes(provisioner),
  ...rolloutRoutes(provisioner),
  ...operatorRoutes(provisioner, backends),
];
