/**
 * Entry point of the tenant provisioner as a process of its own: several of them share one bus and one store.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMesh } from '@leasehold/runtime';
import { tenantProvisioner } from './compose.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};

await runMesh({
  name: tenantProvisioner.name,
  version,
  services: [tenantProvisioner],
  alone: true,
  defaults: { PORT: '7071' },
  welcome: ({ url }) => `${tenantProvisioner.name} ${version} is ready at ${url}\n`,
});
