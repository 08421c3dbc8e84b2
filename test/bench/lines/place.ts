/**
 * Where lines are measured. `Place` is any machine; `RealPlace` has the servers, a running product on them, and the raw
 * drivers beside it.
 */
import type { Env, Installation } from '../../support/installation.ts';
import type { Door } from '../product/completion.ts';
import type { Socket } from '../raw/sockets.ts';
import type { RawDrivers } from '../raw/tenant.ts';

export interface Place {
  readonly pairs: number;
  readonly signal: AbortSignal;
  log(text: string): void;
}

export interface RealPlace extends Place {
  readonly env: Env;
  readonly installation: Installation;
  readonly door: Door;
  readonly raw: RawDrivers;
  /** Publishes to `tenant-created-events`; shares no code with the product. */
  readonly upstream: Socket;
}
