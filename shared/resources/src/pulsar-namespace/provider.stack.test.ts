/**
 * Namespaces on a real Pulsar: the provider contract with plain REST as raw eyes, and what remains of a namespace with a
 * connected consumer.
 */
import type { Ref } from '@leasehold/engine';
import { createRedirectingBroker } from '@leasehold/testing/fakes/redirecting-broker';
import { type AroundCall, type Drift, providerSuite } from '@leasehold/testing/suites/provider';
import { behindProxy, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPulsarBackend } from './backend.ts';

const TENANT = 'platformq-rs';
const url = variable('STACK_PULSAR_URL');
const token = variable('STACK_PULSAR_TOKEN');
const settings = { adminUrl: url, token, pulsarTenant: TENANT, heardTopics: ['users', 'scaling'] };
const ref = refMaker('pulsar-namespace', (id) => `${TENANT}/${id}`);

async function rest(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(`${url}/admin/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}

const at = (one: Ref, rest_ = '') => `/namespaces/${one.name}${rest_}`;
const drift = (path: string, method: string, where: (one: Ref) => string, body?: unknown): Drift => ({
  path,
  weight: 'settings',
  tamper: async (one) => {
    const { status, json } = await rest(method, where(one), body);
    if (status >= 300) throw new Error(`${method} ${where(one)}: ${status} ${JSON.stringify(json)}`);
  },
});
const topic = (one: Ref, name: string) => `/persistent/${one.name}/${name}`;

const drifts: readonly Drift[] = [
  drift('/retentionMinutes', 'POST', (one) => at(one, '/retention'), {
    retentionTimeInMinutes: 60,
    retentionSizeInMB: 1024,
  }),
  drift('/messageTtlSeconds', 'POST', (one) => at(one, '/messageTTL'), 60),
  drift('/backlogQuotaBytes', 'POST', (one) => at(one, '/backlogQuota?backlogQuotaType=destination_storage'), {
    limitSize: 1_000_000,
    limitTime: -1,
    policy: 'consumer_backlog_eviction',
  }),
  drift('/evictsByAge', 'POST', (one) => at(one, '/backlogQuota?backlogQuotaType=message_age'), {
    limitSize: -1,
    limitTime: 60,
    policy: 'consumer_backlog_eviction',
  }),
  drift('/subscriptionExpirationMinutes', 'POST', (one) => at(one, '/subscriptionExpirationTime'), 1),
  drift('/topics/users/messageTTL', 'POST', (one) => `${topic(one, 'users')}/messageTTL?messageTTL=5`),
  drift(
    '/topics/users/messageTTL/global',
    'POST',
    (one) => `${topic(one, 'users')}/messageTTL?messageTTL=5&isGlobal=true`,
  ),
  drift('/topics/users/retention', 'POST', (one) => `${topic(one, 'users')}/retention`, {
    retentionTimeInMinutes: 0,
    retentionSizeInMB: 0,
  }),
  drift(
    '/topics/users/subscriptionExpirationTime',
    'POST',
    (one) => `${topic(one, 'users')}/subscriptionExpirationTime?subscriptionExpirationTime=1`,
  ),
  drift(
    '/topics/users/backlogQuota/destination_storage',
    'POST',
    (one) => `${topic(one, 'users')}/backlogQuota?backlogQuotaType=destination_storage`,
    { limitSize: 10_000_000, limitTime: -1, policy: 'consumer_backlog_eviction' },
  ),
  drift(
    '/topics/users/backlogQuota/message_age/global',
    'POST',
    (one) => `${topic(one, 'users')}/backlogQuota?backlogQuotaType=message_age&isGlobal=true`,
    { limitSize: -1, limitTime: 60, policy: 'consumer_backlog_eviction' },
  ),
  drift('/messageTtlSeconds', 'DELETE', (one) => at(one, '/messageTTL')),
  drift('/subscriptionExpirationMinutes', 'DELETE', (one) => at(one, '/subscriptionExpirationTime')),
  drift('/publishRate', 'DELETE', (one) => at(one, '/publishRate')),
  drift('/dispatchRate/messagesPerSecond', 'POST', (one) => at(one, '/dispatchRate'), {
    dispatchThrottlingRateInMsg: 1,
    dispatchThrottlingRateInByte: 2_000_000,
    ratePeriodInSecond: 1,
  }),
  drift('/access/svc-a', 'DELETE', (one) => at(one, '/permissions/svc-a')),
  drift('/access/stranger', 'POST', (one) => at(one, '/permissions/stranger'), ['produce']),
  drift('/topics/scaling/scaler', 'DELETE', (one) => `${topic(one, 'scaling')}/subscription/scaler?force=true`),
  drift('/topics/users', 'DELETE', (one) => `${topic(one, 'users')}?force=true`),
];

const spec = {
  retentionMegabytes: 1024,
  backlogQuotaBytes: 1_000_000,
  publishRate: { messagesPerSecond: 100, bytesPerSecond: 1_000_000 },
  dispatchRate: { messagesPerSecond: 200, bytesPerSecond: 2_000_000 },
  roles: { 'svc-a': ['produce', 'consume'], 'svc-b': ['consume'] },
  topics: { users: ['tenant-provisioner'], scaling: ['scaler', 'tenant-provisioner'] },
};
const other = {
  ...spec,
  retentionMegabytes: 10,
  retentionMinutes: 20_160,
  backlogQuotaBytes: 500_000,
  dispatchRate: null,
};

async function remains(one: Ref): Promise<readonly string[]> {
  const names = (await rest('GET', `/namespaces/${TENANT}`)).json as readonly string[];
  const topics = await rest('GET', `/persistent/${one.name}?includeSystemTopic=true`);
  const schema = await rest('GET', `/schemas/${one.name}/users/schema`);
  return [
    ...names.filter((name) => name === one.name),
    ...(topics.status === 404 ? [] : (topics.json as readonly string[])),
    ...(schema.status === 404 ? [] : ['schema of users']),
  ];
}

beforeAll(async () => {
  const clusters = (await rest('GET', '/clusters')).json;
  await rest('PUT', `/tenants/${TENANT}`, { adminRoles: [], allowedClusters: clusters });
});

async function sweep(): Promise<void> {
  for (const name of (await rest('GET', `/namespaces/${TENANT}`)).json as readonly string[]) {
    const topics = (await rest('GET', `/persistent/${name}`)).json as readonly string[];
    for (const one of topics) await rest('DELETE', `/${one.replace('://', '/')}?force=true`);
    await rest('DELETE', `/namespaces/${name}`);
  }
}

afterAll(sweep);

providerSuite('namespace on Pulsar', async (around: AroundCall) => {
  const { backend, providers } = createPulsarBackend({ ...settings, around });
  const provider = providers[0];
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(url, mode, (host) =>
      createPulsarBackend({ ...settings, adminUrl: `http://${host}`, timeoutMs: mode === 'mute' ? 200 : 5000 }),
    );
  return {
    provider,
    ref,
    spec: provider.spec.parse(spec),
    otherTier: { tier: 'enterprise', spec: provider.spec.parse(other) },
    withdrawn: provider.spec.parse({ ...spec, access: 'withdrawn' }),
    drifts,
    async makeForeign(one) {
      await rest('PUT', at(one), { properties: { owner: 'somebody' } });
      await rest('PUT', topic(one, 'theirs'));
    },
    async isForeignIntact(one) {
      const { properties } = (await rest('GET', at(one))).json as { readonly properties: object };
      const topics = (await rest('GET', `/persistent/${one.name}`)).json as readonly string[];
      return JSON.stringify(properties) === '{"owner":"somebody"}' && topics.length === 1;
    },
    async removeForeign(one) {
      await rest('DELETE', `${topic(one, 'theirs')}?force=true`);
      await rest('DELETE', at(one));
    },
    unmarked: {
      async make(one) {
        await rest('PUT', at(one), { properties: { owner: 'somebody' } });
        await rest('PUT', topic(one, 'theirs'));
      },
      claim: (one) => rest('PUT', `${at(one)}/properties`, { 'leasehold-tenant': 'somebody-else' }),
      async isKept(one) {
        const { properties } = (await rest('GET', at(one))).json as { readonly properties: object };
        const topics = (await rest('GET', `/persistent/${one.name}`)).json as readonly string[];
        return JSON.stringify(properties).includes('somebody') && topics.some((name) => name.endsWith('/theirs'));
      },
    },
    async putData(one) {
      const body = { type: 'STRING', schema: '', properties: {} };
      await rest('POST', `/schemas/${one.name}/users/schema`, body);
      await rest('PUT', `${topic(one, 'parted')}/partitions`, 3);
    },
    remains,
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    cleanup: () => backend.close(),
  };
});

