/**
 * One Elasticsearch node without security. Natively it is made of the jars on Maven Central, which have neither lifecycle
 * policies nor analysis modules; the container has both: what uses a feature asks for it first.
 */
import { fileURLToPath } from 'node:url';
import { HEALTHY, type Health, type ServerDefinition, type Site, unhealthy } from '../../definition.ts';
import { optionLines, readBeside, renderTemplate } from '../../template.ts';

const LAUNCHER = 'Launcher.java';
const READY = '/_cluster/health?wait_for_status=yellow&timeout=1s';

const elasticsearchYml = (site: Site): string =>
  renderTemplate(readBeside(import.meta.url, 'elasticsearch.yml.in'), {
    BIND: site.bind,
    DATA: site.data,
    HTTP_PORT: site.ports.http ?? 0,
    TRANSPORT_PORT: site.ports.transport ?? 0,
  });

const urlOf = (site: Site): string => `http://127.0.0.1:${site.ports.http}`;

async function health(site: Site, signal: AbortSignal): Promise<Health> {
  try {
    const answer = await fetch(urlOf(site) + READY, { signal });
    await answer.body?.cancel();
    return answer.status === 200 ? HEALTHY : unhealthy(`it answers ${answer.status}`);
  } catch {
    signal.throwIfAborted();
    return unhealthy('it does not answer');
  }
}

export const elasticsearch: ServerDefinition = {
  name: 'elasticsearch',
  version: '9.5.3',
  program: {
    kind: 'maven',
    pom: fileURLToPath(new URL('pom.xml', import.meta.url)),
    java: [21, 25, 24, 23, 22],
    mainClass: LAUNCHER,
    options: optionLines(readBeside(import.meta.url, 'jvm.options')),
    setAside: '/org/elasticsearch/plugin/transport-netty4/',
  },
  ports: ['http', 'transport'],
  startMs: 120_000,
  secrets: () => ({}),
  files: (site) => [
    { name: 'elasticsearch.yml', content: elasticsearchYml(site) },
    { name: LAUNCHER, content: readBeside(import.meta.url, LAUNCHER) },
  ],
  command: (site) => ({ args: [site.conf, site.data], properties: {}, env: { MALLOC_ARENA_MAX: '2' } }),
  health,
  env: (site) => ({ STACK_ELASTICSEARCH_URL: urlOf(site) }),
};
