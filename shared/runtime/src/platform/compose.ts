/**
 * What a process has once: bus, store, ledger and backends, chosen by the settings, and the loops over them. Every service stands on it,
 * whether it runs alone or with others. The one place in the shared code that names their adapters.
 *
 * P1. What is away is waited for with backoff, and said at first and then once a minute; a setting that is wrong ends the
 *     start.
 * P2. Everything opened is closed on the way out, in reverse order.
 */
import { join } from 'node:path';
import {
  type Bus,
  type Codec,
  createCodec,
  createEmbeddedBus,
  createNativeBus,
  createWebSocketBus,
  loadNativeClient,
  NATIVE_MISSING,
} from '@leasehold/bus';
import type { IdempotencyStore } from '@leasehold/http';
import { backoffMs, bound, type Clock, Fault, invalid, type Log, type Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import {
  askLocalDataCenter,
  createCassandraStore,
  createLedger,
  createSqliteStore,
  type Ledger,
  type Store,
} from '@leasehold/store';
import type { ProcessScope } from '../process/process.port.ts';
import { hostText } from '../settings/formats.ts';
import type { Settings } from '../settings/groups.ts';
import type { BackendPlan } from '../settings/settings.port.ts';
import { type Backends, createBackends } from './backends.ts';
import { createIdempotencyStore } from './idempotency.ts';
import { createPlatformLoops, type PlatformLoops } from './loops.ts';
import { pemFiles } from './tls.ts';
import { watchBus, watchStore } from './watched.ts';

export interface PlatformOptions {
  readonly settings: Settings;
  readonly plan: BackendPlan;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Unique for this process and this start of it. */
  readonly holder: string;
  readonly scope: ProcessScope;
  /** A call on the store or the bus failed as if it were away. */
  readonly onTrouble: (part: 'store' | 'bus') => void;
  /** What the start waits for and why, for whoever asks; undefined: for nothing any more. */
  readonly onWait?: (reason: string | undefined) => void;
}

export interface Platform extends PlatformLoops {
  readonly bus: Bus;
  readonly codec: Codec;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly backends: Backends;
  /** What was asked of any service of the process, or of another one, under a key. */
  readonly idempotency: IdempotencyStore;
}

const WAIT = {
  baseMs: bound('start-wait-base-ms', 250),
  capMs: bound('start-wait-cap-ms', 5_000),
  sayMs: bound('start-wait-say-ms', 60_000),
};

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings, plan, scope, clock, rng, log, holder, metrics, onTrouble } = options;
  const store = watchStore(await untilThere(options, 'the store', () => openStore(options)), () => onTrouble('store'));
  scope.onClose('store', () => store.close());
  const bus = watchBus(await untilThere(options, 'the bus', () => openBus(options)), () => onTrouble('bus'));
  scope.onClose('bus', () => bus.close());
  const ledger = createLedger({ store, clock, rng: rng.fork('ledger'), writer: holder, log });
  const { close, ...loops } = createPlatformLoops({ ledger, clock, rng: rng.fork('loops'), log, metrics, holder });
  scope.onClose('relay, tick and lanes', close);
  const backends = createBackends({ settings, plan, clock, rng: rng.fork('backends'), log, metrics, scope });
  const idempotency = createIdempotencyStore({ ledger, clock, holder });
  return { store, bus, ledger, codec: createCodec({ bus, log }), backends, idempotency, ...loops };
}

/** P1. Anything but `Unavailable` is for the operator to mend. */
export async function untilThere<T>(
  options: Pick<PlatformOptions, 'clock' | 'rng' | 'log' | 'scope' | 'onWait'>,
  what: string,
  open: () => Promise<T>,
): Promise<T> {
  let saidAtMs: number | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      const opened = await open();
      options.onWait?.(undefined);
      if (saidAtMs !== undefined) options.log.info(`${what} is there`, { attempt });
      return opened;
    } catch (error) {
      if (!(error instanceof Fault) || error.class !== 'Unavailable') throw error;
      options.onWait?.(`starting, ${what} is away (${error.message})`);
      const nowMs = options.clock.now();
      if (saidAtMs === undefined || nowMs - saidAtMs >= WAIT.sayMs.value) {
        options.log.warn(`${what} is away; trying again`, { attempt, reason: error.message, error });
        saidAtMs = nowMs;
      }
      const waitMs = backoffMs(attempt, { baseMs: WAIT.baseMs.value, capMs: WAIT.capMs.value }, options.rng);
      await options.clock.sleep(waitMs, options.scope.signal);
    }
  }
}

