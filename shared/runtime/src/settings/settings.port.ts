/**
 * What reading the settings gives to a `main.ts` or a `compose.ts`. Owns types only.
 */
import type { Clock, Reason } from '@leasehold/kernel';
import type { Env } from './definition.ts';
import type { BackendName, Settings } from './groups.ts';

export type BackendMode = 'real' | 'embedded' | 'skipped';

export interface BackendChoice {
  readonly mode: BackendMode;
  readonly reason: Reason;
}

/** Which adapters a release has; what it lacks is skipped, visibly. */
export interface Adapters {
  readonly real: ReadonlySet<BackendName>;
  readonly embedded: ReadonlySet<BackendName>;
}

export interface BackendPlan {
  readonly backends: Readonly<Record<BackendName, BackendChoice>>;
  readonly bus: 'real' | 'embedded';
  readonly store: 'real' | 'embedded';
  /** What stops the start: one sentence for each variable. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export interface LoadOptions {
  readonly env: Env;
  /** True: a service started by itself, which needs a real bus, a real store, a master key and a setting for tokens. */
  readonly alone: boolean;
  /** Content of a text file; throws when it cannot be read. */
  readFile(path: string): string;
  /** Throws for what is no folder that can be read. Absent: folders are not looked at. */
  readFolder?(path: string): unknown;
  /** Path of the `.env` file; default `.env` in the working folder. Absent is fine. */
  readonly envFile?: string;
  /** Defaults that differ for this process, by variable: `{ PORT: '7071' }`. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly adapters?: Adapters;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly given: ReadonlySet<string>;
  /** The texts of all secrets, for the log's scrubber; to be shown nowhere. */
  readonly secrets: readonly string[];
  readonly plan: BackendPlan;
  /** From the settings and the plan: one sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

export interface SecretsOptions {
  readonly dataDir: string;
  readonly settings: Pick<Settings, 'mesh' | 'auth'>;
  readonly clock: Clock;
  /** Cryptographically strong bytes. */
  random(bytes: number): Uint8Array;
}

/** How tokens are checked. */
export type TokenSource =
  | { readonly kind: 'jwks'; readonly url: string }
  | { readonly kind: 'secret'; readonly secret: string };

export interface MeshSecrets {
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  readonly tokens: TokenSource;
  /** Only where no setting for tokens is given: the token itself is in the file, never in a log. */
  readonly admin?: { readonly path: string; readonly expiresAtMs: number };
  /** Files made now, for the words at first start. */
  readonly made: readonly string[];
}

export interface SettingsTableRow {
  readonly group: string;
  readonly title: string;
  readonly variable: string;
  readonly meaning: string;
  readonly expected: string;
  readonly default: string;
  readonly secret: boolean;
}
