export { type BlueprintFile, type Catalog, createCatalog } from './app/catalog.ts';
export {
  PROVISIONER_BOUNDS,
  type Provisioner,
  type ProvisionerBounds,
  type ProvisionerDeps,
  startProvisioner,
} from './app/provisioner.ts';
export {
  checkBlueprints,
  composeTenantProvisioner,
  readBlueprints,
  type TenantProvisioner,
  topicPlan,
} from './compose.ts';
export type { TenantState } from './domain/state.ts';
export { statusOf } from './domain/status.ts';
export { provisionerRoutes } from './routes.ts';
