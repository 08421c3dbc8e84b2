export { PROVISIONER_BOUNDS, type ProvisionerBounds } from './app/bounds.ts';
export { type BlueprintFile, type Catalog, createCatalog } from './app/catalog.ts';
export { type Provisioner, type ProvisionerDeps, startProvisioner } from './app/provisioner.ts';
export { readBlueprints, tenantProvisioner, topicPlan } from './compose.ts';
export type { TenantState } from './domain/state.ts';
export { statusOf } from './domain/status.ts';
export { provisionerRoutes, type RouteParts } from './routes.ts';
