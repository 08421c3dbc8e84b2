import type { SettingGroups, Env, ReadSettings } from './settings/definition.ts';
import type {
  LoadedSettings,
  LoadOptions,
  MeshSecrets,
  SecretsOptions,
  SettingsTableRow,
  Adapters,
  BackendPlan,
} from './settings/settings.port.ts';
import type { Settings } from './settings/groups.ts';
import type { ProcessOptions, ProcessScope } from './process/process.port.ts';
import type { Guard, GuardOptions, Prober, ProberOptions } from './resilience/guard.port.ts';
import type { Consumers, ConsumersOptions } from './loops/consumers.port.ts';
import type { WorkQueue, WorkQueueOptions } from './loops/work-queue.port.ts';
import type { Relay, RelayOptions } from './loops/relay.port.ts';
import type { Tick, TickOptions } from './loops/tick.port.ts';
import type { Lane, LaneOptions } from './loops/lane.port.ts';

export type * from './settings/definition.ts';
export type * from './settings/settings.port.ts';
export type * from './process/process.port.ts';
export type * from './resilience/guard.port.ts';
export type * from './loops/consumers.port.ts';
export type * from './loops/work-queue.port.ts';
export type * from './loops/relay.port.ts';
export type * from './loops/tick.port.ts';
export type * from './loops/lane.port.ts';
export { BACKENDS, type BackendName, SETTING_GROUPS, type Settings } from './settings/groups.ts';
export { EXIT } from './process/process.port.ts';

export declare function readSettings<const G extends SettingGroups>(
  groups: G,
  env: Env,
  options: { readFile(path: string): string; readonly defaults?: Readonly<Record<string, string>> },
): ReadSettings<G>;
export declare function loadSettings(options: LoadOptions): LoadedSettings;
export declare function resolveBackends(
  settings: Settings,
  options: { readonly alone: boolean; readonly adapters?: Adapters },
): BackendPlan;
export declare function settingsTable(groups?: SettingGroups): readonly SettingsTableRow[];
export declare function ensureSecrets(options: SecretsOptions): Promise<MeshSecrets>;
export declare function runProcess(
  options: ProcessOptions,
  start: (scope: ProcessScope) => Promise<void>,
): Promise<number>;
export declare function createGuard(options: GuardOptions): Guard;
export declare function startProber(guards: readonly Guard[], options: ProberOptions): Prober;
export declare function startConsumers(options: ConsumersOptions): Consumers;
export declare function createWorkQueue(options: WorkQueueOptions): WorkQueue;
export declare function createRelay(options: RelayOptions): Relay;
export declare function createTick(options: TickOptions): Tick;
export declare function createLane(options: LaneOptions): Lane;