test('N3 a consumer that is still connected cannot keep a namespace alive, and messages from before a subscription reach it', async () => {
  const { backend, providers } = createPulsarBackend(settings);
  const [provider] = providers;
  const one = ref('connected');
  await converge(provider, one, provider.spec.parse({ topics: { users: [] } }));
  const ws = `${url.replace('http', 'ws')}/ws/v2`;
  const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[];
  const producer = new WebSocket(`${ws}/producer/persistent/${one.name}/users`, options);
  const next = (socket: WebSocket, event: string) =>
    new Promise<Event>((resolve) => socket.addEventListener(event, resolve, { once: true }));
  await next(producer, 'open');
  producer.send(JSON.stringify({ payload: Buffer.from('early').toString('base64') }));
  await next(producer, 'message');
  await converge(provider, one, provider.spec.parse({ topics: { users: ['late'] } }));
  const consumer = new WebSocket(`${ws}/consumer/persistent/${one.name}/users/late`, options);
  const received = JSON.parse(((await next(consumer, 'message')) as MessageEvent).data) as { payload: string };
  expect(Buffer.from(received.payload, 'base64').toString()).toBe('early');
  await provider.delete(one, scope());
  expect(await remains(one)).toEqual([]);
  producer.close();
  consumer.close();
  await backend.close();
});

