/**
 * What others have under a tenant's names on a real Elasticsearch, and what keeps clients from using its indices.
 */
import { isAbsent, type Ref } from '@leasehold/engine';
import { refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, expect, test } from 'vitest';
import { createElasticsearchBackend } from './backend.ts';

const SLOW_MS = 60_000;
const url = variable('STACK_ELASTICSEARCH_URL');
const { backend, providers } = createElasticsearchBackend({ url });
const [provider] = providers;
const spec = provider.spec.parse({});
const made: string[] = [];
const refs = (part: string) => {
  const make = refMaker('elasticsearch-index', (id) => `${id}_${part}`);
  return (label: string): Ref => {
    const one = make(`${part.replaceAll('_', '')}-${label}`);
    made.push(one.tenantId);
    return one;
  };
};
const single = refs('marketplace');
const series = refs('logs');

async function must(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as Readonly<Record<string, unknown>>;
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
  return json;
}

const put = (index: string, body: object = {}) =>
  must('PUT', `/${index}`, { settings: { number_of_replicas: 0 }, ...body });
const block = (index: string, name: string, on: true | null = true) =>
  must('PUT', `/${index}/_settings`, { index: { blocks: { [name]: on } } });
const plan = async (one: Ref) => provider.plan(one, spec, await provider.observe(one, scope()));
const paths = async (one: Ref) => (await plan(one)).map(({ path }) => path);

afterAll(async () => {
  for (const id of made) {
    const names = Object.keys(await must('GET', `/${id}*?expand_wildcards=all`));
    if (names.length > 0) await must('DELETE', `/${names.join(',')}`);
  }
  await backend.close();
});

/** Made anew where no node may hold it: a primary that was held before would be forced onto a node after all. */
async function makeAgain(name: string, allocation: object): Promise<void> {
  type Made = Readonly<Record<'mappings' | 'aliases', object>> & { settings: { index: Record<string, unknown> } };
  const { mappings, aliases, settings } = (await must('GET', `/${name}`))[name] as Made;
  const { uuid: _, version: __, creation_date: ___, provided_name: ____, ...index } = settings.index;
  await must('DELETE', `/${name}`);
  const again = { mappings, aliases, settings: { index: { ...index, routing: { allocation } } } };
  await must('PUT', `/${name}?wait_for_active_shards=0`, again);
}

interface Taken {
  readonly what: string;
  readonly of: (label: string) => Ref;
  readonly occupy: (one: Ref) => Promise<unknown>;
  readonly named: (one: Ref) => string;
}

const write = (index: string) => must('POST', `/${index}/_doc`, { their: 'document' });

const TAKEN: readonly Taken[] = [
  {
    what: 'a document written to the alias of all assets',
    of: single,
    occupy: ({ tenantId }) => write(`${tenantId}_all_assets`),
    named: ({ tenantId }) => `index ${tenantId}_all_assets`,
  },
  {
    what: 'a document written to the alias for searches',
    of: refs('ml_models'),
    occupy: ({ tenantId }) => write(`${tenantId}_searchable`),
    named: ({ tenantId }) => `index ${tenantId}_searchable`,
  },
  {
    what: 'the alias of all assets on an index of others',
    of: single,
    occupy: ({ tenantId }) => put(`${tenantId}-legacy`, { aliases: { [`${tenantId}_all_assets`]: {} } }),
    named: ({ tenantId }) => `alias ${tenantId}_all_assets of index ${tenantId}-legacy`,
  },
  {
    what: 'a document written to the write alias',
    of: series,
    occupy: ({ name }) => write(name),
    named: ({ name }) => `index ${name}`,
  },
  {
    what: 'the write alias on an index of others',
    of: refs('analytics'),
    occupy: ({ name, tenantId }) => put(`${tenantId}-legacy`, { aliases: { [name]: { is_write_index: true } } }),
    named: ({ name, tenantId }) => `alias ${name} of index ${tenantId}-legacy`,
  },
  {
    what: 'an alias under the name of the first index',
    of: refs('user_activity'),
    occupy: ({ name, tenantId }) => put(`${tenantId}-legacy`, { aliases: { [`${name}-000001`]: {} } }),
    named: ({ name, tenantId }) => `alias ${name}-000001 of index ${tenantId}-legacy`,
  },
];

