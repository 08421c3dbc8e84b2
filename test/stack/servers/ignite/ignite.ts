/**
 * One Ignite node with password authentication, caches in memory, and templates with expiry as an operator would offer them.
 * What was in a cache, and the cache itself, is gone when the process ends: that is what tests of repair want.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerDefinition, Site } from '../../definition.ts';
import { optionLines, readBeside, renderTemplate } from '../../template.ts';
import { probeThin } from './thin-probe.ts';

/** Made by Ignite itself on its first start. */
const SUPERUSER = { username: 'ignite', password: 'ignite' };

const igniteXml = (site: Site): string =>
  renderTemplate(readBeside(import.meta.url, 'ignite.xml.in'), {
    BIND: site.bind,
    DATA: site.data,
    THIN_PORT: site.ports.thin ?? 0,
    DISCOVERY_PORT: site.ports.discovery ?? 0,
    COMMUNICATION_PORT: site.ports.communication ?? 0,
  });

export const ignite: ServerDefinition = {
  name: 'ignite',
  version: '2.17.0',
  program: {
    kind: 'maven',
    pom: fileURLToPath(new URL('pom.xml', import.meta.url)),
    java: [17],
    mainClass: 'org.apache.ignite.startup.cmdline.CommandLineStartup',
    options: optionLines(readBeside(import.meta.url, 'jvm.options')),
  },
  ports: ['thin', 'discovery', 'communication'],
  startMs: 120_000,
  secrets: () => ({}),
  files: (site) => [{ name: 'ignite.xml', content: igniteXml(site) }],
  command: (site) => ({
    args: [join(site.conf, 'ignite.xml')],
    properties: { IGNITE_HOME: site.data },
    env: { MALLOC_ARENA_MAX: '2' },
  }),
  health: (site, signal) => probeThin({ port: site.ports.thin ?? 0, ...SUPERUSER }, signal),
  env: (site) => ({
    STACK_IGNITE_ADDRESS: `127.0.0.1:${site.ports.thin}`,
    STACK_IGNITE_USERNAME: SUPERUSER.username,
    STACK_IGNITE_PASSWORD: SUPERUSER.password,
  }),
};
