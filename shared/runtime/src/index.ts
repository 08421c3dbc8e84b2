export type {
  ConsumerBounds,
  ConsumerStall,
  ConsumerState,
  Consumers,
  ConsumersOptions,
  Handled,
  PreparedMessage,
} from './loops/consumers.port.ts';
export { CONSUMER_BOUNDS, startConsumers } from './loops/consumers.ts';
export type { Lane, LaneBounds, LaneOptions } from './loops/lane.port.ts';
export { createLane, LANE_BOUNDS } from './loops/lane.ts';
export { createLanes, type Lanes } from './loops/lanes.ts';
export type { OutboxRow, Publish, Relay, RelayOptions } from './loops/relay.port.ts';
export { createRelay } from './loops/relay.ts';
export { type Role, type RoleOptions, startRole } from './loops/role.ts';
export { createStallWatch, type StallWatch } from './loops/stall-watch.ts';
export type { Tick, TickBounds, TickOptions, TickState } from './loops/tick.port.ts';
export { createTick, TICK_BOUNDS } from './loops/tick.ts';
export type { WorkQueue, WorkQueueOptions, WorkResult } from './loops/work-queue.port.ts';
export { createWorkQueue } from './loops/work-queue.ts';
export { type RunOptions, runMesh } from './mesh/run-mesh.ts';
export type { RunningService, ServiceDefinition, ServiceOptions } from './mesh/service.port.ts';
export { type Mesh, type MeshOptions, startMesh } from './mesh/start-mesh.ts';
export type { Backends, BackendsInUse } from './platform/backends.ts';
export {
  openPlatform,
  type Platform,
  type PlatformOptions,
  untilThere,
  withDataCentres,
} from './platform/compose.ts';
export { createFront, type Front } from './platform/front.ts';
export { createIdempotencyStore } from './platform/idempotency.ts';
export {
  createPlatformLoops,
  type HintOwner,
  PLATFORM_BOUNDS,
  type PlatformBounds,
  type PlatformLoops,
} from './platform/loops.ts';
export {
  EXIT,
  type ProcessBounds,
  type ProcessHost,
  type ProcessOptions,
  type ProcessScope,
} from './process/process.port.ts';
export { PROCESS_BOUNDS, runProcess } from './process/run-process.ts';
export type {
  CallBounds,
  CircuitStatus,
  Guard,
  GuardBounds,
  GuardOptions,
  GuardState,
  Prober,
  ProberOptions,
} from './resilience/guard.port.ts';
export { createGuard, GUARD_BOUNDS } from './resilience/guard.ts';
export { createPause, type Pause } from './resilience/pause.ts';
export { startProber } from './resilience/prober.ts';
export { BACKEND_VARIABLES, RELEASE_ADAPTERS, resolveBackends } from './settings/backends.ts';
export {
  type Env,
  type Format,
  optional,
  type ReadSettings,
  type Setting,
  type SettingGroup,
  type SettingGroups,
  type SettingProblem,
  type SettingValues,
  secret,
  withDefault,
} from './settings/definition.ts';
export type { Endpoint, HostPort } from './settings/formats.ts';
export { type AllSettings, BACKENDS, type BackendName, SETTING_GROUPS, type Settings } from './settings/groups.ts';
export { loadSettings } from './settings/load.ts';
export { readSettings } from './settings/read.ts';
export { ensureSecrets } from './settings/secrets.ts';
export type {
  Adapters,
  BackendChoice,
  BackendMode,
  BackendPlan,
  LoadedSettings,
  LoadOptions,
  MeshSecrets,
  SecretsOptions,
  SettingsTableRow,
  TokenSource,
} from './settings/settings.port.ts';
export { readSmallFile } from './settings/small-file.ts';
export { settingsTable } from './settings/table.ts';
