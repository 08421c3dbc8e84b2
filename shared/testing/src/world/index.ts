export type {
  BackendTable,
  Doer,
  Effect,
  Owner,
  SimObject,
  Target,
} from './backend-table.ts';
export type { Broker } from './broker.ts';
export type { Aim, Call } from './call.ts';
export type { CallFaultKind, FaultPlan, FaultPoint, Struck } from './fault-plan.ts';
export type { Process, ProcessState } from './process.ts';
export { type CallFaults, isProfileName, PROFILE_NAMES, PROFILES, type Profile, type ProfileName } from './profile.ts';
export { BUS_CALL_MS, createSimBus, KEEP_ALIVE_MS } from './sim-bus.ts';
export {
  BACKEND_CALL_MS,
  createSimBackend,
  createSimProvider,
  type SimProviderOptions,
  type SimSeen,
  type SimSpec,
} from './sim-provider.ts';
export { createSimStore, type SimStoreOptions, STORE_CALL_MS } from './sim-store.ts';
export type { Committed, Partition, StoredRow, StoreTable } from './store-table.ts';
export type { Trace } from './trace.ts';
export {
  createWorld,
  type OutageManner,
  type RunEnd,
  type RunOptions,
  type Violation,
  WORLD_START_MS,
  WORLD_STEPS,
  type World,
  type WorldOptions,
} from './world.ts';
