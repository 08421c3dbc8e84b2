/**
 * One Cassandra node with password authentication. A fresh node makes its superuser a moment after it opens its port, so
 * health is a login and a query, not an open port.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerDefinition, Site } from '../../definition.ts';
import { optionLines, readBeside, renderTemplate } from '../../template.ts';
import { probeCql } from './cql-probe.ts';

/** Made by Cassandra itself on its first start. */
const SUPERUSER = { username: 'cassandra', password: 'cassandra' };

function cassandraYaml(site: Site): string {
  return renderTemplate(readBeside(import.meta.url, 'cassandra.yaml.in'), {
    BIND: site.bind,
    DATA: site.data,
    CQL_PORT: site.ports.cql ?? 0,
    STORAGE_PORT: site.ports.storage ?? 0,
  });
}

export const cassandra: ServerDefinition = {
  name: 'cassandra',
  version: '5.0.9',
  program: {
    kind: 'maven',
    pom: fileURLToPath(new URL('pom.xml', import.meta.url)),
    java: [17],
    mainClass: 'org.apache.cassandra.service.CassandraDaemon',
    options: optionLines(readBeside(import.meta.url, 'jvm.options')),
  },
  ports: ['cql', 'storage'],
  startMs: 180_000,
  secrets: () => ({}),
  files: (site) => [
    { name: 'cassandra.yaml', content: cassandraYaml(site) },
    { name: 'logback.xml', content: readBeside(import.meta.url, 'logback.xml') },
  ],
  command: (site) => ({
    args: [],
    properties: {
      'cassandra.config': `file://${join(site.conf, 'cassandra.yaml')}`,
      'cassandra.storagedir': site.data,
      'cassandra-foreground': 'yes',
      'logback.configurationFile': join(site.conf, 'logback.xml'),
    },
    env: { MALLOC_ARENA_MAX: '2' },
  }),
  health: (site, signal) => probeCql({ port: site.ports.cql ?? 0, ...SUPERUSER }, signal),
  env: (site) => ({
    STACK_CASSANDRA_HOSTS: `127.0.0.1:${site.ports.cql}`,
    STACK_CASSANDRA_USERNAME: SUPERUSER.username,
    STACK_CASSANDRA_PASSWORD: SUPERUSER.password,
  }),
};
