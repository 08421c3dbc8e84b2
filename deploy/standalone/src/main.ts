/**
 * Entry point of the standalone process: every service of the product, and a few words for whoever started it. A service more
 * is a line here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMesh } from '@leasehold/runtime';
import { tenantProvisioner } from '@leasehold/tenant-provisioner';
import { welcome } from './welcome.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};

const services = [tenantProvisioner];

await runMesh({ name: 'leasehold', version, services, alone: false, welcome });
