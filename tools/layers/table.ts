/**
 * The layer table: who may import what. It is the only place where the direction of imports is written down; Biome's
 * `overrides`, turbo's tags and our own scan are all made from it.
 *
 * T1. A file belongs to the first zone whose globs hold it, and Biome gives it exactly that zone's rule.
 * T2. A package imports packages of a lower rank only, never one of its own rank.
 * T3. A driver (anything that opens a socket, a file or a native library) is named by the zones that may import it.
 */

/** Shared packages from the inside out: an entry may import those before it, not those beside it. */
export const RANKS: readonly (readonly string[])[] = [
  ['kernel'],
  ['contracts', 'forecast', 'engine', 'observability'],
  ['sqlite'],
  ['bus', 'store', 'resources', 'http'],
  ['runtime'],
  ['controller'],
];

export const SCOPE = '@leasehold/';

/** Modules of Node that compute and do no I/O. */
const PURE_NODE = ['node:crypto', 'node:util', 'node:buffer', 'node:path', 'node:assert'];

/** Packages that do I/O. Whatever is not listed computes (zod, yaml, croner, ...) and needs no permission here. */
export const DRIVERS = [
  'node:sqlite',
  'cassandra-driver',
  'minio',
  'pulsar-client',
  'undici',
  'apache-ignite-client',
  '@elastic/elasticsearch',
  '@kubernetes/client-node',
  'hono',
  '@hono/*',
  'jose',
  'swagger-ui-dist',
  'pino',
  'prom-client',
];

/** What is an adapter by its name, in the packages that hold a port and its adapters side by side. */
export const ADAPTER_PACKAGES = ['bus', 'store', 'resources'];
export const ADAPTER_NAME =
  '[sS]qlite|[cC]assandra|[eE]mbedded|[pP]ulsar|[wW]eb[sS]ocket|[nN]ative|[mM]inio|[iI]gnite|[eE]lastic|[kK]ubernetes';

export type Allowed = 'any' | readonly string[];

export interface Zone {
  readonly name: string;
  /** Biome globs; the last one that matches decides, and one with `!` takes away. */
  readonly files: readonly string[];
  /** Names below the scope. */
  readonly packages: Allowed;
  readonly node: Allowed;
  readonly drivers: Allowed;
  /** Other packages: `none` only in the kernel. */
  readonly external: 'any' | 'none';
  /** May adapters be named here? */
  readonly adapters: 'any' | 'none';
  /** Folders and files of the same package that must not be imported. */
  readonly notFrom: readonly string[];
}

const RANKED = RANKS.flat();
const below = (name: string): readonly string[] =>
  RANKS.slice(
    0,
    RANKS.findIndex((rank) => rank.includes(name)),
  ).flat();

const open: Omit<Zone, 'name' | 'files'> = {
  packages: 'any',
  node: 'any',
  drivers: 'any',
  external: 'any',
  adapters: 'any',
  notFrom: [],
};

/**
 * Tests that sit beside the source, and what a package keeps for them in its folder `test`, may use every shared package, `testing`
 * among them, and no service but their own.
 */
const UNIT_TESTS: readonly Zone[] = [
  {
    ...open,
    name: 'unit-tests',
    files: ['shared/**/*.test.ts', 'shared/*/test/**'],
    packages: [...RANKED, 'testing', 'cli'],
  },
  {
    ...open,
    name: 'service-tests',
    files: ['services/**/*.test.ts', 'services/*/test/**'],
    packages: [...RANKED, 'testing'],
  },
];

const source = (folder: string): readonly string[] => [`${folder}/**`, '!**/*.test.ts', `!${folder}/test/**`];

const shared = (name: string, rules: Partial<Zone>): Zone => ({
  ...open,
  name,
  files: source(`shared/${name}`),
  packages: below(name),
  drivers: [],
  ...rules,
});

