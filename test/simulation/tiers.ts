/**
 * The tiers of a simulated platform: every shape that matters (dependencies, several parts of a kind, access, data, marks
 * first and last) with few objects, and graces of seconds instead of days.
 */
import { type Limits, TIERS, type Tier } from '@leasehold/contracts';
import type { Provider } from '@leasehold/engine';
import { bound, type Rng } from '@leasehold/kernel';
import { createSimProvider, createWorld, type Process, type SimProviderOptions } from '@leasehold/testing/world';
import { type Blueprint, type BlueprintFile, type Catalog, createCatalog, SERVICE } from './service.ts';

export const PULSAR_TENANT = 'platformq';

export const LIMITS: Limits = {
  cpu_cores: 1,
  memory_gb: 1,
  storage_gb: 1,
  max_pods: 1,
  max_services: 1,
  gpu_count: 0,
  monthly_cost_usd: '10',
};

/** Seconds between the wish to leave and the taking down. */
export const GRACE_SECONDS: Readonly<Record<Tier, number>> = {
  free: 0,
  starter: 6,
  professional: 4,
  enterprise: 9,
  custom: 2,
};
export const PROTECTED: readonly Tier[] = ['professional', 'custom'];

const KEYSPACE = { kind: 'cassandra-keyspace', spec: { replication: 1, tables: ['entities', 'events'] } };
const bucket = (days: number) => ({ kind: 'minio-bucket', spec: { versioning: true, days } });
const namespace = (rate: number) => ({ kind: 'pulsar-namespace', spec: { rate }, remake_when_lost: true });
const DATA = { kind: 'pulsar-namespace', part: 'data', depends_on: ['pulsar-namespace'], spec: { rate: 5 } };
const CACHE = { kind: 'ignite-cache', part: 'sessions', depends_on: ['cassandra-keyspace'], spec: { backups: 1 } };

const RESOURCES: Readonly<Record<Tier, readonly object[]>> = {
  free: [KEYSPACE, bucket(1)],
  starter: [KEYSPACE, { ...bucket(7), depends_on: ['cassandra-keyspace'] }, namespace(10)],
  professional: [KEYSPACE, bucket(30), namespace(50), DATA, CACHE],
  enterprise: [KEYSPACE, bucket(90), namespace(500), DATA],
  custom: [bucket(3), namespace(20)],
};

/** What an operator changes the files to: something is new, something differs, something is no longer named. */
const CHANGED: Readonly<Record<Tier, readonly object[]>> = {
  free: [KEYSPACE, CACHE],
  starter: [KEYSPACE, { ...bucket(8), depends_on: ['cassandra-keyspace'] }, namespace(11), CACHE],
  professional: [KEYSPACE, bucket(31), namespace(50), CACHE],
  enterprise: [KEYSPACE, bucket(90), namespace(500), DATA, CACHE],
  custom: [bucket(4), namespace(20), KEYSPACE],
};

export type Edition = 'shipped' | 'changed';

const fileOf = (tier: Tier, edition: Edition = 'shipped') => ({
  name: `${tier}.yaml`,
  content: {
    kind: 'parsed' as const,
    value: {
      tier,
      limits: tier === 'custom' ? null : LIMITS,
      priority: 1,
      burst: null,
      deletion: { grace_hours: GRACE_SECONDS[tier] / 3_600, protected: PROTECTED.includes(tier) },
      tenant_topics: ['tenant-upgraded-events'],
      resources: (edition === 'shipped' ? RESOURCES : CHANGED)[tier],
    },
  },
});

/** By kind: how its objects behave. */
export const KINDS: Readonly<Record<string, SimProviderOptions>> = {
  'cassandra-keyspace': { backend: 'cassandra', holdsData: true, hasAccess: true, mark: 'last', lane: 'cassandra-ddl' },
  'minio-bucket': { backend: 'minio', holdsData: true, hasAccess: true, mark: 'first' },
  'pulsar-namespace': { backend: 'pulsar', hasAccess: true, mark: 'first' },
  'ignite-cache': { backend: 'ignite', mark: 'last', perRequest: 1 },
};

export const BACKENDS: readonly string[] = [...new Set(Object.values(KINDS).map(({ backend }) => backend as string))];

/** What a world's backends do not bear. */
export interface Straits {
  /** One call of a kind at a time. */
  readonly narrow: boolean;
  /** By kind: how many objects its backend bears. */
  readonly ceilings: ReadonlyMap<string, number>;
  /** By kind: how many its backend makes, whatever it is asked for. */
  readonly quotas: ReadonlyMap<string, number>;
  /** A sweep looks for what others have changed, and some do. */
  readonly swept: boolean;
}

const NONE: Straits = { narrow: false, ceilings: new Map(), quotas: new Map(), swept: false };
/** The shares of schedules that have them. */
const NARROW = 0.12;
const CEILINGS = 0.12;
const QUOTAS = 0.06;
const SWEPT = 0.08;

/** Straits that a planted bug needs. */
export type Strait = 'narrow' | 'ceilings' | 'quotas' | 'swept';

export function drawStraits(rng: Rng, wanted: Strait | undefined): Straits {
  const has = (strait: Strait, chance: number): boolean => rng.chance(chance) || wanted === strait;
  const bounds = (): ReadonlyMap<string, number> =>
    new Map(
      Object.keys(KINDS)
        .filter(() => rng.chance(0.5))
        .map((kind) => [kind, 1 + rng.int(3)]),
    );
  return {
    narrow: has('narrow', NARROW),
    ceilings: has('ceilings', CEILINGS) ? bounds() : NONE.ceilings,
    quotas: has('quotas', QUOTAS) ? bounds() : NONE.quotas,
    swept: has('swept', SWEPT),
  };
}

export const providersOf = (
  process: Process,
  { narrow, ceilings, quotas }: Straits = NONE,
): ReadonlyMap<string, Provider> =>
  new Map(
    Object.entries(KINDS).map(([kind, options]) => {
      const most = ceilings.get(kind);
      const ceiling =
        most === undefined ? {} : { ceiling: { name: kind, cost: 1, limit: bound(`sim-${kind}s`, most) } };
      const provider = createSimProvider(process, kind, {
        ...options,
        ...ceiling,
        ...(narrow ? { parallelism: 1 } : {}),
        quota: quotas.get(kind) ?? Infinity,
      });
      return [kind, provider as unknown as Provider];
    }),
  );

let cached: Catalog | undefined;

/** One catalogue for all worlds of a thread: it is made of values alone. */
export function catalog(): Catalog {
  cached ??= createCatalog({
    files: TIERS.map((tier): BlueprintFile => fileOf(tier)),
    providers: providersOf(createWorld(0, 'calm').process('catalogue')),
    pulsarTenant: PULSAR_TENANT,
    platformRoles: [],
    services: [SERVICE],
  });
  return cached;
}

const editions = new Map<string, Blueprint>();

/** What an edition of a tier's file makes of a tenant. */
export function blueprintOf(tier: Tier, edition: Edition): Blueprint {
  const key = `${tier} ${edition}`;
  const made = editions.get(key) ?? catalog().read(fileOf(tier, edition).content.value);
  if (!made) throw new RangeError(`the ${edition} file of ${tier} is none`);
  editions.set(key, made);
  return made;
}
