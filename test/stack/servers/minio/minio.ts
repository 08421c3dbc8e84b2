/**
 * MinIO, the last community release, built from its Go module: one node, one folder, root user made for each fresh data
 * folder. The key that lets it encrypt objects at rest is part of its secrets.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { HEALTHY, type Health, type ServerDefinition, type Site, unhealthy } from '../../definition.ts';

const VERSION = '2026-02-12T20:18:48Z';
const COMMIT = '7aac2a2c5b7c';
const ROOT_USER = 'stackadmin';
const PACKAGE = 'github.com/minio/minio/cmd';

const ldflags = [
  '-s -w',
  `-X ${PACKAGE}.Version=${VERSION}`,
  `-X ${PACKAGE}.ReleaseTag=RELEASE.${VERSION.replaceAll(':', '-')}`,
  `-X ${PACKAGE}.CopyrightYear=2026`,
  `-X ${PACKAGE}.CommitID=${COMMIT}`,
  `-X ${PACKAGE}.ShortCommitID=${COMMIT}`,
].join(' ');

async function health(site: Site, signal: AbortSignal): Promise<Health> {
  for (const part of ['ready', 'cluster']) {
    try {
      const answer = await fetch(`http://127.0.0.1:${site.ports.s3}/minio/health/${part}`, { signal });
      await answer.body?.cancel();
      if (answer.status !== 200) return unhealthy(`${part} answers ${answer.status}`);
    } catch {
      signal.throwIfAborted();
      return unhealthy(`${part} does not answer`);
    }
  }
  return HEALTHY;
}

export const minio: ServerDefinition = {
  name: 'minio',
  version: VERSION,
  program: {
    kind: 'go',
    folder: fileURLToPath(new URL('.', import.meta.url)),
    package: 'github.com/minio/minio',
    buildMinutes: 5,
    ldflags,
  },
  ports: ['s3'],
  startMs: 60_000,
  secrets: () => ({
    rootPassword: randomBytes(24).toString('base64url'),
    encryptionKey: randomBytes(32).toString('base64'),
  }),
  files: () => [],
  command: (site) => ({
    args: ['server', '--quiet', '--address', `${site.bind}:${site.ports.s3}`, site.data],
    properties: {},
    env: {
      MINIO_ROOT_USER: ROOT_USER,
      MINIO_ROOT_PASSWORD: site.secrets.rootPassword ?? '',
      MINIO_KMS_SECRET_KEY: `stack-key:${site.secrets.encryptionKey ?? ''}`,
      MINIO_PROMETHEUS_AUTH_TYPE: 'public',
      MINIO_UPDATE: 'off',
      MINIO_BROWSER: 'off',
    },
  }),
  health,
  env: (site) => ({
    STACK_MINIO_ENDPOINT: `127.0.0.1:${site.ports.s3}`,
    STACK_MINIO_ACCESS_KEY: ROOT_USER,
    STACK_MINIO_SECRET_KEY: site.secrets.rootPassword ?? '',
  }),
};