test('by a broker that owns nothing a namespace is made, repaired and deleted at the owner, with the token', async () => {
  const broker = await createRedirectingBroker(url, 308);
  const { backend, providers } = createPulsarBackend({ ...settings, adminUrl: broker.url });
  const [provider] = providers;
  const one = ref('redirected');
  await converge(provider, one, provider.spec.parse(spec));
  await rest('DELETE', `${topic(one, 'users')}?force=true`);
  await converge(provider, one, provider.spec.parse(other));
  expect(broker.redirected.some((line) => line.startsWith('PUT /admin/v2/persistent/'))).toBe(true);
  broker.circle(true);
  const failed = await provider.observe(one, scope()).catch((error: Error) => error);
  expect(failed).toMatchObject({ class: 'Unavailable', code: 'RedirectLoop', away: true });
  broker.circle(false);
  await provider.delete(one, scope());
  expect(await remains(one)).toEqual([]);
  await backend.close();
  await broker.close();
});

test('a topic made with partitions by hand is taken as it is, repaired in each of them, and goes with its namespace', async () => {
  const { backend, providers } = createPulsarBackend(settings);
  const [provider] = providers;
  const one = ref('parted');
  const wanted = provider.spec.parse({ topics: { users: ['a', 'b'], quiet: [], 'x-partition-y': ['a'] } });
  const planned = async () => provider.plan(one, wanted, await provider.observe(one, scope()));
  const part = (name: string, n: number) => `${topic(one, name)}-partition-${n}`;
  await converge(provider, one, wanted);
  for (const name of ['users', 'quiet']) {
    await rest('DELETE', `${topic(one, name)}?force=true`);
    await rest('PUT', `${topic(one, name)}/partitions`, 2);
  }
  expect((await planned()).map(({ path }) => path)).toEqual(['/topics/users/a', '/topics/users/b']);
  await converge(provider, one, wanted);
  expect(await planned()).toEqual([]);
  for (const n of [0, 1]) expect((await rest('GET', `${part('users', n)}/subscriptions`)).json).toEqual(['a', 'b']);

  await rest('DELETE', `${part('users', 1)}/subscription/b?force=true`);
  expect((await planned()).map(({ path }) => path)).toEqual(['/topics/users/b']);
  await rest('DELETE', `${part('users', 0)}?force=true`);
  await rest('DELETE', `${part('quiet', 1)}?force=true`);
  expect((await planned()).map(({ path }) => path).sort()).toEqual(['/topics/quiet', '/topics/users']);
  await converge(provider, one, wanted);
  expect(await planned()).toEqual([]);
  expect((await rest('GET', `${topic(one, 'users')}/partitions`)).json).toMatchObject({ partitions: 2 });

  await rest('POST', `${topic(one, 'users')}/partitions`, 3);
  expect(await planned()).toEqual([]);
  await provider.delete(one, scope());
  expect(await remains(one)).toEqual([]);
  await backend.close();
});

