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
  type Command,
  type ControlChange,
  type Outgoing,
  outgoingOf,
  platformTopics,
  readTenant,
  SERVICE,
  tenantOfPartition,
  type WaitingMessage,
  wantedGraph,
} from '@leasehold/tenant-provisioner/simulation';
