/**
 * A Kubernetes control plane: etcd, API server and controller manager in one process (main.go), so that namespaces really go,
 * quotas really refuse and roles really bind. No node and no scheduler: pods stay pending.
 *
 * 1. Whoever has a token of `tokens.csv` is that user; nobody else is anybody. The file is readable by its owner alone.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEALTHY, type Health, type ServerDefinition, type Site, unhealthy } from '../../definition.ts';
import { kubeconfigOf, planeOf } from './control-plane.ts';
import { askApi } from './probe.ts';

const VERSION = '1.35.4';

const [major = '', minor = ''] = VERSION.split('.');
const ldflags = [
  '-s -w',
  ...['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((at) => [
    `-X ${at}.gitVersion=v${VERSION}`,
    `-X ${at}.gitMajor=${major}`,
    `-X ${at}.gitMinor=${minor}`,
    `-X ${at}.gitTreeState=clean`,
  ]),
].join(' ');

const token = (): string => randomBytes(24).toString('hex');

const secrets = (): Readonly<Record<string, string>> => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    adminToken: token(),
    controllerToken: token(),
    accountKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    accountPublicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
};

const files = (site: Site) => {
  const { adminToken = '', controllerToken = '', accountKey = '', accountPublicKey = '' } = site.secrets;
  const tokens = [
    `${adminToken},admin,admin,system:masters`,
    `${controllerToken},system:kube-controller-manager,system:kube-controller-manager`,
  ];
  return [
    { name: 'plane.json', content: JSON.stringify(planeOf(site), undefined, 2) },
    { name: 'tokens.csv', content: `${tokens.join('\n')}\n` },
    { name: 'kubeconfig', content: kubeconfigOf(site, adminToken) },
    { name: 'controllers.kubeconfig', content: kubeconfigOf(site, controllerToken) },
    { name: 'accounts.key', content: accountKey },
    { name: 'accounts.pub', content: accountPublicKey },
  ];
};

/** Every namespace gets an account from the controllers: when `default` has one, both they and the API server work. */
async function health(site: Site, signal: AbortSignal): Promise<Health> {
  const { api = 0 } = site.ports;
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  for (const path of ['/readyz', account]) {
    try {
      const status = await askApi({ port: api, path, token: site.secrets.adminToken ?? '' }, signal);
      if (status !== 200) return unhealthy(`${path} answers ${status}`);
    } catch {
      signal.throwIfAborted();
      return unhealthy('the API server does not answer');
    }
  }
  return HEALTHY;
}

export const kubernetes: ServerDefinition = {
  name: 'kubernetes',
  version: VERSION,
  program: {
    kind: 'go',
    folder: fileURLToPath(new URL('.', import.meta.url)),
    sources: ['main.go'],
    package: '.',
    buildMinutes: 9,
    ldflags,
  },
  ports: ['api', 'etcd', 'etcdPeer', 'controllers'],
  startMs: 180_000,
  secrets,
  files,
  command: (site) => ({ args: [join(site.conf, 'plane.json')], properties: {}, env: {} }),
  health,
  env: (_site, conf) => ({ STACK_KUBECONFIG: join(conf, 'kubeconfig') }),
};
