/**
 * Pulsar standalone (broker, bookie, metadata and WebSocket in one process) with token authentication. The signing key is
 * made for each fresh data folder; the superuser's token is signed with it here.
 *
 * 1. Healthy means: the broker's own check passes (it writes and reads a message), the namespace that standalone makes
 *    last is there, and the WebSocket servlet answers.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEALTHY, type Health, type ServerDefinition, type Site, unhealthy } from '../../definition.ts';
import { optionLines, readBeside, renderTemplate } from '../../template.ts';
import { signToken } from '../../token.ts';

const SUPERUSER = 'admin';
const KEY_FILE = 'secret.key';

/** Path and the status that shows the part to be up: a plain GET is not how a WebSocket is opened, hence 405. */
const CHECKS: readonly (readonly [string, number])[] = [
  ['/admin/v2/brokers/health', 200],
  ['/admin/v2/namespaces/public/default', 200],
  ['/ws/v2/producer/persistent/public/default/health', 405],
];

const keyOf = (site: Site): Buffer => Buffer.from(site.secrets.signingKey ?? '', 'base64');
const superuserToken = (site: Site): string => signToken(SUPERUSER, keyOf(site));

export function judgeStatus(path: string, status: number): Health {
  const wanted = CHECKS.find(([known]) => known === path)?.[1];
  return status === wanted ? HEALTHY : unhealthy(`${path} answers ${status}`);
}

async function health(site: Site, signal: AbortSignal): Promise<Health> {
  const headers = { authorization: `Bearer ${superuserToken(site)}` };
  for (const [path] of CHECKS) {
    try {
      const answer = await fetch(`http://127.0.0.1:${site.ports.http}${path}`, { headers, signal });
      await answer.body?.cancel();
      const seen = judgeStatus(path, answer.status);
      if (seen.state === 'unhealthy') return seen;
    } catch {
      signal.throwIfAborted();
      return unhealthy(`${path} does not answer`);
    }
  }
  return HEALTHY;
}

function standaloneConf(site: Site): string {
  return renderTemplate(readBeside(import.meta.url, 'standalone.conf'), {
    BIND: site.bind,
    CONF: site.conf,
    DATA: site.data,
    HTTP_PORT: site.ports.http ?? 0,
    BINARY_PORT: site.ports.binary ?? 0,
    ADMIN_TOKEN: superuserToken(site),
  });
}

export const pulsar: ServerDefinition = {
  name: 'pulsar',
  version: '4.2.4',
  program: {
    kind: 'maven',
    pom: fileURLToPath(new URL('pom.xml', import.meta.url)),
    java: [17, 21],
    mainClass: 'org.apache.pulsar.PulsarStandaloneStarter',
    options: optionLines(readBeside(import.meta.url, 'jvm.options')),
  },
  ports: ['http', 'binary', 'bookie'],
  startMs: 180_000,
  secrets: () => ({ signingKey: randomBytes(32).toString('base64') }),
  files: (site) => [
    { name: KEY_FILE, content: keyOf(site) },
    { name: 'standalone.conf', content: standaloneConf(site) },
    { name: 'log4j2.xml', content: readBeside(import.meta.url, 'log4j2.xml') },
  ],
  command: (site) => ({
    args: [
      ...['--config', join(site.conf, 'standalone.conf')],
      ...['--metadata-dir', join(site.data, 'metadata')],
      ...['--bookkeeper-dir', join(site.data, 'bookkeeper')],
      ...['--bookkeeper-port', String(site.ports.bookie)],
      ...['--no-functions-worker', '--no-stream-storage'],
    ],
    properties: { 'log4j2.configurationFile': join(site.conf, 'log4j2.xml') },
    env: { MALLOC_ARENA_MAX: '2' },
  }),
  health,
  env: (site, conf) => ({
    STACK_PULSAR_URL: `http://127.0.0.1:${site.ports.http}`,
    STACK_PULSAR_BINARY_URL: `pulsar://127.0.0.1:${site.ports.binary}`,
    STACK_PULSAR_TOKEN: superuserToken(site),
    STACK_PULSAR_SECRET_KEY_FILE: join(conf, KEY_FILE),
  }),
};
