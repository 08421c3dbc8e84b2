/**
 * The one place that names the service under test: everything else in this folder imports it from here.
 */
export {
  type BlueprintFile,
  type Catalog,
  createCatalog,
  PROVISIONER_BOUNDS,
  type Provisioner,
  type ProvisionerBounds,
  type ProvisionerDeps,
  startProvisioner,
  statusOf,
  type TenantState,
} from '@leasehold/tenant-provisioner';
export {
  type Blueprint,
  CLAIM_BOUNDS,
  CONTROL_PARTITION,
  type Command,
  type ControlChange,
  type ControlState,
  isHeldByProtection,
  isStuckInRemoval,
  type Outgoing,
  outgoingOf,
  platformTopics,
  type Report,
  ROLLOUTS_PARTITION,
  readTenant,
  SERVICE,
  startRolloutRole,
  TENANT_DIRECTORY,
  tenantOfPartition,
  tenantPartition,
  type WaitingMessage,
  wantedGraph,
} from '@leasehold/tenant-provisioner/simulation';
