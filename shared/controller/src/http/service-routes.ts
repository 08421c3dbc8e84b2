/**
 * The routes that come with a controller, below the base of its service: operations, audit, dead letters and switches.
 */
import { controlSchema } from '@leasehold/contracts';
import type { Route } from '@leasehold/http';
import { switchesView } from '../control/control.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { StateCodec } from '../rows/owner-rows.ts';
import type { AuditSource } from '../shown/audit.ts';
import type { Controller } from '../start-controller.ts';
import { type AuditRoutes, auditRoute, operationRoute } from './audit-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';

export interface ServiceRoutes<T extends OwnedTypes>
  extends Pick<AuditRoutes, 'base' | 'ownerIdSchema' | 'requireOwner'>,
    Omit<AuditSource, 'names'> {
  readonly definition: StateCodec<T>;
  readonly controller: Controller<T>;
  /** The names that the switches know. */
  readonly backends: readonly string[];
  readonly tick: { kick(): void };
}

export function serviceRoutes<T extends OwnedTypes>(parts: ServiceRoutes<T>): readonly Route[] {
  const { base, definition, controller, backends, tick } = parts;
  const source = () => ({ ledger: parts.ledger, clock: parts.clock, names: definition.names });
  return [
    operationRoute({ base, source, codec: definition }),
    auditRoute({ ...parts, names: definition.names, source }),
    ...deadLetterRoutes(base, () => controller.redrives),
    ...controlRoutes({
      base,
      control: () => controller.control,
      backends,
      schema: controlSchema.omit({ brake: true }),
      view: switchesView,
      onWritten: () => tick.kick(),
    }),
  ];
}
