/**
 * A provider of namespaces over a Pulsar broker that answers from a table, and where what is the tenant's lies there. Owns the closing
 * of both after each test.
 */
import type { Ref } from '@leasehold/engine';
import { type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { afterEach } from 'vitest';
import { createPulsarBackend } from '../src/pulsar-namespace/backend.ts';
import { labelled } from './labelled.ts';

export const ref: Ref = {
  kind: 'pulsar-namespace',
  name: 'platformq/acme',
  tenantId: 'acme',
  generation: 2,
  tier: 'starter',
};
export const SPACE = '/admin/v2/namespaces/platformq/acme';
export const TOPICS = '/admin/v2/persistent/platformq/acme';
export const PROPERTIES = {
  'leasehold-tenant': 'acme',
  'leasehold-generation': '2',
  'leasehold-tier': 'starter',
};
/** What a namespace of ours says so that the broker's own settings lose nothing of it. */
export const NOTHING_LOST = { message_ttl_in_seconds: 0, subscription_expiration_time_minutes: 0 };

/** Call once in a test file. */
export function cannedBrokers() {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });
  return async (routes: CannedRoutes, options: Partial<Parameters<typeof createPulsarBackend>[0]> = {}) => {
    const server = await createCannedServer(routes);
    const { backend, providers } = createPulsarBackend({ adminUrl: server.url, around: labelled, ...options });
    open.push(() => backend.close(), server.close);
    const [provider] = providers;
    return { server, backend, provider };
  };
}