function openStore({ settings, plan, clock, log }: PlatformOptions): Promise<Store> {
  if (plan.store === 'embedded')
    return createSqliteStore({ path: join(settings.common.dataDir, 'store.sqlite'), clock });
  const { hosts, localDc, username, password, replication, keyspace } = settings.store;
  if (hosts === undefined || localDc === undefined || replication === undefined)
    throw invalid('the store needs its hosts, data centre and replication', { code: 'BadSettings' });
  const tls = pemFiles(settings.store);
  return createCassandraStore({
    contactPoints: hosts.map(hostText),
    localDataCenter: localDc,
    ...(username !== undefined && password !== undefined ? { credentials: { username, password } } : {}),
    keyspace,
    replication,
    ...(tls ? { tls } : {}),
    clock,
    log,
  });
}

async function openBus(options: PlatformOptions): Promise<Bus> {
  const { settings, plan, clock, rng, log } = options;
  if (plan.bus === 'embedded')
    return createEmbeddedBus({ path: join(settings.common.dataDir, 'bus.sqlite'), clock, log });
  const { url, adminUrl, wsUrl, token, tenant, cluster, transport } = settings.pulsar;
  if (url === undefined || adminUrl === undefined || wsUrl === undefined)
    throw invalid('the bus needs PULSAR_URL', { code: 'BadSettings' });
  const tls = pemFiles(settings.pulsar);
  const connection = {
    adminUrl,
    tenant,
    clock,
    rng: rng.fork('bus'),
    log,
    ...(token === undefined ? {} : { token }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(tls ? { tls } : {}),
  };
  const native = transport === 'websocket' ? undefined : await loadNativeClient();
  if (transport === 'native' && !native) throw invalid(NATIVE_MISSING, { code: 'NativeClientMissing' });
  const bus = native
    ? await createNativeBus({ ...connection, url, native, tlsPaths: tlsPaths(settings.pulsar) })
    : await createWebSocketBus({ ...connection, wsUrl });
  log.info('bus transport', { transport: bus.kind, ...(bus.limits ? { lacks: bus.limits } : {}) });
  return bus;
}

const tlsPaths = ({ caFile, certFile, keyFile }: Settings['pulsar']) => ({
  ...(caFile === undefined ? {} : { caFile }),
  ...(certFile === undefined ? {} : { certFile }),
  ...(keyFile === undefined ? {} : { keyFile }),
});

/**
 * The settings with what an installation may leave to be asked: the local data centre of either cluster, and one replica
 * there, with a warning, because one replica is a choice for a laptop.
 */
export async function withDataCentres(
  options: Omit<PlatformOptions, 'holder' | 'metrics' | 'onTrouble'>,
): Promise<Settings> {
  const { settings } = options;
  const complete = async <S extends Settings['cassandra'] | Settings['store']>(part: S, what: string): Promise<S> => {
    const { hosts, username, password } = part;
    if (hosts === undefined) return part;
    const credentials = username !== undefined && password !== undefined ? { username, password } : undefined;
    const tls = pemFiles(part);
    const ask = () =>
      askLocalDataCenter({
        contactPoints: hosts.map(hostText),
        ...(credentials ? { credentials } : {}),
        ...(tls ? { tls } : {}),
      });
    const localDc =
      part.localDc ?? (await untilThere(options, `Cassandra (asked for the data centre of ${what})`, ask));
    return { ...part, localDc, replication: part.replication ?? { [localDc]: 1 } };
  };
  return {
    ...settings,
    cassandra: await complete(settings.cassandra, "tenants' keyspaces"),
    store: options.plan.store === 'embedded' ? settings.store : await complete(settings.store, 'the store'),
  };
}