test.each(TAKEN)(
  'E1 $what is in the way by name: seen at the first look, refused at once, and left',
  async ({ of, occupy, named }) => {
    const one = of('taken');
    const early = await plan(one);
    await occupy(one);
    const seen = await provider.observe(one, scope());
    expect(seen.inTheWay).toEqual([named(one)]);
    for (const changes of [early, provider.plan(one, spec, seen)]) {
      const refused = provider.ensure(one, spec, changes, scope());
      await expect(refused).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken' });
      await expect(refused).rejects.toThrow(named(one));
    }
    const before = await must('GET', `/${one.tenantId}*?expand_wildcards=all`);
    await provider.delete(one, scope());
    expect(await must('GET', `/${one.tenantId}*?expand_wildcards=all`)).toEqual(before);
  },
  SLOW_MS,
);

test.each([
  ['an alias', single, ({ tenantId }: Ref) => `${tenantId}_searchable`],
  ['a write alias', series, ({ name }: Ref) => name],
])(
  'E1 %s that was lost and written to by name is not fought for: the index that took it is named',
  async (_what, of, alias) => {
    const one = of('lost');
    await converge(provider, one, spec);
    const index = Object.keys(await must('GET', `/${alias(one)}`))[0];
    await must('POST', '/_aliases', { actions: [{ remove: { index, alias: alias(one) } }] });
    await write(alias(one));
    const seen = await provider.observe(one, scope());
    expect(seen).toMatchObject({ mark: 'ours', inTheWay: [`index ${alias(one)}`] });
    const refused = provider.ensure(one, spec, provider.plan(one, spec, seen), scope());
    await expect(refused).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken' });
    await expect(refused).rejects.toThrow(`index ${alias(one)}`);
    await must('DELETE', `/${alias(one)}`);
    await converge(provider, one, spec);
    expect(await plan(one)).toEqual([]);
  },
  SLOW_MS,
);

test(
  'a tenant’s own indices share their aliases, whichever is made first',
  async () => {
    const models = refs('ml_models')('shared');
    const market = { ...models, name: `${models.tenantId}_marketplace` };
    for (const one of [models, market]) {
      expect(await provider.observe(one, scope())).toEqual({ absent: true });
      await converge(provider, one, spec);
      expect(await plan(one)).toEqual([]);
    }
  },
  SLOW_MS,
);

test(
  'an index that is not the next of a series and that somebody made it write to is named, not fought',
  async () => {
    const one = series('added');
    await converge(provider, one, spec);
    await write(one.name);
    await must('POST', `/${one.name}/_rollover/${one.name}-000007`, { settings: { number_of_replicas: 0 } });
    const refused = converge(provider, one, spec);
    await expect(refused).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken' });
    await expect(refused).rejects.toThrow(`index ${one.name}-000007`);
  },
  SLOW_MS,
);

const BLOCKED: readonly (readonly [string, string, (index: string) => Promise<unknown>])[] = [
  ['is closed', '/open', (index) => must('POST', `/${index}/_close`)],
  ['takes no documents', '/blocks/write', (index) => block(index, 'write')],
  ['answers no searches', '/blocks/read', (index) => block(index, 'read')],
  ['takes no change', '/blocks/read_only', (index) => block(index, 'read_only')],
  ['tells nothing of itself', '/blocks/metadata', (index) => block(index, 'metadata')],
];

const FORMS = [
  ['an index', single, ({ name }: Ref) => name],
  ['a series', series, ({ name }: Ref) => `${name}-000001`],
] as const;

