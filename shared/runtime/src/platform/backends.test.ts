/** Two services of a process over the same backends (BK1 to BK3). */
import type { Provider } from '@leasehold/engine';
import { bound, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { loadSettings } from '../settings/load.ts';
import { createBackends } from './backends.ts';
import type { BackendParts } from './make-backends.ts';

const noFile = (): never => {
  throw Object.assign(new Error('absent'), { code: 'ENOENT' });
};
/** Everything that has an embedded form is embedded; kubernetes, openproject and the market are skipped. */
const loaded = loadSettings({ env: {}, alone: false, readFile: noFile });

function setUp() {
  const clock = manualClock();
  const made: string[] = [];
  const probes: string[] = [];
  const closing: (readonly [string, () => Promise<void> | void])[] = [];
  const ended: string[] = [];
  const away = new Set<string>();
  const backends = createBackends({
    ...loaded,
    clock,
    rng: seededRng(1),
    log: silentLog,
    metrics: silentMetrics,
    scope: { onClose: (name, close) => void closing.push([name, close]) },
    make: (name, _, plan): BackendParts | undefined => {
      if (plan.backends[name].mode === 'skipped') return undefined;
      made.push(name);
      return {
        backend: {
          name,
          embedded: true,
          ...(name === 'minio' ? { lacks: 'it keeps no versions' } : {}),
          probe: async () => {
            probes.push(name);
            if (away.has(name)) throw unavailable('no answer', { code: 'BackendAway', away: true });
          },
          close: async () => void ended.push(name),
        },
        providers: [{ kind: `${name}-thing`, backend: name } as Provider],
      };
    },
  });
  return { clock, made, probes, closing, ended, away, backends };
}

test('BK1: two services that ask for a backend have one guard, the same providers, and one probe at a time', async () => {
  const { clock, made, probes, backends } = setUp();
  const one = backends.use(['minio', 'cassandra']);
  const other = backends.use(['cassandra', 'pulsar']);
  expect([[...one.providers.keys()], [...other.guards.keys()]]).toEqual([
    ['minio-thing', 'cassandra-thing'],
    ['cassandra', 'pulsar'],
  ]);
  expect(one.providers.get('cassandra-thing')).toBe(other.providers.get('cassandra-thing'));
  expect(one.guards.get('cassandra')).toBe(other.guards.get('cassandra'));
  expect(made).toEqual(['minio', 'cassandra', 'pulsar']);
  await clock.settle();
  expect(probes.toSorted()).toEqual(['cassandra', 'minio', 'pulsar']);
  // Half a minute and its jitter: each is probed once more, whoever asked how often.
  await clock.advance(36_500);
  expect(probes.filter((name) => name === 'cassandra')).toHaveLength(2);
});

test('BK1: what one service uses of a backend’s places is not there for the other', async () => {
  const { clock, backends } = setUp();
  const guards = [backends.use(['minio']), backends.use(['minio'])].map(({ guards }) => guards.get('minio'));
  const bounds = { timeoutMs: bound('time', 60_000), parallelism: bound('places', 1) };
  const gate = Promise.withResolvers<string>();
  const first = guards[0]?.run('first', bounds, () => gate.promise);
  let begun = false;
  const second = guards[1]?.run('second', bounds, async () => {
    begun = true;
    return 'second';
  });
  await clock.settle();
  expect(begun).toBe(false);
  gate.resolve('first');
  expect([await first, await second]).toEqual(['first', 'second']);
});

test('BK2: what nobody asks for is neither made nor probed, and what is not configured is not there', async () => {
  const { clock, made, probes, closing, backends } = setUp();
  const { providers, guards } = backends.use(['kubernetes', 'ignite']);
  await clock.advance(60_000);
  expect([made, new Set(probes), [...providers.keys()], [...guards.keys()]]).toEqual([
    ['ignite'],
    new Set(['ignite']),
    ['ignite-thing'],
    ['ignite'],
  ]);
  expect(closing.map(([name]) => name)).toEqual(['backend ignite']);
});

test('BK2: closing ends the probes first, then the backend, once', async () => {
  const { clock, probes, closing, ended, backends } = setUp();
  backends.use(['minio']);
  backends.use(['minio', 'pulsar']);
  await clock.settle();
  expect(closing.map(([name]) => name)).toEqual(['backend minio', 'backend pulsar']);
  for (const [, close] of closing.toReversed()) await close();
  expect(ended).toEqual(['pulsar', 'minio']);
  const before = probes.length;
  await clock.advance(120_000);
  expect([probes.length, clock.sleepers()]).toEqual([before, 0]);
});

test('BK3: each backend shows what is known of it, and why it is not used', async () => {
  const { clock, away, backends } = setUp();
  away.add('cassandra');
  backends.use(['minio', 'cassandra', 'kubernetes']);
  await clock.settle();
  expect(backends.states()).toEqual({
    pulsar: { state: 'skipped', latency_ms: null, message: 'no service of this process uses it' },
    cassandra: { state: 'degraded', latency_ms: null, message: 'no answer' },
    minio: { state: 'up', latency_ms: 0, message: 'it keeps no versions' },
    ignite: { state: 'skipped', latency_ms: null, message: 'no service of this process uses it' },
    elasticsearch: { state: 'skipped', latency_ms: null, message: 'no service of this process uses it' },
    kubernetes: { state: 'skipped', latency_ms: null, message: loaded.plan.backends.kubernetes.reason.message },
    openproject: { state: 'skipped', latency_ms: null, message: loaded.plan.backends.openproject.reason.message },
    market: { state: 'skipped', latency_ms: null, message: loaded.plan.backends.market.reason.message },
  });
});
