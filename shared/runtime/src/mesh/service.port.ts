/**
 * What a service of the mesh is to the process that runs it: alone, or with others on one port. Owns types only.
 */
import type { Provider } from '@leasehold/engine';
import type { Route } from '@leasehold/http';
import type { Clock, Log, Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Platform } from '../platform/compose.ts';
import type { ProcessScope } from '../process/process.port.ts';
import type { Settings } from '../settings/groups.ts';
import type { BackendPlan } from '../settings/settings.port.ts';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly plan: BackendPlan;
  readonly platform: Platform;
  /** Services of this installation: each consuming one has its subscription on tenants' topics. */
  readonly installed: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names this process in leases and claims; never the same twice. */
  readonly holder: string;
  readonly scope: ProcessScope;
}

export interface RunningService {
  readonly routes: readonly Route[];
  /** Why events that it should handle do not move on, for people; undefined: they do. */
  stalled(): string | undefined;
}

export interface ServiceDefinition {
  /** Of its rows, subscriptions and leases: never changed. */
  readonly name: string;
  /**
   * Looks at the service's own files, before anything is opened. @throws Fault `Invalid` with all problems.
   * @param providers of all backends of this installation, by kind: to be asked about specs, and nothing else.
   */
  check(settings: Settings, providers: ReadonlyMap<string, Provider>): void;
  compose(options: ServiceOptions): Promise<RunningService>;
}
