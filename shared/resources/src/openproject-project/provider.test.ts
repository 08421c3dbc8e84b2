/**
 * Projects against a server that speaks the documented API v3: the provider contract, copies, and the API's own errors.
 */
import type { Ref } from '@leasehold/engine';
import { createFakeOpenProject, type FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { type AroundCall, type Drift, providerSuite } from '@leasehold/testing/suites/provider';
import { behindProxy, refMaker } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, expect, test } from 'vitest';
import { createOpenProjectBackend } from './backend.ts';

const apiKey = 'a-key-of-the-tests';
/** Ends with the process: where planted bugs are tried, the tests of this file run again after they have ended. */
const fake = await createFakeOpenProject({
  apiKey,
  groups: ['Operators', 'Support'],
  roles: ['Project admin', 'Reader', 'Member'],
  deletionLooks: 0,
  copyLooks: 0,
});

const ref = refMaker('openproject-project', (id) => `tenant-${id}`);
const found = (one: Ref) => fake.project(one.name) as NonNullable<ReturnType<FakeOpenProject['project']>>;
const spec = { memberships: { Operators: ['Project admin'], Support: ['Reader', 'Member'] } };
const settings = { url: fake.url, apiKey };

const membershipOf = (one: Ref, group: number) =>
  [...fake.memberships.values()].find((each) => each.project === found(one).id && each.group === group);

const drift = (path: string, tamper: (one: Ref) => void): Drift => ({
  path,
  weight: 'settings',
  tamper: async (one) => tamper(one),
});

const drifts: readonly Drift[] = [
  drift('/public', (one) => {
    found(one).public = true;
  }),
  drift('/access', (one) => {
    found(one).active = false;
  }),
  drift('/memberships/Support', (one) => {
    (membershipOf(one, 2) as { roles: readonly number[] }).roles = [1];
  }),
  drift('/memberships/Operators', (one) => {
    fake.memberships.delete(membershipOf(one, 1)?.id ?? 0);
  }),
  drift('/tier', (one) => {
    const { raw } = found(one).description;
    found(one).description = { format: 'markdown', raw: raw.replace('tier free', 'tier gold') };
  }),
];

providerSuite('project in OpenProject', async (around: AroundCall) => {
  const { backend, providers } = createOpenProjectBackend({ ...settings, around });
  const provider = providers[0];
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(fake.url, mode, (host) =>
      createOpenProjectBackend({ ...settings, url: `http://${host}`, timeoutMs: mode === 'mute' ? 200 : 5000 }),
    );
  const post = (body: object) =>
    fetch(`${fake.url}/api/v3/projects`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`apikey:${apiKey}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
    });
  return {
    provider,
    ref,
    spec: provider.spec.parse(spec),
    otherTier: { tier: 'enterprise', spec: provider.spec.parse({ ...spec, public: true }) },
    withdrawn: provider.spec.parse({ ...spec, access: 'withdrawn' }),
    drifts,
    async makeForeign(one) {
      await post({ identifier: one.name, name: 'Theirs', description: { raw: 'Somebody’s own.' } });
    },
    isForeignIntact: async (one) => found(one).description.raw === 'Somebody’s own.' && found(one).active,
    async removeForeign(one) {
      fake.projects.delete(found(one).id);
    },
    unmarked: {
      async make(one) {
        await post({ identifier: one.name, name: 'Theirs', active: false, description: { raw: 'Somebody’s own.' } });
        found(one).workPackages = 5;
      },
      isKept: async (one) =>
        found(one).description.raw.startsWith('Somebody’s own.') &&
        found(one).name === 'Theirs' &&
        found(one).workPackages === 5,
    },
    async putData(one) {
      found(one).workPackages = 3;
    },
    remains: async (one) => (fake.project(one.name) === undefined ? [] : [one.name]),
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    cleanup: () => backend.close(),
  };
});

const { backend, providers } = createOpenProjectBackend(settings);
const [provider] = providers;
afterAll(() => backend.close());

test('a project is copied from its template, with what is in it and our mark', async () => {
  const template = ref('template');
  await converge(provider, template, provider.spec.parse({}));
  found(template).workPackages = 7;
  const one = ref('copied');
  const wanted = provider.spec.parse({ template: template.name });
  await converge(provider, one, wanted);
  expect(found(one)).toMatchObject({ workPackages: 7, active: true });
  expect(provider.plan(one, wanted, await provider.observe(one, scope()))).toEqual([]);
});

test.each([
  [{ template: 'none-such' }, 'TemplateMissing'],
  [{ memberships: { Nobody: ['Reader'] } }, 'GroupUnknown'],
  [{ memberships: { Operators: ['Emperor'] } }, 'RoleUnknown'],
])('what the blueprint names and the server has not is told: %j', async (bad, code) => {
  const one = ref('unknown');
  await expect(converge(provider, one, provider.spec.parse(bad))).rejects.toMatchObject({ class: 'Invalid', code });
});

test('what people wrote into the description is kept beside our mark', async () => {
  const one = ref('written');
  await converge(provider, one, provider.spec.parse({}));
  const { raw } = found(one).description;
  found(one).description = { format: 'markdown', raw: `Hello.\n\n${raw}\n\nMore.` };
  await converge(provider, { ...one, generation: 2 }, provider.spec.parse({}));
  expect(found(one).description.raw).toBe(`Hello.\n\n${raw.replace('generation 1', 'generation 2')}\n\nMore.`);
});

test('O2 a suspended project is deleted, though it takes no change while it is archived', async () => {
  const one = ref('suspended');
  await converge(provider, one, provider.spec.parse({}));
  await converge(provider, one, provider.spec.parse({ access: 'withdrawn' }));
  expect(found(one).active).toBe(false);
  await provider.delete(one, scope());
  expect(fake.project(one.name)).toBeUndefined();
});

test('a wrong key is the platform’s fault, not the tenant’s, and is never repeated in the message', async () => {
  const wrong = createOpenProjectBackend({ ...settings, apiKey: 'not-the-key' });
  const failed = wrong.providers[0].observe(ref('key'), scope());
  await expect(failed).rejects.toMatchObject({ class: 'Unavailable', code: 'AccessDenied' });
  await expect(failed).rejects.not.toThrow(/not-the-key/);
  await wrong.backend.close();
});

test('a server that is busy says when to come again', async () => {
  fake.failNext('GET', 503, 7);
  await expect(provider.observe(ref('busy'), scope())).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
    retryAfterMs: 7000,
  });
});
