/**
 * Every setting of the product in one value. Owns the groups that are no backend's; backend-groups.ts owns the others.
 *
 * 1. A variable belongs to one group; its name is part of the contract.
 */
import { LOG_LEVELS } from '@leasehold/observability';
import {
  cassandraGroup,
  elasticsearchGroup,
  igniteGroup,
  kubernetesGroup,
  minioGroup,
  openprojectGroup,
  pulsarGroup,
  storeGroup,
} from './backend-groups.ts';
import {
  optional,
  type ReadSettings,
  type SettingProblem,
  type SettingValues,
  secret,
  withDefault,
} from './definition.ts';
import {
  choice,
  list,
  listenHost,
  masterKey,
  matching,
  path,
  port,
  readableFile,
  readableFolder,
  text,
  tokenSecret,
  url,
  whole,
} from './formats.ts';

/** Backends by the names that settings, labels and the control switches use. */
export const BACKENDS = [
  'pulsar',
  'cassandra',
  'minio',
  'ignite',
  'elasticsearch',
  'kubernetes',
  'openproject',
  'market',
] as const;
export type BackendName = (typeof BACKENDS)[number];

const web = url(['http', 'https']);
const LATER = { later: true } as const;

const COMMON_GROUP = {
  name: 'common',
  title: 'The process',
  fields: {
    dataDir: withDefault('DATA_DIR', path, '.leasehold', 'folder for everything that is kept on disk'),
    port: withDefault('PORT', port, '7070', 'port of the HTTP server', {
      defaultMeaning: '7070; alone: tenant-provisioner 7071, compute-provisioner 7072, scaler 7073',
    }),
    host: withDefault('HOST', listenHost, '127.0.0.1', 'address that the HTTP server listens on'),
    logLevel: withDefault('LOG_LEVEL', choice(LOG_LEVELS), 'info', 'least level that is logged'),
  },
} as const;

const MESH_GROUP = {
  name: 'mesh',
  title: 'The mesh',
  fields: {
    masterKey: secret('LEASEHOLD_MASTER_KEY', masterKey, 'encrypts the credentials that are kept'),
    platformRoles: optional(
      'PLATFORM_ROLES',
      list(matching(/^\S+$/, 'a role'), 'comma separated roles'),
      "Pulsar roles that may publish to tenants' topics",
    ),
    blueprintDir: optional('BLUEPRINT_DIR', readableFolder, 'folder with a blueprint (YAML) for each tier', {
      defaultMeaning: 'the blueprints that ship',
    }),
    embedded: optional(
      'LEASEHOLD_EMBEDDED',
      list(choice(BACKENDS), `comma separated backends out of ${BACKENDS.join(', ')}`),
      'backends to embed although PULSAR_URL or CASSANDRA_HOSTS is set',
    ),
  },
} as const;

export const ANY_AUDIENCE = 'any';

const AUTH_GROUP = {
  name: 'auth',
  title: 'Tokens',
  fields: {
    jwksUrl: optional('AUTH_JWKS_URL', web, 'keys that sign tokens; or AUTH_JWT_SECRET'),
    jwtSecret: secret('AUTH_JWT_SECRET', tokenSecret, 'shared secret that signs tokens (HS256)'),
    issuer: optional('AUTH_ISSUER', text, 'issuer that tokens must name'),
    audience: optional(
      'AUTH_AUDIENCE',
      text,
      'audience that tokens must name; required beside AUTH_JWKS_URL, where `any` takes every token of the issuer',
    ),
  },
  check: (given: ReadonlySet<string>) => (given.has('AUTH_JWKS_URL') ? besideKeys(given) : []),
} as const;

/** An issuer signs tokens for others too: whether those are taken is said, never left out. */
function besideKeys(given: ReadonlySet<string>): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  if (given.has('AUTH_JWT_SECRET'))
    problems.push({ variable: 'AUTH_JWT_SECRET', message: 'set beside AUTH_JWKS_URL; expected one of the two' });
  if (!given.has('AUTH_AUDIENCE'))
    problems.push({
      variable: 'AUTH_AUDIENCE',
      message: 'missing; expected beside AUTH_JWKS_URL: the audience that tokens for this service name, or any',
    });
  return problems;
}

const NEIGHBOUR_GROUP = {
  name: 'neighbours',
  title: 'Neighbours',
  fields: {
    prometheusUrl: optional('PROMETHEUS_URL', web, 'where the scaler reads metrics and usage', LATER),
    prometheusToken: secret('PROMETHEUS_TOKEN', text, 'its token', LATER),
    marketUrl: optional('DERIVATIVES_ENGINE_URL', web, 'the derivatives engine, the backend called market'),
    marketToken: secret('DERIVATIVES_ENGINE_TOKEN', text, 'its token'),
    marketCaFile: optional(
      'MARKET_CA_FILE',
      readableFile,
      "certificate authority of the engine's certificate (PEM)",
      LATER,
    ),
    marketCertFile: optional('MARKET_CERT_FILE', readableFile, 'our certificate for the engine (PEM)', LATER),
    marketKeyFile: optional('MARKET_KEY_FILE', readableFile, 'its private key (PEM)', LATER),
    mlopsUrl: optional('MLOPS_URL', web, 'the machine learning service', LATER),
    notificationUrl: optional('NOTIFICATION_URL', web, 'the notification service', LATER),
    tenantProvisionerUrl: optional(
      'TENANT_PROVISIONER_URL',
      web,
      'the tenant-provisioner, for the other services',
      LATER,
    ),
    serviceToken: secret('SERVICE_TOKEN', text, 'our token for the neighbours', LATER),
    settlementWaitSeconds: withDefault(
      'SETTLEMENT_WAIT_SECONDS',
      whole(1, 3600),
      '60',
      'how long a settlement call waits for its compute',
      LATER,
    ),
  },
} as const;

export const SETTING_GROUPS = {
  common: COMMON_GROUP,
  mesh: MESH_GROUP,
  auth: AUTH_GROUP,
  pulsar: pulsarGroup,
  cassandra: cassandraGroup,
  store: storeGroup,
  minio: minioGroup,
  ignite: igniteGroup,
  elasticsearch: elasticsearchGroup,
  kubernetes: kubernetesGroup,
  openproject: openprojectGroup,
  neighbours: NEIGHBOUR_GROUP,
} as const;

/** The audience that a token must name; undefined: whatever it names. */
export const expectedAudience = ({ auth }: Pick<Settings, 'auth'>): string | undefined =>
  auth.audience === ANY_AUDIENCE ? undefined : auth.audience;

export type Settings = SettingValues<typeof SETTING_GROUPS>;
export type AllSettings = ReadSettings<typeof SETTING_GROUPS>;
