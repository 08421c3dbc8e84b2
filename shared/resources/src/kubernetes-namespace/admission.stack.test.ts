/**
 * What stands between a request and a real API server's store: its defaults for containers, webhooks that do not answer, policies
 * that refuse. Each webhook and policy names one tenant of this test, so that nobody else on the server meets it.
 */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  KubeConfig,
  type V1Container,
  type V1PodSpec,
  type V1ResourceRequirements,
} from '@kubernetes/client-node';
import type { Ref } from '@leasehold/engine';
import { refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, expect, test } from 'vitest';
import { createKubernetesBackend } from './backend.ts';

const SLOW_MS = 60_000;
const kubeconfig = variable('STACK_KUBECONFIG');
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const admission = config.makeApiClient(AdmissionregistrationV1Api);
const fresh = refMaker('kubernetes-namespace', (id) => `tenant-${id}`);
const { backend, providers } = createKubernetesBackend({ kubeconfig });
const [provider] = providers;
const made: string[] = [];
const ref = (label: string): Ref => {
  const one = fresh(label);
  made.push(one.name);
  return one;
};
const quota = { cpuCores: 8, memoryGb: 16, storageGb: 10, pods: 50, services: 3, gpus: 0 };
const spec = provider.spec.parse({ quota, podSecurity: 'privileged' });

afterAll(async () => {
  const { items } = await core.listNamespace();
  const left = items.map(({ metadata }) => metadata?.name ?? '').filter((name) => made.includes(name));
  for (const name of left) await core.deleteNamespace({ name });
  await backend.close();
});

const container = (resources?: V1ResourceRequirements, name = 'main'): V1Container => ({
  name,
  image: 'example/none',
  ...(resources ? { resources } : {}),
});
const asks = (requests?: Record<string, string>, limits?: Record<string, string>): V1PodSpec => ({
  containers: [container({ ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) })],
});

const PODS: Readonly<Record<string, V1PodSpec>> = {
  'nothing said': { containers: [container()] },
  'memory over any default': asks({ memory: '1Gi' }),
  'cores over any default': asks({ cpu: '3' }),
  'a disk': asks({ 'ephemeral-storage': '5Gi' }),
  'less than any default': asks({ memory: '1Mi', cpu: '1m' }),
  'small limits alone': asks(undefined, { memory: '16Mi', cpu: '5m' }),
  'large limits alone': asks(undefined, { memory: '8Gi', cpu: '4' }),
  'a limit of one, a request of the other': asks({ memory: '2Gi' }, { cpu: '5m' }),
  'a burst': asks({ memory: '64Mi' }, { memory: '12Gi' }),
  'a large step before': {
    initContainers: [container({ requests: { memory: '4Gi', cpu: '2' } }, 'before')],
    containers: [container()],
  },
  'a large neighbour': {
    initContainers: [{ ...container({ requests: { memory: '4Gi' } }, 'beside'), restartPolicy: 'Always' }],
    containers: [container({ requests: { memory: '2Gi' } })],
  },
  'as a whole': { ...asks({ cpu: '200m' }), resources: { requests: { memory: '2Gi', cpu: '1' } } },
};

test(
  'a pod may ask for what the quota holds, whatever it leaves unsaid, and gets no limit that it has not asked for',
  async () => {
    const one = ref('pods');
    await converge(provider, one, spec);
    await expect
      .poll(
        async () =>
          (await core.readNamespacedResourceQuota({ name: `${one.tenantId}-quota`, namespace: one.name })).status?.used,
      )
      .toBeDefined();
    let serial = 0;
    for (const [shape, asked] of Object.entries(PODS)) {
      const name = `pod-${++serial}`;
      const answer = core.createNamespacedPod({ namespace: one.name, body: { metadata: { name }, spec: asked } });
      const pod = await answer.catch((error: unknown) =>
        expect.fail(`${shape}: ${String((error as { body?: string }).body)}`),
      );
      const given = pod.spec?.containers[0]?.resources;
      expect(given?.limits, shape).toEqual(asked.containers[0]?.resources?.limits);
      expect(Object.keys(given?.requests ?? {}), shape).toEqual(expect.arrayContaining(['cpu', 'memory']));
      await core.deleteNamespacedPod({ name, namespace: one.name, gracePeriodSeconds: 0 });
    }
    const over = asks({ memory: '17Gi' });
    const refused = core.createNamespacedPod({ namespace: one.name, body: { metadata: { name: 'over' }, spec: over } });
    await expect(refused, 'the quota is what binds').rejects.toMatchObject({ code: 403 });
  },
  SLOW_MS,
);

