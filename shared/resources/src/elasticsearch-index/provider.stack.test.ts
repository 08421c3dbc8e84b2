/**
 * Indices on a real Elasticsearch: the provider contract for an index and for a series, without and with lifecycle policies
 * (the latter added by a proxy), with plain REST as raw eyes; and what a series goes through in its life.
 */
import type { Ref, Scope } from '@leasehold/engine';
import { createLifecycleProxy } from '@leasehold/testing/fakes/lifecycle-proxy';
import { type AroundCall, type Drift, type ProviderHarness, providerSuite } from '@leasehold/testing/suites/provider';
import { behindProxy, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, expect, test } from 'vitest';
import { createElasticsearchBackend } from './backend.ts';
import type { IndexSeen, IndexSpec } from './spec.ts';

const url = variable('STACK_ELASTICSEARCH_URL');
const single = refMaker('elasticsearch-index', (id) => `${id}_marketplace`);
const series = refMaker('elasticsearch-index', (id) => `${id}_logs`);
const DAY_MS = 86_400_000;

/** An answer's JSON, asked for what the test knows to be there. */
// biome-ignore lint/suspicious/noExplicitAny: a test that looks into foreign JSON fails where it is not as expected
type Tree = any;

async function rest(method: string, path: string, body?: unknown): Promise<{ status: number; json: Tree }> {
  const answer = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

async function must(method: string, path: string, body?: unknown): Promise<Tree> {
  const { status, json } = await rest(method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
  return json;
}

const made: string[] = [];
const tracked = (make: (label: string) => Ref) => (label: string) => {
  const ref = make(label);
  made.push(ref.tenantId);
  return ref;
};

const indexNames = async (pattern: string): Promise<readonly string[]> =>
  Object.keys(await must('GET', `/${pattern}?expand_wildcards=all`)).sort();

async function remains(ref: Ref): Promise<readonly string[]> {
  const templates = await must('GET', '/_index_template');
  return [
    ...(await indexNames(`${ref.tenantId}_*`)),
    ...templates.index_templates.map(({ name }: { name: string }) => name).filter((name: string) => name === ref.name),
  ];
}

afterAll(async () => {
  for (const id of made) {
    const names = await indexNames(`${id}*`);
    if (names.length > 0) await must('DELETE', `/${names.join(',')}`);
  }
});

const tamper = (path: string, method: string, where: (ref: Ref) => string, body: (ref: Ref) => unknown): Drift => ({
  path,
  weight: 'settings',
  tamper: (ref) => must(method, where(ref), body(ref)),
});

const settingDrifts = (index: (ref: Ref) => string): readonly Drift[] => [
  tamper(
    '/refreshSeconds',
    'PUT',
    (ref) => `/${index(ref)}/_settings`,
    () => ({ index: { refresh_interval: '9s' } }),
  ),
  tamper(
    '/replicas',
    'PUT',
    (ref) => `/${index(ref)}/_settings`,
    () => ({ index: { auto_expand_replicas: false, number_of_replicas: 0 } }),
  ),
  tamper(
    '/dynamic',
    'PUT',
    (ref) => `/${index(ref)}/_mapping`,
    () => ({ dynamic: true }),
  ),
  tamper(
    '/tier',
    'PUT',
    (ref) => `/${index(ref)}/_mapping`,
    ({ tenantId, generation }) => ({ _meta: { leasehold: { tenant: tenantId, generation, tier: 'gold' } } }),
  ),
];

const aliasGone = (path: (ref: Ref) => string, index: (ref: Ref) => string, alias: (ref: Ref) => string) => ({
  tamper: (ref: Ref) => must('POST', '/_aliases', { actions: [{ remove: { index: index(ref), alias: alias(ref) } }] }),
  path,
});

/** An index as others make one: fields of their own, one of the contract's, a document. */
async function legacy(index: string): Promise<void> {
  const mappings = { _meta: { by: 'them' }, properties: { status: { type: 'keyword' }, theirs: { type: 'text' } } };
  await must('PUT', `/${index}`, { settings: { number_of_replicas: 0 }, mappings });
  await must('PUT', `/${index}/_doc/theirs`, { theirs: 'kept' });
}

/** The name of an index, as an alias of another one. */
async function aliased(ref: Ref): Promise<void> {
  await legacy(`${ref.name}_v3`);
  await must('PUT', `/${ref.name}_v3/_alias/${ref.name}`);
}

interface Form {
  readonly make: (label: string) => Ref;
  readonly first: (ref: Ref) => string;
  readonly alias: (ref: Ref) => string;
  readonly url?: string;
}

/** An alias is named after its tenant: the drift of one is made for the ref at hand. */
function drifts({ first, alias }: Form): readonly Drift[] {
  const one = aliasGone((ref) => `/aliases/${alias(ref)}`, first, alias);
  let path = '';
  const aliased: Drift = {
    get path() {
      return path;
    },
    weight: 'settings',
    tamper: (ref) => {
      path = one.path(ref);
      return one.tamper(ref);
    },
  };
  return [...settingDrifts(first), aliased];
}

function harness(form: Form, around: AroundCall): ProviderHarness<IndexSpec, IndexSeen> {
  const target = form.url ?? url;
  const { backend, providers } = createElasticsearchBackend({ url: target, around });
  const [provider] = providers;
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(target, mode, (host) =>
      createElasticsearchBackend({ url: `http://${host}`, timeoutMs: mode === 'mute' ? 200 : 5000 }),
    );
  return {
    provider,
    ref: tracked(form.make),
    spec: provider.spec.parse({}),
    otherTier: {
      tier: 'enterprise',
      spec: provider.spec.parse({ refreshSeconds: 5, lifecycle: { rolloverAfterDays: 7, deleteAfterDays: null } }),
    },
    drifts: drifts(form),
    makeForeign: async (ref) =>
      void (await must('PUT', `/${form.first(ref)}`, { mappings: { _meta: { by: 'them' } } })),
    isForeignIntact: async (ref) =>
      JSON.stringify((await must('GET', `/${form.first(ref)}/_mapping`))[form.first(ref)].mappings) ===
      '{"_meta":{"by":"them"}}',
    removeForeign: async (ref) => void (await must('DELETE', `/${form.first(ref)}`)),
    unmarked: {
      make: (ref) => legacy(form.first(ref)),
      isKept: async (ref) => {
        const first = form.first(ref);
        const index = (await must('GET', `/${first}`))[first];
        const { found } = await must('GET', `/${first}/_doc/theirs`);
        return found === true && index.mappings._meta.by === 'them';
      },
      makeUnfit: (ref) => (form === SINGLE ? aliased(ref) : legacy(ref.name)),
    },
    putData: async (ref) => void (await must('POST', `/${form.alias(ref)}/_doc`, { name: 'a', message: 'b' })),
    remains,
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    cleanup: () => backend.close(),
  };
}

const SINGLE: Form = { make: single, first: (ref) => ref.name, alias: (ref) => `${ref.tenantId}_searchable` };
const SERIES: Form = { make: series, first: (ref) => `${ref.name}-000001`, alias: (ref) => ref.name };

providerSuite('index on Elasticsearch', async (around) => {
  const given = harness(SINGLE, around);
  // An alias of one index alone can be written through.
  return { ...given, putData: async (ref) => void (await must('POST', `/${ref.name}/_doc`, { name: 'a' })) };
});

providerSuite('series on Elasticsearch', async (around) => harness(SERIES, around));

providerSuite('series on Elasticsearch with lifecycle policies', async (around) => {
  const proxy = await createLifecycleProxy(url);
  const given = harness({ ...SERIES, url: proxy.url }, around);
  const own = new Set<string>();
  return {
    ...given,
    ref: (label) => {
      const ref = given.ref(label);
      own.add(ref.name);
      return ref;
    },
    remains: async (ref) => [...(await remains(ref)), ...proxy.policies().filter((name) => name === ref.name)],
    drifts: [
      ...given.drifts,
      {
        path: '/managed',
        weight: 'settings',
        tamper: async (ref) => {
          const body = JSON.stringify({ index: { lifecycle: null } });
          await fetch(`${proxy.url}/${ref.name}-000001/_settings`, { method: 'PUT', body });
        },
      },
      { path: '/template', weight: 'settings', tamper: (ref) => must('DELETE', `/_index_template/${ref.name}`) },
    ],
    cleanup: async () => {
      await given.cleanup();
      await proxy.close();
      for (const name of own) await rest('DELETE', `/_index_template/${name}`);
    },
  };
});

const later = (days: number): Scope => {
  const now = scope();
  return { ...now, clock: { ...now.clock, now: () => now.clock.now() + days * DAY_MS } };
};

test('without policies a series is rolled over when its time has come, and its old indices go', async () => {
  const { backend, providers } = createElasticsearchBackend({ url });
  const [provider] = providers;
  const spec = provider.spec.parse({ lifecycle: { rolloverAfterDays: 7, deleteAfterDays: 30 } });
  const ref = tracked(series)('life');
  await converge(provider, ref, spec);
  const [first, second] = [`${ref.name}-000001`, `${ref.name}-000002`];
  const dueAt = async (days: number) =>
    provider.plan(ref, spec, await provider.observe(ref, later(days))).map(({ path }) => path);
  expect(await dueAt(8), 'an empty index is never due').toEqual([]);
  await must('POST', `/${ref.name}/_doc?refresh=true`, { message: 'old' });
  expect(await dueAt(6)).toEqual([]);
  expect(await dueAt(8)).toEqual(['/lifecycle/due/rollover']);
  const rollover = provider.plan(ref, spec, await provider.observe(ref, later(8)));
  await provider.ensure(ref, spec, rollover, later(8));
  await must('POST', `/${ref.name}/_doc?refresh=true`, { message: 'new' });
  expect((await must('GET', `/${second}/_count`)).count).toBe(1);
  expect((await must('GET', `/${second}/_mapping`))[second].mappings._meta.leasehold.tenant).toBe(ref.tenantId);
  expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
  const due = provider.plan(ref, spec, await provider.observe(ref, later(31)));
  expect(due.map(({ path }) => path)).toEqual(['/lifecycle/due/rollover', `/lifecycle/due/${first}`]);
  const [, cut] = due;
  await provider.ensure(ref, spec, cut ? [cut] : [], later(31));
  expect(await indexNames(`${ref.name}-*`)).toEqual([second]);
  await provider.delete(ref, scope());
  expect(await remains(ref)).toEqual([]);
  await backend.close();
});

test('what somebody rolls a series over to by hand is marked, keeps what is in it, and goes with the tenant', async () => {
  const { backend, providers } = createElasticsearchBackend({ url });
  const [provider] = providers;
  const ref = tracked(series)('rolled');
  const spec = provider.spec.parse({});
  await converge(provider, ref, spec);
  await must('POST', `/${ref.name}/_doc?refresh=true`, { message: 'old' });
  await must('POST', `/${ref.name}/_rollover`);
  const second = `${ref.name}-000002`;
  expect((await converge(provider, ref, spec)).map(({ path }) => path)).toContain('/tier');
  expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
  expect((await must('GET', `/${second}/_mapping`))[second].mappings._meta.leasehold.tenant).toBe(ref.tenantId);
  await must('POST', `/${ref.name}/_doc?refresh=true`, { message: 'new' });
  expect((await must('GET', `/${second}/_count`)).count).toBe(1);
  await provider.delete(ref, scope());
  expect(await remains(ref)).toEqual([]);
  await backend.close();
});

test('an index of a series that somebody else made is told, left alone and not deleted with ours', async () => {
  const { backend, providers } = createElasticsearchBackend({ url });
  const [provider] = providers;
  const ref = tracked(series)('theirs');
  const spec = provider.spec.parse({});
  await converge(provider, ref, spec);
  const stranger = `${ref.name}-000007`;
  await must('PUT', `/${stranger}`, {});
  const seen = await provider.observe(ref, scope());
  expect(seen).toMatchObject({ mark: 'ours', notes: expect.arrayContaining(['UnmarkedIndices: left alone']) });
  await provider.delete(ref, scope());
  expect(await indexNames(`${ref.name}-*`)).toEqual([stranger]);
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'none' });
  await must('DELETE', `/${stranger}`);
  await backend.close();
});

