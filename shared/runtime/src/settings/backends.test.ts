import { expect, test } from 'vitest';
import { BACKEND_VARIABLES, type BackendQuestion, decideBackends } from './backends.ts';
import { BACKENDS, type BackendName } from './groups.ts';
import type { Adapters, BackendMode } from './settings.port.ts';

const EVERYTHING: Adapters = { real: new Set(BACKENDS), embedded: new Set(BACKENDS) };
const decide = (question: Partial<BackendQuestion>) =>
  decideBackends({ given: new Set(), embedded: [], alone: false, adapters: EVERYTHING, ...question });
const modes = (question: Partial<BackendQuestion>): Readonly<Record<BackendName, BackendMode>> =>
  Object.fromEntries(Object.entries(decide(question).backends).map(([name, { mode }]) => [name, mode])) as Readonly<
    Record<BackendName, BackendMode>
  >;

/** servers set, own variable set, named in LEASEHOLD_EMBEDDED -> mode. */
const WITH_EMBEDDED_FORM: Readonly<Record<string, BackendMode>> = {
  '000': 'embedded',
  '001': 'embedded',
  '010': 'real',
  '011': 'real',
  '100': 'skipped',
  '101': 'embedded',
  '110': 'real',
  '111': 'real',
};

test('every combination of variables and names gives what the table of the rules says', () => {
  const variables = [...BACKENDS.map((name) => BACKEND_VARIABLES[name][0] as string), 'STORE_CASSANDRA_HOSTS'];
  const wrong: string[] = [];
  let tried = 0;
  for (let bits = 0; bits < 2 ** variables.length; bits++) {
    const given = new Set(variables.filter((_, index) => (bits >> index) & 1));
    for (const named of [undefined, ...BACKENDS]) {
      const found = modes({ given, embedded: named === undefined ? [] : [named] });
      const servers = given.has('PULSAR_URL') || given.has('CASSANDRA_HOSTS');
      for (const name of BACKENDS) {
        const own = given.has(BACKEND_VARIABLES[name][0] as string);
        const key = [servers, own, named === name].map(Number).join('');
        const hasForm = name !== 'kubernetes' && name !== 'openproject';
        const expected = hasForm ? WITH_EMBEDDED_FORM[key] : own ? 'real' : 'skipped';
        if (found[name] !== expected) wrong.push(`${name} with ${[...given]}, named ${named}: ${found[name]}`);
        tried += 1;
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(tried).toBe(2 ** variables.length * (BACKENDS.length + 1) * BACKENDS.length);
});

test.each([
  { given: [], bus: 'embedded', store: 'embedded', alone: ['PULSAR_URL', 'CASSANDRA_HOSTS'] },
  { given: ['PULSAR_URL'], bus: 'real', store: 'embedded', alone: ['CASSANDRA_HOSTS'] },
  { given: ['CASSANDRA_HOSTS'], bus: 'embedded', store: 'real', alone: ['PULSAR_URL'] },
  { given: ['STORE_CASSANDRA_HOSTS'], bus: 'embedded', store: 'real', alone: ['PULSAR_URL'] },
  { given: ['PULSAR_URL', 'STORE_CASSANDRA_HOSTS'], bus: 'real', store: 'real', alone: [] },
  { given: ['PULSAR_URL', 'CASSANDRA_HOSTS'], bus: 'real', store: 'real', alone: [] },
])('bus and store are never skipped, and a service alone needs both real: $given', ({ given, bus, store, alone }) => {
  const plan = decide({ given: new Set(given) });
  expect([plan.bus, plan.store, plan.errors]).toEqual([bus, store, []]);
  const errors = decide({ given: new Set(given), alone: true }).errors;
  expect(errors.map((text) => text.split(/[: ]/)[0])).toEqual(alone);
});

test('a store of its own on Cassandra alone leaves the tenants’ keyspaces embedded', () => {
  expect(modes({ given: new Set(['STORE_CASSANDRA_HOSTS']) }).cassandra).toBe('embedded');
});

test('with PULSAR_URL alone the keyspaces are skipped while the store is embedded', () => {
  const plan = decide({ given: new Set(['PULSAR_URL']) });
  expect([plan.store, plan.backends.cassandra.mode]).toEqual(['embedded', 'skipped']);
});

test('naming a backend without an embedded form stops the start', () => {
  const { errors } = decide({ embedded: ['kubernetes', 'openproject'] });
  expect(errors).toHaveLength(2);
  expect(errors[0]).toBe('LEASEHOLD_EMBEDDED: given "kubernetes", which has no embedded form');
});

test('LEASEHOLD_EMBEDDED never overrules a variable, and says so', () => {
  const plan = decide({ given: new Set(['MINIO_ENDPOINT']), embedded: ['minio'] });
  expect(plan.backends.minio.mode).toBe('real');
  expect(plan.warnings).toEqual(['LEASEHOLD_EMBEDDED names minio, but MINIO_ENDPOINT is set and goes before it']);
});

test('a configured backend without an adapter in this release is skipped with a visible warning', () => {
  const adapters = { real: new Set(['pulsar'] as const), embedded: new Set(['pulsar'] as const) };
  const given = new Set(['IGNITE_HOST', 'KUBECONFIG']);
  const plan = decideBackends({ given, embedded: [], alone: false, adapters });
  expect(plan.backends.ignite).toMatchObject({ mode: 'skipped', reason: { code: 'NoAdapter' } });
  expect(plan.warnings).toEqual([
    'ignite is configured, no adapter in this release: its resources are skipped',
    'kubernetes is configured, no adapter in this release: its resources are skipped',
  ]);
});

test('what nobody asked for is skipped without a warning', () => {
  const plan = decideBackends({ given: new Set(), embedded: [], alone: false });
  expect(plan.backends.market.mode).toBe('skipped');
  expect(plan.warnings).toEqual([]);
});

test('a service account inside a cluster makes Kubernetes real, as KUBECONFIG does', () => {
  expect(modes({ given: new Set(['KUBERNETES_SERVICE_HOST']) }).kubernetes).toBe('real');
});
