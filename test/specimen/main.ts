/**
 * The specimen as a process of its own or, with the word `both`, beside the tenant provisioner. Used by tests alone.
 */
import { runMesh } from '@leasehold/runtime';
import { tenantProvisioner } from '@leasehold/tenant-provisioner';
import { filing } from './service.ts';

const services = process.argv.includes('both') ? [tenantProvisioner, filing] : [filing];
await runMesh({ name: 'specimen', version: '0.0.0', services, alone: false, welcome: () => 'ready\n' });
