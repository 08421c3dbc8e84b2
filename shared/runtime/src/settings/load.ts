/**
 * Everything that a `main.ts` needs of its surroundings in one call: `.env`, settings, backends, and one fault for all that is
 * wrong with any of them. Leaves files and the environment to the caller's hands.
 *
 * 1. The environment goes before `.env`, also where it holds an empty text.
 * 2. What a service started alone lacks is told in the same message as what is wrong.
 */
import { parseEnv } from 'node:util';
import { decideBackends, resolveBackends } from './backends.ts';
import { collectSettings } from './collect.ts';
import type { Env } from './definition.ts';
import { ANY_AUDIENCE, type BackendName, SETTING_GROUPS, type Settings } from './groups.ts';
import { badSettings } from './read.ts';
import type { LoadedSettings, LoadOptions } from './settings.port.ts';

/** Errors: `Invalid` with code `BadSettings`. */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const { alone, adapters } = options;
  const env = withEnvFile(options);
  const found = collectSettings(SETTING_GROUPS, env, options);
  const embedded = (found.values.mesh?.embedded ?? []) as readonly BackendName[];
  const early = decideBackends({ given: found.given, embedded, alone, adapters });
  const problems = [
    ...found.problems.map(({ variable, message }) => `${variable}: ${message}`),
    ...early.errors,
    ...(alone ? missingAlone(found.given) : []),
  ];
  if (problems.length > 0) throw badSettings(problems);
  const settings = found.values as Settings;
  const plan = resolveBackends(settings, { alone, ...(adapters && { adapters }) });
  return {
    settings,
    given: found.given,
    secrets: found.secrets,
    plan,
    warnings: [...found.warnings, ...valueWarnings(settings), ...plan.warnings],
  };
}

function withEnvFile(options: LoadOptions): Env {
  let content: string;
  try {
    content = options.readFile(options.envFile ?? '.env');
  } catch {
    return options.env;
  }
  return { ...parseEnv(content), ...options.env };
}

function missingAlone(given: ReadonlySet<string>): readonly string[] {
  const missing: string[] = [];
  if (!given.has('LEASEHOLD_MASTER_KEY')) {
    missing.push('LEASEHOLD_MASTER_KEY: missing; expected because a service started alone makes no key of its own');
  }
  if (!given.has('AUTH_JWKS_URL') && !given.has('AUTH_JWT_SECRET')) {
    missing.push('AUTH_JWKS_URL or AUTH_JWT_SECRET: missing; expected because a service started alone makes no tokens');
  }
  return missing;
}

function valueWarnings(settings: Settings): readonly string[] {
  const warnings: string[] = [];
  const { auth, cassandra, store } = settings;
  if (auth.jwksUrl !== undefined && auth.audience === ANY_AUDIENCE) {
    warnings.push(
      'AUTH_AUDIENCE is any: every token of the issuer is taken, also one that was made for another service',
    );
  }
  if (cassandra.hosts && !cassandra.replication) {
    warnings.push("CASSANDRA_REPLICATION is not set: tenants' keyspaces have one replica, in the local data centre");
  }
  if (store.hosts && !store.replication) {
    warnings.push('STORE_CASSANDRA_REPLICATION is not set: the store has one replica, in the local data centre');
  }
  return warnings;
}
