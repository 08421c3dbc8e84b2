/**
 * Caches over a server that speaks the thin-client protocol: the provider contract with answers cut into single bytes, and what
 * a connection goes through.
 */
import type { Provider, Ref } from '@leasehold/engine';
import {
  createIgniteServer,
  type IgniteServer,
  type IgniteServerOptions,
} from '@leasehold/testing/fakes/ignite-server';
import { type AroundCall, type Drift, type ProviderHarness, providerSuite } from '@leasehold/testing/suites/provider';
import { behindProxy, refMaker } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createIgniteBackend } from './backend.ts';
import { loadDriver } from './driver.ts';
import type { CacheSeen, CacheSpec } from './spec.ts';

const LOGIN = { username: 'mesh', password: 'secret' };
const STRING_TYPE = 9;
const TEMPLATE = { backups: 1, atomicity: 1, group: 'tenants-b1' };
const sessions = refMaker('ignite-cache', (id) => `sessions_${id}`);
const graph = refMaker('ignite-cache', (id) => `graph_cache_${id}`);
const AWAY = { class: 'Unavailable', away: true, code: 'BackendUnavailable', backend: 'ignite' };

async function harness(
  options: IgniteServerOptions,
  around: AroundCall,
): Promise<ProviderHarness<CacheSpec, CacheSeen>> {
  const server = await createIgniteServer({ ...LOGIN, ...options });
  const at = { host: '127.0.0.1', port: server.port, ...LOGIN };
  const { backend, providers } = createIgniteBackend({ ...at, around });
  const [provider] = providers;
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(`127.0.0.1:${server.port}`, mode, (address) =>
      createIgniteBackend({ ...at, port: Number(address.split(':')[1]), timeoutMs: mode === 'mute' ? 100 : 5000 }),
    );
  const names = (part: string) => [...server.caches.keys()].filter((name) => name === part);
  const marks = (name: string) => (server.caches.get('leasehold_marks')?.entries.has(name) ? [`mark of ${name}`] : []);
  return {
    provider,
    ref: sessions,
    spec: provider.spec.parse({ expirySeconds: 3600 }),
    otherTier: { tier: 'enterprise', spec: provider.spec.parse({ expirySeconds: 60 }) },
    drifts: [remade(server)],
    makeForeign: async (ref) => void server.caches.set(ref.name, { ...foreign, name: ref.name }),
    isForeignIntact: async (ref) => server.caches.get(ref.name)?.backups === foreign.backups,
    removeForeign: async (ref) => void server.caches.delete(ref.name),
    unmarked: {
      make: async (ref) => server.caches.set(ref.name, theirs(ref.name, 1)),
      isKept: async (ref) => server.caches.get(ref.name)?.entries.has('theirs') === true,
      makeUnfit: async (ref) => server.caches.set(ref.name, theirs(ref.name, 0)),
    },
    // From a template the cache comes bare: our claim of it stands beside it.
    ...(options.templates === undefined ? {} : { makeHalf: async (ref: Ref) => claimed(server, ref) }),
    putData: async (ref) => void server.caches.get(ref.name)?.entries.set('k', Buffer.from('v')),
    remains: async (ref) => [...names(ref.name), ...marks(ref.name)],
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    cleanup: async () => {
      await backend.close();
      await server.close();
    },
  };
}

function claimed({ caches }: IgniteServer, { name, tenantId, generation }: Ref): void {
  const entry = Buffer.from(JSON.stringify({ tenant: tenantId, generation, expiry: 'template', claimed: true }));
  const head = Buffer.from([STRING_TYPE, 0, 0, 0, 0]);
  head.writeInt32LE(entry.length, 1);
  caches.get('leasehold_marks')?.entries.set(name, Buffer.concat([head, entry]));
  caches.set(name, { mode: 2, ...TEMPLATE, keys: [], entries: new Map(), name });
}

/** A cache as others make one, in no group, with an entry. */
const theirs = (name: string, backups: number) => {
  const entries = new Map([['theirs', Buffer.from('kept')]]);
  return { mode: 2, atomicity: 1, backups, group: null, keys: [], entries, name };
};

const foreign = { mode: 2, atomicity: 1, backups: 7, group: null, keys: [], entries: new Map<string, Buffer>() };

/** Nothing of a cache can be changed on a server, but somebody may have made it anew under our mark. */
const remade = (server: IgniteServer): Drift => ({
  path: '/backups',
  weight: 'data',
  tamper: async ({ name }) => {
    const cache = server.caches.get(name);
    if (cache) server.caches.set(name, { ...cache, backups: 3 });
  },
});

providerSuite('cache on a server that cuts its answers into single bytes', (around) =>
  harness({ bytesAtOnce: 1 }, around),
);

providerSuite('cache on a server that offers templates', async (around) => {
  const given = await harness({ templates: { sessions_: TEMPLATE } }, around);
  return { ...given, drifts: [] };
});

interface Bench {
  readonly server: IgniteServer;
  readonly provider: Provider<CacheSpec, CacheSeen>;
  close(): Promise<void>;
}

async function bench(options: IgniteServerOptions = {}, timeoutMs = 2000): Promise<Bench> {
  const server = await createIgniteServer(options);
  const { backend, providers } = createIgniteBackend({
    host: '127.0.0.1',
    port: server.port,
    timeoutMs,
    around: labelled,
  });
  const close = async () => {
    await backend.close();
    await server.close();
  };
  return { server, provider: providers[0], close };
}

