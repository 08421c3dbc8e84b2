/** Caches over a link that answers from memory: whose they are, what a plan makes of them, and what a call must not do. */
import { ABSENT, type Change, type Ref } from '@leasehold/engine';
import { bound, conflict } from '@leasehold/kernel';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import type { FoundCache, IgniteLink, NewCache } from './link.ts';
import { type CacheMark, markText } from './mark.ts';
import { createCacheProvider } from './provider.ts';
import { createTemplates } from './templates.ts';

const ref: Ref = { kind: 'ignite-cache', name: 'sessions_acme', tenantId: 'acme', generation: 2, tier: 'free' };
const mark = (more: Partial<CacheMark> = {}): CacheMark => ({
  tenantId: 'acme',
  generation: 2,
  expiry: 'none',
  claimed: false,
  ...more,
});
const SHAPE = { mode: 'partitioned', atomicity: 'atomic', backups: 1, group: 'tenants-b1' } as const;
const found = (more: Partial<FoundCache> = {}): FoundCache => ({ name: ref.name, ...SHAPE, mark: mark(), ...more });
const fault = (code: string) => conflict(code, { code, backend: 'ignite' });

function nodeOf(more: Partial<IgniteLink> = {}) {
  const caches = new Map<string, FoundCache>();
  const marks = new Map<string, CacheMark>();
  const log: string[] = [];
  const made: NewCache[] = [];
  const link: IgniteLink = {
    names: async () => [...caches.keys()],
    find: async (name) => caches.get(name),
    create: async (name, cache) => {
      log.push(`create ${name} in ${cache.group}`);
      made.push(cache);
      if (caches.has(name)) throw fault('AlreadyExists');
      caches.set(name, { name, mode: 'partitioned', ...cache });
    },
    createByName: async (name) => {
      log.push(`create ${name}`);
      if (caches.has(name)) throw fault('AlreadyExists');
      caches.set(name, { name, ...SHAPE, mark: undefined });
    },
    destroy: async (name) => {
      log.push(`destroy ${name}`);
      caches.delete(name);
    },
    expiryOf: async () => undefined,
    marks: {
      read: async (name) => marks.get(name),
      claim: async (name, one) => {
        log.push(`claim ${markText(one)}`);
        if (marks.has(name)) return false;
        marks.set(name, one);
        return true;
      },
      write: async (name, one) => {
        log.push(`write ${markText(one)}`);
        marks.set(name, one);
      },
      remove: async (name) => {
        log.push(`unmark ${name}`);
        marks.delete(name);
      },
    },
    close: async () => undefined,
    ...more,
  };
  const provider = createCacheProvider({
    link,
    templates: createTemplates(link),
    timeoutMs: bound('t', 1),
    parallelism: bound('p', 1),
    cacheLimit: bound('c', 6000),
  });
  return { caches, marks, log, made, provider, spec: provider.spec.parse({}) };
}

const whole: readonly Change[] = [{ path: '', from: null, to: null, weight: 'settings' }];
const change = (path: string): Change => ({ path, from: null, to: null, weight: 'data' });

test.each([
  ['marked in its own configuration', found(), undefined, { mark: 'ours', generation: 2, notes: [] }],
  ['of another tenant', found({ mark: mark({ tenantId: 'other' }) }), undefined, { mark: 'foreign', generation: 2 }],
  [
    'of another tenant, with an entry of ours',
    found({ mark: mark({ tenantId: 'other' }) }),
    mark({ generation: 9 }),
    { mark: 'foreign', generation: 2 },
  ],
  ['of a later generation by its entry', found(), mark({ generation: 5 }), { mark: 'ours', generation: 5 }],
  [
    'with an older entry',
    found({ mark: mark({ generation: 4 }) }),
    mark({ generation: 3 }),
    { mark: 'ours', generation: 4 },
  ],
  ['without a mark', found({ mark: undefined }), undefined, { mark: 'none' }],
  ['ours by its entry alone', found({ mark: undefined }), mark(), { mark: 'ours', generation: 2 }],
  ['claimed', found({ mark: undefined }), mark({ claimed: true }), { mark: 'half-made', generation: 2 }],
  ['claimed by another', found({ mark: undefined }), mark({ claimed: true, tenantId: 'other' }), { mark: 'foreign' }],
  ['marked and claimed', found(), mark({ claimed: true }), { mark: 'ours' }],
  [
    'that expires in vain',
    found({ mark: mark({ expiry: 'unsupported' }) }),
    undefined,
    { notes: ['ExpiryUnsupported'] },
  ],
  ['that expires', found({ mark: mark({ expiry: 'template' }) }), undefined, { notes: [] }],
  [
    'adopted, in a group of others',
    found({ mark: undefined, group: 'theirs' }),
    mark({ adopted: true }),
    { adopted: true, notes: ['GroupDiffers: theirs, which only a new cache can change'] },
  ],
  [
    'adopted, in no group',
    found({ mark: undefined, group: null }),
    mark({ adopted: true }),
    { notes: ['GroupDiffers: none, which only a new cache can change'] },
  ],
  [
    'adopted, in a group of ours',
    found({ mark: undefined, group: 'tenants-b1-atomic' }),
    mark({ adopted: true }),
    { adopted: true, notes: [] },
  ],
  [
    'of another name under its hash',
    found({ name: 'other' }),
    undefined,
    { mark: 'none', notes: ['CacheIdTaken: a cache of another name has the same hash'] },
  ],
] as const)('O1 O2 a cache %s', async (_what, cache, entry, expected) => {
  const { caches, marks, provider } = nodeOf();
  caches.set(ref.name, cache);
  if (entry) marks.set(ref.name, entry);
  expect(await provider.observe(ref, scope())).toMatchObject(expected);
});

