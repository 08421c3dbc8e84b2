/**
 * What the sweep is told of tenants: which are looked at and for what, which names are theirs, and what becomes of a finding. How a sweep
 * goes about it is the controller's.
 */
import { isResourceKind, ownerOfName, partsOf, resourceName } from '@leasehold/contracts';
import type { SweepDefinition } from '@leasehold/controller';
import { decideSweep } from '../../domain/decide.ts';
import { wantedGraph } from '../../domain/goal.ts';
import { isAtRest, sweepGoal } from '../../domain/sweep.ts';
import type { TenantTypes } from '../../domain/types.ts';

const FINISHED: readonly string[] = ['completed', 'degraded'];
const AT_WORK: readonly string[] = ['pending', 'provisioning'];

export const sweptTenants = (pulsarTenant: string) =>
  ({
    goalOf: sweepGoal,
    isAtRest,
    graphOf: (state, { kinds }) => wantedGraph(state, kinds),
    isFinished: ({ status }) => FINISHED.includes(status),
    isAtWork: ({ status }) => AT_WORK.includes(status),
    mayBeShutOff: ({ status }) => status === 'suspended',
    namesOf: (kind) =>
      isResourceKind(kind)
        ? (tenantId) => partsOf(kind).map((part) => resourceName(kind, part, tenantId, pulsarTenant))
        : undefined,
    ownerOfMarked: ({ tenantId }) => tenantId,
    orphans: {
      ownerOfName: (kind, name) => (isResourceKind(kind) ? ownerOfName(kind, name, pulsarTenant)?.tenantId : undefined),
      isNobody: ({ phase }) => phase === 'none' || phase === 'gone',
    },
    decideFound: ({ state, waiting }, found, context) => decideSweep(state, waiting, found, context),
  }) satisfies SweepDefinition<TenantTypes>;
