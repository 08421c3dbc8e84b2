/**
 * What decisions tell the metrics.
 */

import type { Metrics } from '@leasehold/observability';
import type { Decision } from '../domain/types.ts';

/** How long a provisioning or a tier change took, however it ended. */
export function measureDecision(metrics: Metrics, { finished, state }: Decision): void {
  for (const { kind, outcome, startedAtMs, finishedAtMs } of finished)
    if ((kind === 'provision' || kind === 'tier-change') && outcome !== undefined && finishedAtMs !== undefined)
      metrics.tenantProvisioning.observe({ tier: state.tier, outcome }, (finishedAtMs - startedAtMs) / 1000);
}
