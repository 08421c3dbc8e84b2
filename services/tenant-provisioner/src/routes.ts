/**
 * Every route of the service, in one table: the authorisation matrix, the documentation and the tests come from it.
 */
import type { Route } from '@leasehold/http';
import { type ImportRouteParts, importRoutes } from './http/import-routes.ts';
import { type OperatorRouteParts, operatorRoutes } from './http/operator-routes.ts';
import { type RolloutRouteParts, rolloutRoutes } from './http/rollout-routes.ts';
import { type StatusRouteParts, statusRoutes } from './http/status-routes.ts';
import { type TenantRouteParts, tenantRoutes } from './http/tenant-routes.ts';

/** What all routes together need; each names its own share. */
export type RouteParts = TenantRouteParts &
  StatusRouteParts &
  ImportRouteParts &
  RolloutRouteParts &
  OperatorRouteParts;

/** @param backends the names that the switches know. */
export const provisionerRoutes = (parts: RouteParts, backends: readonly string[]): readonly Route[] => [
  ...tenantRoutes(parts),
  ...statusRoutes(parts),
  ...importRoutes(parts),
  ...rolloutRoutes(parts),
  ...operatorRoutes(parts, backends),
];