test('withdrawn access is that on single topics and subscriptions too, under whatever role, and found when it is given back', async () => {
  const { backend, providers } = createPulsarBackend(settings);
  const [provider] = providers;
  const one = ref('grants');
  await converge(provider, one, provider.spec.parse(spec));
  const withdrawn = provider.spec.parse({ ...spec, access: 'withdrawn' });
  const grant = async () => {
    await rest('POST', `${topic(one, 'users')}/permissions/eve`, ['produce', 'consume']);
    await rest('POST', at(one, '/permissions/subscription/scaler'), ['eve', 'mallory']);
  };
  const auth = async () => ((await rest('GET', at(one))).json as { readonly auth_policies: object }).auth_policies;
  for (const _ of ['suspended', 'given back']) {
    await grant();
    await converge(provider, one, withdrawn);
    expect(await auth()).toEqual({ namespace_auth: {}, destination_auth: {}, subscription_auth_roles: {} });
  }
  await grant();
  const paths = provider.plan(one, withdrawn, await provider.observe(one, scope())).map(({ path }) => path);
  expect(paths.sort()).toEqual([
    '/accessToSubscriptions/scaler/eve',
    '/accessToSubscriptions/scaler/mallory',
    `/accessToTopics/persistent:~1~1${one.name.replace('/', '~1')}~1users/eve`,
  ]);
  expect(provider.plan(one, provider.spec.parse(spec), await provider.observe(one, scope()))).not.toContainEqual(
    expect.objectContaining({ path: expect.stringContaining('/accessTo') }),
  );
  await backend.close();
});

test('all that shortens a heard topic goes in one repair, of one with partitions too; on other topics it stays', async () => {
  const { backend, providers } = createPulsarBackend(settings);
  const [provider] = providers;
  const one = ref('shortened');
  const wanted = provider.spec.parse({ topics: { users: ['a'], scaling: ['a'], quiet: ['a'] } });
  const shorten = async (name: string) => {
    for (const scope_ of ['isGlobal=false', 'isGlobal=true']) {
      await rest('POST', `${topic(one, name)}/messageTTL?messageTTL=5&${scope_}`);
      await rest('POST', `${topic(one, name)}/retention?${scope_}`, {
        retentionTimeInMinutes: 0,
        retentionSizeInMB: 0,
      });
    }
  };
  await rest('PUT', at(one), {});
  await rest('PUT', `${topic(one, 'scaling')}/partitions`, 2);
  await provider.adopt?.(one, wanted, scope());
  await converge(provider, one, wanted);
  for (const name of ['users', 'scaling', 'quiet']) await shorten(name);
  const planned = async () => provider.plan(one, wanted, await provider.observe(one, scope()));
  await expect.poll(planned).toHaveLength(8);
  await provider.ensure(one, wanted, await planned(), scope());
  await expect.poll(planned).toEqual([]);
  expect((await rest('GET', `${topic(one, 'quiet')}/messageTTL`)).json).toBe('5');
  await provider.delete(one, scope());
  await backend.close();
});