test(
  'default limits of an earlier release are taken away',
  async () => {
    const one = ref('limits');
    await converge(provider, one, spec);
    const name = `${one.tenantId}-limits`;
    const range = await core.readNamespacedLimitRange({ name, namespace: one.name });
    const [item] = range.spec?.limits ?? [];
    const limits = [{ ...item, type: 'Container', _default: { cpu: '500m', memory: '512Mi' } }];
    await core.replaceNamespacedLimitRange({ name, namespace: one.name, body: { ...range, spec: { limits } } });
    expect((await converge(provider, one, spec)).map(({ path }) => path)).toEqual(['/limits']);
    expect(provider.plan(one, spec, await provider.observe(one, scope()))).toEqual([]);
  },
  SLOW_MS,
);

/** Tries without effect until the server has heard of what now stands in the way. */
const untilHeard = async (one: Ref) => {
  const metadata = { name: one.name, labels: { 'tenant-id': one.tenantId } };
  const tried = () =>
    core.createNamespace({ body: { metadata }, dryRun: 'All' }).then(
      () => 'taken',
      () => 'refused',
    );
  await expect.poll(tried, { timeout: 20_000 }).toBe('refused');
};

type ClientConfig =
  | { readonly url: string }
  | { readonly service: { readonly name: string; readonly namespace: string } };

async function withWebhook(one: Ref, clientConfig: ClientConfig, use: () => Promise<void>): Promise<void> {
  const name = `${one.name}.leasehold.test`;
  const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*'] }];
  const webhook = {
    name,
    clientConfig,
    rules,
    namespaceSelector: { matchLabels: { 'tenant-id': one.tenantId } },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 1,
  };
  await admission.createValidatingWebhookConfiguration({ body: { metadata: { name }, webhooks: [webhook] } });
  try {
    await untilHeard(one);
    await use();
  } finally {
    await admission.deleteValidatingWebhookConfiguration({ name });
  }
}

/** A server that takes connections and says `words`, or nothing. */
async function listener(words: string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (words !== undefined) socket.end(words);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}/check`, close: () => void server.close() };
}

const away = {
  class: 'Unavailable',
  away: true,
  code: 'BackendUnavailable',
  backend: 'kubernetes',
  unknownOutcome: false,
};

test.each([
  ['refuses connections', undefined, undefined],
  ['does not answer in time', 'mute', undefined],
  ['speaks no TLS', 'plain', undefined],
  ['has no service', undefined, { service: { name: 'none-such', namespace: 'default' } }],
])(
  'a webhook that %s is a backend away: a tenant waits, and goes on once it is over',
  async (_how, mode, service) => {
    const one = ref('webhook');
    const server = await listener(mode === 'plain' ? 'HTTP/1.1 400 Bad Request\r\n\r\n' : undefined);
    const config = service ?? { url: mode === undefined ? 'https://127.0.0.1:9/check' : server.url };
    await withWebhook(one, config, async () => {
      const failed = converge(provider, one, spec);
      await expect(failed).rejects.toMatchObject(away);
      await expect(failed).rejects.toThrow(/webhook/);
      await expect(failed).rejects.not.toThrow(/127\.0\.0\.1|https?:\/\//);
      expect(await provider.observe(one, scope())).toEqual({ absent: true });
    });
    server.close();
    await expect
      .poll(
        () =>
          converge(provider, one, spec).then(
            () => 'made',
            () => 'waits',
          ),
        { timeout: 20_000 },
      )
      .toBe('made');
    await expect
      .poll(async () => provider.plan(one, spec, await provider.observe(one, scope())).length, { timeout: 20_000 })
      .toBe(0);
  },
  SLOW_MS,
);

test(
  'a webhook that goes away later holds a repair back as a backend away',
  async () => {
    const one = ref('later');
    await converge(provider, one, spec);
    await core.deleteNamespacedLimitRange({ name: `${one.tenantId}-limits`, namespace: one.name });
    await withWebhook(one, { url: 'https://127.0.0.1:9/check' }, async () => {
      await expect(converge(provider, one, spec)).rejects.toMatchObject(away);
    });
  },
  SLOW_MS,
);

test(
  'a policy that refuses the namespace is told at once, in its words',
  async () => {
    const one = ref('policy');
    const name = `${one.name}.leasehold.test`;
    const matchConstraints = {
      namespaceSelector: { matchLabels: { 'tenant-id': one.tenantId } },
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['namespaces'] }],
    };
    const validations = [{ expression: 'false', message: 'no tenants on Mondays' }];
    await admission.createValidatingAdmissionPolicy({
      body: { metadata: { name }, spec: { failurePolicy: 'Fail', matchConstraints, validations } },
    });
    await admission.createValidatingAdmissionPolicyBinding({
      body: { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } },
    });
    try {
      await untilHeard(one);
      const failed = converge(provider, one, spec);
      await expect(failed).rejects.toMatchObject({ class: 'Invalid', code: 'DeniedByPolicy' });
      await expect(failed).rejects.toThrow(/no tenants on Mondays/);
    } finally {
      await admission.deleteValidatingAdmissionPolicyBinding({ name });
      await admission.deleteValidatingAdmissionPolicy({ name });
    }
  },
  SLOW_MS,
);