test.each([
  [{ mode: 'replicated' }, ['/mode']],
  [{ backups: 0 }, ['/backups']],
  [{ atomicity: 'transactional' }, ['/atomicity']],
  [{ group: 'theirs' }, ['/group']],
  [{ group: null }, ['/group']],
  [{ group: 'tenants-b1-atomic' }, []],
  [{ group: 'theirs', backups: 3 }, ['/backups']],
] as const)('1 4 what differs of a configuration, %j, is made anew and empties it: %j', async (more, paths) => {
  const { caches, log, provider, spec } = nodeOf();
  caches.set(ref.name, found(more));
  const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
  expect(changes.map(({ path, weight, weakens }) => [path, weight, weakens !== undefined])).toEqual(
    paths.map((path) => [path, 'data', true]),
  );
  await provider.ensure(ref, spec, changes, scope());
  expect(log).toEqual(
    paths.length === 0 ? [] : [`destroy ${ref.name}`, `unmark ${ref.name}`, `create ${ref.name} in tenants-b1`],
  );
});

test('3 an adopted cache keeps its group, and is made anew only for what cannot be borne', async () => {
  const { caches, marks, provider, spec } = nodeOf();
  caches.set(ref.name, found({ mark: undefined, group: 'theirs' }));
  marks.set(ref.name, mark({ adopted: true }));
  const seen = await provider.observe(ref, scope());
  expect(provider.plan(ref, spec, seen)).toEqual([]);
  expect('mark' in seen && provider.unfit?.(ref, provider.spec.parse({ backups: 2 }), seen)).toEqual([
    'it has backups 1, not 2, which no server can change',
  ]);
});

test('I1 what somebody else made in between is never adopted, and a failure is no refusal', async () => {
  const { caches, provider, spec } = nodeOf();
  caches.set(ref.name, found({ mark: undefined }));
  await expect(provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'ignite',
  });
  const gone = nodeOf({ find: async () => undefined });
  gone.caches.set(ref.name, found());
  await expect(gone.provider.ensure(ref, gone.spec, whole, scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'ignite',
  });
  const failing = nodeOf({ create: () => Promise.reject(fault('BackendFailed')) });
  await expect(failing.provider.ensure(ref, failing.spec, whole, scope())).rejects.toMatchObject({
    code: 'BackendFailed',
  });
});

