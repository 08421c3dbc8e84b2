/**
 * What the control plane is told: the flags of each part and the kubeconfigs that lead to it. Pure. main.go only starts the
 * parts; everything that one may want to change is here.
 *
 * 1. The API server makes its own certificate on first start; who reaches it natively trusts that file and no other. In a
 *    container the file cannot be read from outside, and the port leads to loopback alone.
 */
import { join } from 'node:path';
import type { Site } from '../../definition.ts';

/** What main.go reads. */
interface Plane {
  readonly etcdData: string;
  readonly etcdClientUrl: string;
  readonly etcdPeerUrl: string;
  readonly readyUrl: string;
  readonly apiServer: readonly string[];
  readonly controllers: readonly string[];
}

const LOOPBACK = '127.0.0.1';
const SERVICES = '10.96.0.0/16';

const certificates = (site: Site): string => join(site.data, 'certificates');
const certificate = (site: Site): string => join(certificates(site), 'apiserver.crt');
const apiUrl = (site: Site): string => `https://${LOOPBACK}:${site.ports.api}`;
const etcdUrl = (site: Site): string => `http://${LOOPBACK}:${site.ports.etcd}`;

/** Both set up the log of their one process: what they say of it must be the same. */
const QUIET = ['--v=1', '--profiling=false'];

const apiServerFlags = (site: Site): readonly string[] => [
  `--etcd-servers=${etcdUrl(site)}`,
  `--bind-address=${site.bind}`,
  `--secure-port=${site.ports.api}`,
  `--advertise-address=${LOOPBACK}`,
  '--endpoint-reconciler-type=none',
  `--cert-dir=${certificates(site)}`,
  `--token-auth-file=${join(site.conf, 'tokens.csv')}`,
  '--authorization-mode=RBAC',
  '--allow-privileged',
  `--service-cluster-ip-range=${SERVICES}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${join(site.conf, 'accounts.pub')}`,
  `--service-account-signing-key-file=${join(site.conf, 'accounts.key')}`,
  ...QUIET,
];

/** Namespaces go as fast as the API server lets them, for tests delete many at once. */
const controllerFlags = (site: Site): readonly string[] => [
  `--kubeconfig=${join(site.conf, 'controllers.kubeconfig')}`,
  `--bind-address=${site.bind}`,
  `--secure-port=${site.ports.controllers}`,
  `--cert-dir=${certificates(site)}`,
  '--leader-elect=false',
  '--use-service-account-credentials',
  `--service-account-private-key-file=${join(site.conf, 'accounts.key')}`,
  `--root-ca-file=${certificate(site)}`,
  '--kube-api-qps=200',
  '--kube-api-burst=400',
  '--concurrent-namespace-syncs=20',
  ...QUIET,
];

export const planeOf = (site: Site): Plane => ({
  etcdData: join(site.data, 'etcd'),
  etcdClientUrl: etcdUrl(site),
  etcdPeerUrl: `http://${LOOPBACK}:${site.ports.etcdPeer}`,
  readyUrl: `${apiUrl(site)}/readyz`,
  apiServer: apiServerFlags(site),
  controllers: controllerFlags(site),
});

/** YAML reads JSON; a person reads this a little better. */
export const kubeconfigOf = (site: Site, token: string): string =>
  `${[
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '  - name: stack',
    '    cluster:',
    `      server: ${apiUrl(site)}`,
    site.bind === LOOPBACK
      ? `      certificate-authority: ${JSON.stringify(certificate(site))}`
      : '      insecure-skip-tls-verify: true',
    'users:',
    '  - name: stack',
    '    user:',
    `      token: ${token}`,
    'contexts:',
    '  - name: stack',
    '    context: { cluster: stack, user: stack }',
    'current-context: stack',
  ].join('\n')}\n`;