test('a segment of any size carries every answer, also many under way at once', async () => {
  for (const bytesAtOnce of [1, 2, 3, 4, 5, 7, 11, 13]) {
    const { server, provider, close } = await bench({ bytesAtOnce });
    const refs = Array.from({ length: 8 }, (_, index) => sessions(`b${bytesAtOnce}-${index}`));
    await Promise.all(refs.map((ref) => converge(provider, ref, provider.spec.parse({}))));
    const seen = await Promise.all(refs.map((ref) => provider.observe(ref, scope())));
    expect(seen).toEqual(refs.map(() => expect.objectContaining({ mark: 'ours', group: 'tenants-b1' })));
    expect(server.accepted, 'one connection for all of it').toBe(1);
    await close();
  }
});

test('what is cured is real: the package alone gives up a connection whose first segment ends inside the length', async () => {
  const server = await createIgniteServer({ bytesAtOnce: 1 });
  const { Ignite, ClientSocket } = await loadDriver();
  const settings = new Ignite.IgniteClientConfiguration('unused');
  const socket = new ClientSocket(`127.0.0.1:${server.port}`, settings, () => undefined);
  await expect(socket.connect()).rejects.toThrow();
  await server.close();
});

test('a connection that is lost in the middle is away, and the next call makes a fresh one', async () => {
  const { server, provider, close } = await bench();
  const ref = sessions('lost');
  await converge(provider, ref, provider.spec.parse({}));
  server.drop();
  for (let round = 0; round < 3; round++) {
    await provider.observe(ref, scope()).catch((error: unknown) => expect(error).toMatchObject(AWAY));
  }
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'ours' });
  expect(server.accepted).toBe(2);
  await close();
});

test('bytes that are no answer end the connection, not the process and not the next call', async () => {
  const { server, provider, close } = await bench();
  const ref = sessions('noise');
  await converge(provider, ref, provider.spec.parse({}));
  for (const noise of ['ffffffff', '0c000000010203040506070800000000']) {
    server.disturb(Buffer.from(noise, 'hex'));
    for (let round = 0; round < 3; round++) {
      await provider
        .observe(ref, scope())
        .catch((error: unknown) => expect(error).toMatchObject({ backend: 'ignite' }));
    }
    expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'ours' });
  }
  await close();
});

test('a wrong password is the platform’s, and says neither the password nor the host', async () => {
  const server = await createIgniteServer(LOGIN);
  const { backend } = createIgniteBackend({
    host: '127.0.0.1',
    port: server.port,
    username: 'mesh',
    password: 'wr0ng',
  });
  const probe = backend.probe(AbortSignal.timeout(5000));
  await expect(probe).rejects.toMatchObject({ class: 'Unavailable', away: false, code: 'AccessDenied' });
  await expect(probe).rejects.not.toThrow(/wr0ng|127\.0\.0\.1/);
  await backend.close();
  await server.close();
});

test('I3 a server that keeps atomic and transactional caches apart gets a second group', async () => {
  const { server, provider, close } = await bench();
  const atomic = sessions('atomic');
  const strict = graph('strict');
  await converge(provider, atomic, provider.spec.parse({}));
  const spec = provider.spec.parse({ atomicity: 'transactional' });
  await converge(provider, strict, spec);
  expect(server.caches.get(atomic.name)?.group).toBe('tenants-b1');
  expect(server.caches.get(strict.name)).toMatchObject({ group: 'tenants-b1-transactional', atomicity: 0 });
  expect(provider.plan(strict, spec, await provider.observe(strict, scope()))).toEqual([]);
  await close();
});

test('expiry comes from a template where there is one, and is told as unsupported where there is none', async () => {
  const spec = { expirySeconds: 3600 };
  const without = await bench();
  const plain = sessions('plain');
  await converge(without.provider, plain, without.provider.spec.parse(spec));
  expect(await without.provider.observe(plain, scope())).toMatchObject({ notes: ['ExpiryUnsupported'] });
  expect([...without.server.caches.keys()], 'what was made to ask is gone').toEqual([plain.name]);
  await without.close();
  const offering = await bench({ templates: { sessions_: TEMPLATE } });
  const expiring = sessions('expiring');
  await converge(offering.provider, expiring, offering.provider.spec.parse(spec));
  expect(await offering.provider.observe(expiring, scope())).toMatchObject({ mark: 'ours', notes: [] });
  expect(offering.server.caches.get(expiring.name)?.keys, 'made by its name alone').toEqual([]);
  await offering.close();
});

test('many that want to know of a template at once ask for it once', async () => {
  const { server, provider, close } = await bench({ templates: { sessions_: TEMPLATE } });
  const spec = provider.spec.parse({ expirySeconds: 3600 });
  const refs = Array.from({ length: 12 }, (_, index) => sessions(`many-${index}`));
  await Promise.all(refs.map((ref) => converge(provider, ref, spec)));
  expect([...server.caches.keys()].sort()).toEqual(['leasehold_marks', ...refs.map(({ name }) => name)].sort());
  await close();
});

test('two names with one hash are two caches: the other one is neither taken nor destroyed', async () => {
  const { server, provider, close } = await bench();
  // Java gives "Aa" and "BB" the same hash, and so all names that differ in these alone.
  const ref = { ...sessions('hash'), name: 'sessions_c0' };
  const other = 'sessions_bO';
  server.caches.set(other, { ...foreign, name: other });
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'none' });
  await provider.delete(ref, scope());
  expect(server.caches.has(other)).toBe(true);
  await close();
});