test('I3 of two groups the second is tried where the first is of another kind, and then no more', async () => {
  const tried: string[] = [];
  const { provider, spec } = nodeOf({
    create: async (_name, { group }) => {
      tried.push(group);
      throw fault('GroupTaken');
    },
  });
  await expect(provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({
    class: 'Conflict',
    code: 'GroupTaken',
  });
  expect(tried).toEqual(['tenants-b1', 'tenants-b1-atomic']);
});

test('I5 only what a plan names is done: a mark alone destroys nothing', async () => {
  const { caches, marks, log, provider, spec } = nodeOf();
  caches.set(ref.name, found({ backups: 7 }));
  await provider.ensure(ref, spec, [change('/generation')], scope());
  expect(log).toEqual([`write ${markText(mark())}`]);
  marks.set(ref.name, mark({ expiry: 'template', adopted: true }));
  log.length = 0;
  await provider.ensure(ref, spec, [change('/generation')], scope());
  expect(log, 'what the entry says beside it stays').toEqual([
    `write ${markText(mark({ expiry: 'template', adopted: true }))}`,
  ]);
  log.length = 0;
  await provider.ensure(ref, spec, [], scope());
  expect(log).toEqual([]);
});

const expiring = { expirySeconds: 60 };
const offering: Partial<IgniteLink> = { expiryOf: async () => 'CreatedExpiryPolicy' };
const eternal: Partial<IgniteLink> = { expiryOf: async () => 'EternalExpiryPolicy' };
const PROBE = 'sessions_leasehold-template-probe';

test('I2 a cache from a template is claimed before it is made, and marked after that', async () => {
  const { log, marks, provider } = nodeOf(offering);
  await provider.ensure(ref, provider.spec.parse(expiring), whole, scope());
  expect(log).toEqual([
    `create ${PROBE}`,
    `destroy ${PROBE}`,
    `claim ${markText(mark({ expiry: 'template', claimed: true }))}`,
    `create ${ref.name}`,
    `write ${markText(mark({ expiry: 'template' }))}`,
  ]);
  expect(marks.get(ref.name)).toEqual(mark({ expiry: 'template' }));
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'ours', notes: [] });
});

test('I2 what was there before our claim is refused and unmarked; what our claim left is completed', async () => {
  const theirs = nodeOf(offering);
  theirs.caches.set(ref.name, found({ mark: undefined }));
  const failing = theirs.provider.ensure(ref, theirs.provider.spec.parse(expiring), whole, scope());
  await expect(failing).rejects.toMatchObject({ code: 'NameTaken', backend: 'ignite' });
  expect(theirs.marks.size).toBe(0);
  const half = nodeOf(offering);
  half.caches.set(ref.name, found({ mark: undefined }));
  half.marks.set(ref.name, mark({ expiry: 'template', claimed: true }));
  await half.provider.ensure(ref, half.provider.spec.parse(expiring), whole, scope());
  expect(half.marks.get(ref.name)).toEqual(mark({ expiry: 'template' }));
  const lost = nodeOf({
    ...offering,
    createByName: async (name) => {
      if (name === ref.name) throw fault('BackendFailed');
    },
    find: async (name) => (name === PROBE ? found({ name }) : undefined),
  });
  await expect(lost.provider.ensure(ref, lost.provider.spec.parse(expiring), whole, scope())).rejects.toMatchObject({
    code: 'BackendFailed',
  });
  expect(lost.marks.get(ref.name)?.claimed, 'the claim stays').toBe(true);
});

test.each([
  ['whose entries live for ever', eternal, {}],
  ['with other backups', offering, { backups: 0 }],
  ['of another atomicity', offering, { atomicity: 'transactional' }],
  ['that is replicated', offering, { mode: 'replicated' }],
  ['in another group', offering, { group: 'theirs' }],
  ['in no group', offering, { group: null }],
] as const)('1 a template %s is none', async (_what, more, shape) => {
  const { log, provider } = nodeOf({
    ...more,
    find: async (name) => (name === PROBE ? found({ name, ...shape }) : undefined),
  });
  await provider.ensure(ref, provider.spec.parse(expiring), whole, scope());
  expect(log.at(-1)).toBe(`create ${ref.name} in tenants-b1`);
});

