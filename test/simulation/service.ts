/**
 * The one place that names the service under test: everything else in this folder imports it from here.
 */
export { type BlueprintFile, type Catalog, createCatalog } from '../../services/tenant-provisioner/src/app/catalog.ts';
export type { ControlChange, ControlState } from '../../services/tenant-provisioner/src/app/control.ts';
export {
  outgoingOf,
  readTenant,
  SERVICE,
  tenantOfPartition,
  tenantPartition,
} from '../../services/tenant-provisioner/src/app/partition.ts';
export {
  PROVISIONER_BOUNDS,
  type Provisioner,
  type ProvisionerBounds,
  type ProvisionerDeps,
  platformTopics,
  startProvisioner,
} from '../../services/tenant-provisioner/src/app/provisioner.ts';
export type { Command, Source } from '../../services/tenant-provisioner/src/domain/command.ts';
export type { Outgoing } from '../../services/tenant-provisioner/src/domain/draft.ts';
export { wantedGraph } from '../../services/tenant-provisioner/src/domain/goal.ts';
export type { Phase, TenantState } from '../../services/tenant-provisioner/src/domain/state.ts';
export { statusOf } from '../../services/tenant-provisioner/src/domain/status.ts';
