/**
 * Which backends are real, embedded or skipped. Pure; the rules of "Embedded or real", and nothing else.
 *
 * 1. A backend whose variable is set is real. `LEASEHOLD_EMBEDDED` never overrules a variable.
 * 2. While neither `PULSAR_URL` nor `CASSANDRA_HOSTS` is set, every other backend that has an embedded form is embedded;
 *    as soon as one is, what is unset is skipped, unless `LEASEHOLD_EMBEDDED` names it.
 * 3. The bus and the store are never skipped: they are real, or embedded in the standalone process only.
 * 4. What this release has no adapter for is skipped, and said so where it was asked for.
 */
import { type Reason, reason } from '@leasehold/kernel';
import { BACKENDS, type BackendName, type Settings } from './groups.ts';
import type { Adapters, BackendChoice, BackendPlan } from './settings.port.ts';

/** The variable whose presence makes a backend real. */
export const BACKEND_VARIABLES: Readonly<Record<BackendName, readonly string[]>> = {
  pulsar: ['PULSAR_URL'],
  cassandra: ['CASSANDRA_HOSTS'],
  minio: ['MINIO_ENDPOINT'],
  ignite: ['IGNITE_HOST'],
  elasticsearch: ['ELASTICSEARCH_HOST'],
  kubernetes: ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST'],
  openproject: ['OPENPROJECT_URL'],
  market: ['DERIVATIVES_ENGINE_URL'],
};

const WITHOUT_EMBEDDED_FORM: ReadonlySet<BackendName> = new Set(['kubernetes', 'openproject']);

/** What this release can talk to. */
export const RELEASE_ADAPTERS: Adapters = {
  real: new Set(['pulsar', 'cassandra', 'minio', 'ignite', 'elasticsearch', 'kubernetes', 'openproject']),
  embedded: new Set(['pulsar', 'cassandra', 'minio', 'ignite', 'elasticsearch']),
};

export interface BackendQuestion {
  readonly given: ReadonlySet<string>;
  readonly embedded: readonly BackendName[];
  readonly alone: boolean;
  readonly adapters?: Adapters | undefined;
}

export function resolveBackends(
  settings: Settings,
  options: { readonly alone: boolean; readonly adapters?: Adapters },
): BackendPlan {
  const set: readonly (readonly [string, unknown])[] = [
    ['PULSAR_URL', settings.pulsar.url],
    ['CASSANDRA_HOSTS', settings.cassandra.hosts],
    ['STORE_CASSANDRA_HOSTS', settings.store.hosts],
    ['MINIO_ENDPOINT', settings.minio.endpoint],
    ['IGNITE_HOST', settings.ignite.host],
    ['ELASTICSEARCH_HOST', settings.elasticsearch.host],
    ['KUBECONFIG', settings.kubernetes.kubeconfig],
    ['KUBERNETES_SERVICE_HOST', settings.kubernetes.inClusterHost],
    ['OPENPROJECT_URL', settings.openproject.url],
    ['DERIVATIVES_ENGINE_URL', settings.neighbours.marketUrl],
  ];
  const given = new Set(set.filter(([, value]) => value !== undefined).map(([variable]) => variable));
  return decideBackends({ given, embedded: settings.mesh.embedded ?? [], ...options });
}

/** The same, from the names of the variables that are set: so that it can be told beside values that are wrong. */
export function decideBackends(question: BackendQuestion): BackendPlan {
  const { given, alone } = question;
  const choices = BACKENDS.map((name) => [name, choose(name, question)] as const);
  const bus = given.has('PULSAR_URL') ? 'real' : 'embedded';
  const store = given.has('CASSANDRA_HOSTS') || given.has('STORE_CASSANDRA_HOSTS') ? 'real' : 'embedded';
  const errors = [
    ...(alone && bus === 'embedded'
      ? ['PULSAR_URL: missing; expected because a service started alone needs a real bus']
      : []),
    ...(alone && store === 'embedded'
      ? [
          'CASSANDRA_HOSTS or STORE_CASSANDRA_HOSTS: missing; expected because a service started alone needs a real store',
        ]
      : []),
    ...question.embedded
      .filter((name) => WITHOUT_EMBEDDED_FORM.has(name))
      .map((name) => `LEASEHOLD_EMBEDDED: given "${name}", which has no embedded form`),
  ];
  return {
    backends: Object.fromEntries(choices) as Record<BackendName, BackendChoice>,
    bus,
    store,
    errors,
    warnings: choices.flatMap(([name, chosen]) => warningsOf(name, chosen, question)),
  };
}

const isConfigured = (name: BackendName, given: ReadonlySet<string>): boolean =>
  BACKEND_VARIABLES[name].some((variable) => given.has(variable));

function choose(name: BackendName, question: BackendQuestion): BackendChoice {
  const { given } = question;
  const adapters = question.adapters ?? RELEASE_ADAPTERS;
  const skipped = (why: Reason): BackendChoice => ({ mode: 'skipped', reason: why });
  if (isConfigured(name, given)) {
    if (adapters.real.has(name)) return { mode: 'real', reason: reason('Configured', `${name} is configured`) };
    return skipped(reason('NoAdapter', `${name} is configured, no adapter in this release`));
  }
  if (WITHOUT_EMBEDDED_FORM.has(name)) {
    return skipped(reason('NotConfigured', `${name} is not configured and has no embedded form`));
  }
  const named = question.embedded.includes(name);
  const servers = given.has('PULSAR_URL') || given.has('CASSANDRA_HOSTS');
  if (servers && !named) {
    return skipped(reason('NotConfigured', `${BACKEND_VARIABLES[name].join(' or ')} is not set`));
  }
  if (!adapters.embedded.has(name)) return skipped(reason('NoAdapter', `${name} has no embedded form in this release`));
  return {
    mode: 'embedded',
    reason: named
      ? reason('NamedEmbedded', 'LEASEHOLD_EMBEDDED names it')
      : reason('NothingConfigured', 'neither PULSAR_URL nor CASSANDRA_HOSTS is set'),
  };
}

function warningsOf(name: BackendName, chosen: BackendChoice, question: BackendQuestion): readonly string[] {
  const configured = isConfigured(name, question.given);
  const named = question.embedded.includes(name);
  const warnings: string[] = [];
  if (chosen.reason.code === 'NoAdapter' && (configured || named)) {
    warnings.push(`${chosen.reason.message}: its resources are skipped`);
  }
  if (configured && named) {
    warnings.push(
      `LEASEHOLD_EMBEDDED names ${name}, but ${BACKEND_VARIABLES[name].join(' or ')} is set and goes before it`,
    );
  }
  return warnings;
}