test('a field of another type is told and is no difference; a field that is missing is added', async () => {
  const { backend, providers } = createElasticsearchBackend({ url });
  const [provider] = providers;
  const ref = tracked(single)('fields');
  const spec = provider.spec.parse({});
  await converge(provider, ref, spec);
  const { aliases, mappings } = (await must('GET', `/${ref.name}`))[ref.name];
  await must('DELETE', `/${ref.name}`);
  const { price_usd: _gone, ...kept } = mappings.properties;
  const settings = { index: { refresh_interval: '1s', auto_expand_replicas: '0-1' } };
  const properties = { ...kept, name: { type: 'keyword' }, description: { type: 'keyword' } };
  await must('PUT', `/${ref.name}`, { aliases, settings, mappings: { ...mappings, properties } });
  expect((await converge(provider, ref, spec)).map(({ path }) => path)).toEqual(['/fields/price_usd']);
  const seen = await provider.observe(ref, scope());
  expect(seen).toMatchObject({ notes: expect.arrayContaining([expect.stringMatching(/^FieldTypeDiffers: name/)]) });
  expect(provider.plan(ref, spec, seen)).toEqual([]);
  await provider.delete(ref, scope());
  await backend.close();
});

test('A2 the ceiling is what the cluster says, in shards, and what others take counts', async () => {
  const { backend, providers } = createElasticsearchBackend({ url });
  const [provider] = providers;
  expect(provider.bounds.ceiling).toBeUndefined();
  await provider.observe(tracked(single)('room'), scope());
  const { active_shards } = await must('GET', '/_cluster/health');
  expect(provider.bounds.ceiling).toEqual({
    name: 'elasticsearch-shards',
    cost: 1,
    limit: { name: 'elasticsearch-shards', value: 1000 },
    used: active_shards,
  });
  expect(await listAll(provider)).toBeDefined();
  await backend.close();
});
