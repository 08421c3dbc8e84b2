/**
 * The metric catalogue: every metric of the product as data, in one table that the registry, the dashboards and the tests
 * read. What is not here is not measured.
 *
 * 1. Base units; a name that ends in `_seconds` is a histogram, in `_total` a counter, everything else a gauge, except
 *    `leasehold_event_lag_seconds` and its like, which the first rule covers.
 * 2. No label names a tenant, and every label has a cap (see labels.ts).
 */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricDefinition<Label extends string = string> {
  readonly name: `leasehold_${string}`;
  readonly kind: MetricKind;
  readonly help: string;
  readonly labels: readonly Label[];
  /** Upper bounds in the metric's unit; histograms only. */
  readonly buckets?: readonly number[];
}

const counter = <const L extends string>(name: `leasehold_${string}`, help: string, labels: readonly L[]) =>
  ({ name, kind: 'counter', help, labels }) as const satisfies MetricDefinition;

const gauge = <const L extends string>(name: `leasehold_${string}`, help: string, labels: readonly L[]) =>
  ({ name, kind: 'gauge', help, labels }) as const satisfies MetricDefinition;

const histogram = <const L extends string>(
  name: `leasehold_${string}`,
  help: string,
  labels: readonly L[],
  buckets: readonly number[],
) => ({ name, kind: 'histogram', help, labels, buckets }) as const satisfies MetricDefinition;

/** A request or a decision: a millisecond to ten seconds. */
const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;
/** A call to a backend: five milliseconds to two minutes. */
const CALL = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120] as const;
/** Work that waits for others: a tenth of a second to a day. */
const PATIENT = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400] as const;

export const CATALOGUE = {
  events: counter('leasehold_events_total', 'Events that were handled, by outcome.', ['topic', 'outcome']),
  eventLag: histogram(
    'leasehold_event_lag_seconds',
    'From the publishing of an event to the commit of its effect.',
    ['topic'],
    PATIENT,
  ),
  eventHandling: histogram(
    'leasehold_event_handling_seconds',
    'From the receipt of an event to the commit of its effect.',
    ['topic'],
    QUICK,
  ),
  consumersStalled: gauge(
    'leasehold_consumers_stalled',
    'Consumers that have had work and acked nothing for a minute, or cannot consume for so long, by topic.',
    ['topic'],
  ),
  tenants: gauge('leasehold_tenants', 'Tenants by tier and status.', ['tier', 'status']),
  tenantProvisioning: histogram(
    'leasehold_tenant_provisioning_seconds',
    'From the acceptance of a tenant to the end of its provisioning.',
    ['tier', 'outcome'],
    PATIENT,
  ),
  resourceOperations: counter(
    'leasehold_resource_operations_total',
    'Operations on backend objects, by kind, operation and outcome.',
    ['kind', 'operation', 'outcome'],
  ),
  resourceOperation: histogram(
    'leasehold_resource_operation_seconds',
    'Time of one operation on a backend object.',
    ['kind', 'operation'],
    CALL,
  ),
  resourceDrift: gauge('leasehold_resource_drift', 'Objects that differ from what they should be, by kind.', ['kind']),
  leftBehind: gauge(
    'leasehold_left_behind_resources',
    'Objects that a deletion could not take down, or that an operator had it leave behind, by kind.',
    ['kind'],
  ),
  accessStanding: gauge(
    'leasehold_access_standing_tenants',
    'Suspended or leaving tenants whose access was not seen withdrawn yet.',
    [],
  ),
  unheardTenants: gauge(
    'leasehold_unheard_tenants',
    'Tenants whose own topics this process does not hear at the moment, for want of room.',
    [],
  ),
  orphanResources: gauge(
    'leasehold_orphan_resources',
    'Objects that carry our mark for a tenant that there is not, as the last sweep saw them, by kind.',
    ['kind'],
  ),
  sweeps: counter('leasehold_sweeps_total', 'Listings of all objects of a kind by the sweep, by outcome.', [
    'kind',
    'outcome',
  ]),
  sweepFindings: counter(
    'leasehold_sweep_findings_total',
    'Objects of finished tenants that a sweep found missing or different, by kind.',
    ['kind', 'finding'],
  ),
  rollouts: gauge('leasehold_rollouts', 'Rollouts that are not over, by state.', ['state']),
  tenantsBehind: gauge(
    'leasehold_tenants_behind',
    'Tenants that have another blueprint than their tier’s file says, by tier.',
    ['tier'],
  ),
  quotaUtilization: gauge(
    'leasehold_quota_utilization_ratio',
    'Use of the quota, the mean over the tenants of a tier: 1 means all of it.',
    ['tier', 'resource'],
  ),
  quotaViolations: counter('leasehold_quota_violations_total', 'Requests refused or observed above the quota.', [
    'resource',
  ]),
  computeRequests: counter('leasehold_compute_requests_total', 'Compute requests by outcome.', [
    'resource_type',
    'outcome',
  ]),
  computeAllocations: gauge('leasehold_compute_allocations', 'Allocations that are held now.', [
    'provider',
    'resource_type',
  ]),
  computeFailovers: counter('leasehold_compute_failovers_total', 'Requests that went to another provider.', [
    'from',
    'to',
  ]),
  computeCost: counter('leasehold_compute_cost_usd_total', 'Money spent on compute, in US dollars.', [
    'provider',
    'resource_type',
  ]),
  scalingDecisions: counter('leasehold_scaling_decisions_total', 'Scaling decisions by direction and winning rule.', [
    'direction',
    'rule',
  ]),
  scalingReplicas: gauge('leasehold_scaling_replicas', 'Replicas of a scaled service: current, wanted, ready.', [
    'service',
    'state',
  ]),
  forecastError: gauge('leasehold_forecast_error', 'Measured error of the chosen forecast, a ratio of the mean.', [
    'service',
    'horizon',
  ]),
  scalingCostImpact: gauge(
    'leasehold_scaling_cost_impact_usd',
    'Change of the hourly cost by scaling, in US dollars.',
    ['service'],
  ),
  backendUp: gauge('leasehold_backend_up', 'Whether the backend answered its last probe: 1 or 0.', ['backend']),
  backendCircuit: gauge('leasehold_backend_circuit', 'The state of the circuit breaker: 1 for the one that holds.', [
    'backend',
    'state',
  ]),
  httpRequests: counter('leasehold_http_requests_total', 'HTTP requests by route pattern, method and status.', [
    'route',
    'method',
    'status',
  ]),
  httpRequest: histogram('leasehold_http_request_seconds', 'Time of a request, by route pattern.', ['route'], QUICK),
  outboxPending: gauge('leasehold_outbox_pending', 'Messages that are committed and not yet published.', []),
} as const;

export type Catalogue = typeof CATALOGUE;
export type MetricName = keyof Catalogue;