const PACKAGES: readonly Zone[] = [
  shared('kernel', { node: ['node:crypto'], external: 'none' }),
  shared('contracts', { node: PURE_NODE }),
  shared('forecast', {
    files: [...source('shared/forecast'), '!shared/forecast/src/edge/**', '!shared/forecast/bin/**'],
    node: PURE_NODE,
    notFrom: ['edge'],
  }),
  // The command, the worker threads and the loading of WebAssembly; what computes does not know them.
  {
    ...open,
    name: 'forecast-edge',
    files: ['shared/forecast/src/edge/**', 'shared/forecast/bin/**', '!**/*.test.ts'],
    packages: below('forecast'),
    drivers: [],
  },
  shared('engine', { node: PURE_NODE }),
  shared('observability', { drivers: ['pino', 'prom-client'] }),
  shared('sqlite', { drivers: ['node:sqlite'] }),
  shared('bus', { drivers: ['pulsar-client', 'undici'] }),
  shared('store', { drivers: ['cassandra-driver'] }),
  shared('resources', {
    // A tenant's embedded keyspace is an SQLite file of its own, without the writer thread of the shared ones.
    drivers: [
      'node:sqlite',
      'cassandra-driver',
      'minio',
      'apache-ignite-client',
      '@elastic/elasticsearch',
      '@kubernetes/client-node',
      'pulsar-client',
    ],
  }),
  shared('http', { drivers: ['hono', '@hono/*', 'jose', 'swagger-ui-dist'] }),
  shared('runtime', {}),
  // What decisions are made of: values alone, so that a service's domain may know it.
  {
    ...open,
    name: 'controller-model',
    files: source('shared/controller/src/model'),
    packages: ['kernel', 'contracts', 'engine'],
    node: PURE_NODE,
    drivers: [],
    notFrom: ['control', 'dead-letters', 'http', 'intake', 'inventory', 'reconcile', 'rows', 'shown', 'sweep'],
  },
  shared('controller', {
    files: [...source('shared/controller'), '!shared/controller/src/model/**'],
    adapters: 'none',
  }),
  shared('testing', { packages: RANKED, drivers: 'any' }),
  shared('cli', { packages: ['kernel', 'contracts'] }),
];

const service = (name: string, files: readonly string[], rules: Partial<Zone>): Zone => ({
  ...open,
  name: `service-${name}`,
  files: [...files, '!**/*.test.ts', '!services/*/test/**'],
  packages: RANKED,
  drivers: [],
  adapters: 'none',
  ...rules,
});

const FOLDERS = ['app', 'http', 'adapters', 'ports'];
const ROOTS = ['compose.ts', 'main.ts', 'config.ts'];

const SERVICES: readonly Zone[] = [
  service('domain', ['services/*/src/domain/**'], {
    packages: ['kernel', 'contracts', 'forecast', 'engine', 'controller/model'],
    node: PURE_NODE,
    notFrom: [...FOLDERS, ...ROOTS],
  }),
  service('ports', ['services/*/src/ports/**'], { notFrom: ['app', 'http', 'adapters', ...ROOTS] }),
  service('adapters', ['services/*/src/adapters/**'], {
    drivers: 'any',
    adapters: 'any',
    notFrom: ['app', 'http', ...ROOTS],
  }),
  service('app', ['services/*/src/app/**'], { notFrom: ['http', 'adapters', 'compose.ts', 'main.ts'] }),
  service('http', ['services/*/src/http/**'], {
    drivers: ['hono', '@hono/*'],
    notFrom: ['adapters', 'compose.ts', 'main.ts'],
  }),
  service('compose', ['services/*/src/compose.ts', 'services/*/src/compose/**'], {
    adapters: 'any',
    notFrom: ['main.ts'],
  }),
  service(
    'rest',
    [
      'services/**',
      ...FOLDERS.map((f) => `!services/*/src/${f}/**`),
      '!services/*/src/domain/**',
      '!services/*/src/compose.ts',
      '!services/*/src/compose/**',
    ],
    { notFrom: ['adapters'] },
  ),
];

export const ZONES: readonly Zone[] = [
  ...UNIT_TESTS,
  ...PACKAGES,
  ...SERVICES,
  { ...open, name: 'tools', files: ['tools/**', '*.ts'], packages: [], drivers: [] },
  { ...open, name: 'deploy', files: ['deploy/**'] },
  { ...open, name: 'test', files: ['test/**'] },
];