test('2 a template is asked for once a part, also where somebody left the question behind, and again where the answer was lost', async () => {
  const { caches, log, provider } = nodeOf(offering);
  caches.set(PROBE, found({ name: PROBE }));
  const spec = provider.spec.parse(expiring);
  await provider.ensure(ref, spec, whole, scope());
  await provider.ensure({ ...ref, name: 'sessions_b', tenantId: 'b' }, spec, whole, scope());
  expect(log.filter((line) => line.endsWith(PROBE))).toEqual([`create ${PROBE}`, `destroy ${PROBE}`]);
  let turn = 0;
  const lost = nodeOf({
    ...offering,
    createByName: async () => {
      if (turn++ === 0) throw fault('BackendFailed');
    },
    find: async (name) => found({ name }),
  });
  await expect(lost.provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({ code: 'BackendFailed' });
  await lost.provider.ensure(ref, spec, whole, scope());
  const busy = nodeOf({ ...offering, find: async () => undefined });
  await expect(busy.provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({
    class: 'Conflict',
    code: 'BusyMeanwhile',
  });
});

test('I4 what others made is marked once, by whoever is first', async () => {
  const adopted = async (
    cache: FoundCache | undefined,
    entry?: CacheMark,
    more: Partial<IgniteLink> = {},
    spec: object = {},
  ) => {
    const { caches, marks, log, provider } = nodeOf(more);
    if (cache) caches.set(ref.name, cache);
    if (entry) marks.set(ref.name, entry);
    await provider.adopt?.(ref, provider.spec.parse(spec), scope());
    return log;
  };
  const theirs = found({ mark: undefined });
  expect(await adopted(theirs)).toEqual([`claim ${markText(mark({ adopted: true }))}`]);
  expect(await adopted(theirs, mark({ claimed: true }))).toEqual([`write ${markText(mark({ adopted: true }))}`]);
  expect(await adopted(found())).toEqual([]);
  expect(await adopted(theirs, undefined, {}, expiring)).toEqual([
    `claim ${markText(mark({ adopted: true, expiry: 'unsupported' }))}`,
  ]);
  expect(await adopted(theirs, undefined, eternal, expiring)).toEqual([
    `claim ${markText(mark({ adopted: true, expiry: 'unsupported' }))}`,
  ]);
  expect(await adopted(theirs, undefined, offering, expiring)).toEqual([
    `claim ${markText(mark({ adopted: true, expiry: 'template' }))}`,
  ]);
  await expect(adopted(undefined)).rejects.toMatchObject({ code: 'GoneMeanwhile', backend: 'ignite' });
  await expect(adopted(found({ name: 'other' }))).rejects.toMatchObject({ code: 'NameTaken', backend: 'ignite' });
  await expect(adopted(found({ mark: mark({ tenantId: 'other' }) }))).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'ignite',
  });
  const taken = { read: async () => undefined, claim: async () => false } as unknown as IgniteLink['marks'];
  const raced = nodeOf({ marks: taken, find: async () => theirs });
  await expect(raced.provider.adopt?.(ref, raced.spec, scope())).rejects.toMatchObject({
    code: 'AppearedMeanwhile',
    backend: 'ignite',
  });
});

test.each([
  ['ours', found(), undefined, [`destroy ${ref.name}`]],
  ['ours with its entry', found(), mark(), [`destroy ${ref.name}`, `unmark ${ref.name}`]],
  ['gone, its entry left', undefined, mark(), [`unmark ${ref.name}`]],
  ['gone, the entry of a later generation', undefined, mark({ generation: 3 }), []],
  ['gone, the entry of another', undefined, mark({ tenantId: 'other' }), []],
  ['nobody’s', found({ mark: undefined }), undefined, []],
  ['another’s, with an entry of ours', found({ mark: mark({ tenantId: 'other' }) }), mark(), []],
  ['gone altogether', undefined, undefined, []],
] as const)('a deletion of what is %s', async (_what, cache, entry, expected) => {
  const { caches, marks, log, provider } = nodeOf();
  if (cache) caches.set(ref.name, cache);
  if (entry) marks.set(ref.name, entry);
  await provider.delete(ref, scope());
  expect(log).toEqual(expected);
});

test('all of ours are listed, over more than one page; what is not of the contract is not even looked at', async () => {
  const { caches, marks, provider } = nodeOf();
  const ours = Array.from({ length: 20 }, (_, index) => `sessions_t${index}`);
  for (const [index, name] of ours.entries()) caches.set(name, found({ name, mark: mark({ tenantId: `t${index}` }) }));
  caches.set('sessions_none', found({ name: 'sessions_none', mark: undefined }));
  caches.set('sessions_claimed', found({ name: 'sessions_claimed', mark: undefined }));
  marks.set('sessions_claimed', mark({ tenantId: 'claimed', claimed: true }));
  caches.set('theirs', found({ name: 'theirs' }));
  const listed: unknown[] = [];
  for await (const [one] of provider.observeAll(scope()))
    listed.push([one.name, one.tenantId, one.generation, one.tier]);
  expect(listed).toEqual(ours.map((name, index) => [name, `t${index}`, 2, '']));
});

test('what is absent is made as a whole, as settings: a cache holds nothing that must not be lost', () => {
  const { provider, spec } = nodeOf();
  expect(provider.plan(ref, spec, ABSENT)).toEqual([{ path: '', from: null, to: spec, weight: 'settings' }]);
});
