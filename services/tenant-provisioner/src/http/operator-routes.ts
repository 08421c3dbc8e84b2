/**
 * Routes of the operator, as this service has them: its dead letters, its switches with the brake, its audit, and events on the
 * embedded bus.
 */
import { CONSUMED_TOPICS, controlSchema } from '@leasehold/contracts';
import { auditRoute, controlRoutes, deadLetterRoutes, operationRoute, publishEventRoute } from '@leasehold/controller';
import type { Route } from '@leasehold/http';
import { controlView } from '../app/control.ts';
import { NAMES } from '../app/partition.ts';
import type { Provisioner } from '../app/provisioner.ts';
import { TENANT } from '../app/tenants.ts';
import { knownTenant } from './ask.ts';

const BASE = '/api/v1';

export function operatorRoutes(provisioner: Provisioner, backends: readonly string[]): readonly Route[] {
  const source = () => ({ ledger: provisioner.deps.ledger, clock: provisioner.deps.clock, names: NAMES });
  return [
    operationRoute({ base: BASE, source, codec: TENANT }),
    auditRoute({
      base: BASE,
      names: NAMES,
      source,
      requireOwner: (tenantId, signal) => knownTenant(provisioner, { signal }, tenantId),
    }),
    ...deadLetterRoutes(BASE, () => provisioner.redrives),
    ...controlRoutes({
      base: BASE,
      control: () => provisioner.control,
      backends,
      schema: controlSchema,
      view: controlView,
      onWritten: () => provisioner.tick.kick(),
    }),
    publishEventRoute({
      base: BASE,
      place: () => provisioner.deps,
      topics: CONSUMED_TOPICS,
      hears: (tenantId) => provisioner.topics.hears(tenantId),
      example: {
        topic: 'tenant-created-events',
        body: { tenant_id: 'acme', tenant_name: 'Acme Corporation', tier: 'free' },
      },
    }),
  ];
}