test.each(
  FORMS.flatMap(([form, of, index]) =>
    BLOCKED.map(([what, path, tamper]) => ({ form, of, index, what, path, tamper })),
  ),
)(
  'U1 $form that $what is not as it should be: told, listed, and made usable again',
  async ({ of, index, path, tamper }) => {
    const one = of('blocked');
    await converge(provider, one, spec);
    await tamper(index(one));
    expect(await paths(one)).toEqual([path]);
    const [, listed] = (await listAll(provider)).find(([{ name }]) => name === one.name) ?? [];
    expect(listed).toEqual(await provider.observe(one, scope()));
    expect(await provider.listNames?.(scope())).toContain(one.name);
    await converge(provider, one, spec);
    expect(await plan(one)).toEqual([]);
    await write(one.name);
  },
  SLOW_MS,
);

test.each(FORMS)(
  'U3 %s with all blocks at once, and closed, is made usable in one run',
  async (_form, of, index) => {
    const one = of('all');
    await converge(provider, one, spec);
    await must('POST', `/${index(one)}/_close`);
    for (const name of ['write', 'read', 'read_only']) await block(index(one), name);
    await converge(provider, one, spec);
    expect(await plan(one)).toEqual([]);
  },
  SLOW_MS,
);

test(
  'U2 what a full disk blocks is waited for and never lifted; everything else is repaired meanwhile',
  async () => {
    const one = single('disk');
    await converge(provider, one, spec);
    await must('PUT', `/${one.name}/_settings`, { index: { refresh_interval: '9s' } });
    await block(one.name, 'read_only_allow_delete');
    const failed = converge(provider, one, spec);
    await expect(failed).rejects.toMatchObject({ class: 'Unavailable', away: true, code: 'DiskFull' });
    expect(await paths(one)).toEqual(['/blocks/read_only_allow_delete']);
    await block(one.name, 'read_only_allow_delete', null);
    expect(await plan(one)).toEqual([]);
  },
  SLOW_MS,
);

test(
  'what a series has left behind may be read only in its documents, and not closed',
  async () => {
    const one = series('old');
    await converge(provider, one, spec);
    await write(one.name);
    const due = { path: '/lifecycle/due/rollover', from: null, to: 'rolled over', weight: 'settings' } as const;
    await provider.ensure(one, spec, [due], scope());
    expect(await plan(one)).toEqual([]);
    await block(`${one.name}-000001`, 'write');
    expect(await plan(one)).toEqual([]);
    await must('POST', `/${one.name}-000001/_close`);
    expect(await paths(one)).toEqual(['/open']);
  },
  SLOW_MS,
);

test(
  'a blocked index is deleted with its tenant',
  async () => {
    for (const name of ['read_only', 'metadata', 'write', 'read_only_allow_delete']) {
      const one = single('gone');
      await converge(provider, one, spec);
      await block(one.name, name);
      await provider.delete(one, scope());
      expect(isAbsent(await provider.observe(one, scope())), name).toBe(true);
    }
  },
  SLOW_MS,
);

test(
  'an index of others that tells nothing of itself hides nobody else’s',
  async () => {
    const [one, other] = [single('seen'), single('hider')];
    await converge(provider, one, spec);
    await put(other.name);
    await block(other.name, 'metadata');
    expect((await listAll(provider)).map(([{ name }]) => name)).toContain(one.name);
    expect(await provider.listNames?.(scope())).toEqual(expect.arrayContaining([one.name, other.name]));
    expect(await provider.observe(other, scope())).toMatchObject({ mark: 'none' });
    await block(other.name, 'metadata', null);
  },
  SLOW_MS,
);

test(
  'U2 a primary that no node holds is told, and waited for',
  async () => {
    const one = single('red');
    await converge(provider, one, spec);
    await makeAgain(one.name, { require: { _name: 'none-such' } });
    await expect.poll(() => paths(one), { timeout: 10_000 }).toEqual(['/shards']);
    await expect(converge(provider, one, spec)).rejects.toMatchObject({ away: true, code: 'ShardsUnassigned' });
    await must('PUT', `/${one.name}/_settings`, { index: { routing: { allocation: { require: { _name: null } } } } });
    await expect.poll(() => plan(one), { timeout: 10_000 }).toEqual([]);
  },
  SLOW_MS,
);
