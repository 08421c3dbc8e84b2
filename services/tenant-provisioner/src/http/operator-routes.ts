/**
 * Routes of the operator, as this service has them: its dead letters, its switches with the brake, its audit, and events on the
 * embedded bus.
 */
import { CONSUMED_TOPICS, controlSchema } from '@leasehold/contracts';
import {
  auditRoute,
  controlRoutes,
  deadLetterRoutes,
  operationRoute,
  publishEventRoute,
  type RedriveParts,
} from '@leasehold/controller';
import type { Route } from '@leasehold/http';
import { type Control, controlView } from '../app/control.ts';
import { NAMES } from '../app/partition.ts';
import type { ProvisionerDeps } from '../app/provisioner.ts';
import type { TenantTopics } from '../app/tenant-topics.ts';
import { TENANT } from '../app/tenants.ts';
import type { TenantTypes } from '../domain/types.ts';
import { type KnownTenants, knownTenant } from './ask.ts';

const BASE = '/api/v1';

export interface OperatorRouteParts extends Pick<KnownTenants, 'tenants'> {
  readonly control: Control;
  readonly redrives: RedriveParts<TenantTypes>;
  readonly tick: { kick(): void };
  readonly topics: Pick<TenantTopics, 'hears'>;
  readonly deps: Pick<ProvisionerDeps, 'ledger' | 'clock' | 'bus' | 'pulsarTenant'>;
}

export function operatorRoutes(parts: OperatorRouteParts, backends: readonly string[]): readonly Route[] {
  const source = () => ({ ledger: parts.deps.ledger, clock: parts.deps.clock, names: NAMES });
  return [
    operationRoute({ base: BASE, source, codec: TENANT }),
    auditRoute({
      base: BASE,
      names: NAMES,
      source,
      requireOwner: (tenantId, signal) => knownTenant(parts, { signal }, tenantId),
    }),
    ...deadLetterRoutes(BASE, () => parts.redrives),
    ...controlRoutes({
      base: BASE,
      control: () => parts.control,
      backends,
      schema: controlSchema,
      view: controlView,
      onWritten: () => parts.tick.kick(),
    }),
    publishEventRoute({
      base: BASE,
      place: () => parts.deps,
      topics: CONSUMED_TOPICS,
      hears: (tenantId) => parts.topics.hears(tenantId),
      example: {
        topic: 'tenant-created-events',
        body: { tenant_id: 'acme', tenant_name: 'Acme Corporation', tier: 'free' },
      },
    }),
  ];
}
