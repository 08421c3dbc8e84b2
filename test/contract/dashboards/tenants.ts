/**
 * The dashboard of whoever runs the platform: are tenants made, how long does it take, what is stuck.
 */
import { type Dashboard, lines, number, quantiles } from './panels.ts';

const rate = (metric: string, by: string, filter = '') =>
  `sum by (${by}) (rate(${metric}{job=~"$job"${filter}}[$__rate_interval]))`;

export const TENANTS: Dashboard = {
  uid: 'leasehold-tenants',
  title: 'Leasehold: tenants',
  rows: [
    {
      title: 'Now',
      panels: [
        number(
          'Tenants',
          'Known tenants that have not left.',
          'short',
          'max(sum by (instance) (leasehold_tenants{job=~"$job"}))',
        ),
        number(
          'Being provisioned',
          'Tenants whose resources are being made. It should fall to nothing between sign-ups.',
          'short',
          'max(sum by (instance) (leasehold_tenants{job=~"$job",status=~"pending|provisioning"})) or vector(0)',
        ),
        number(
          'In trouble',
          'Tenants that failed or are degraded: `leasehold tenant list --status failed` names them.',
          'short',
          'max(sum by (instance) (leasehold_tenants{job=~"$job",status=~"failed|degraded"})) or vector(0)',
        ),
        number(
          'Waiting to be published',
          'Committed messages that the bus has not taken yet. Above zero for minutes means that the bus is away.',
          'short',
          'sum(leasehold_outbox_pending{job=~"$job"})',
        ),
        number(
          'Drifted objects',
          'Objects on the backends that differ from what they should be.',
          'short',
          'sum(leasehold_resource_drift{job=~"$job"}) or vector(0)',
        ),
        number('Replicas up', 'Processes that Prometheus reaches.', 'short', 'sum(up{job=~"$job"})'),
      ],
    },
    {
      title: 'Tenants',
      panels: [
        lines(
          'Tenants by status',
          'Every status of the contract.',
          'short',
          'max by (status) (sum by (instance, status) (leasehold_tenants{job=~"$job"}))',
          '{{status}}',
        ),
        lines(
          'Tenants by tier',
          'How the platform grows.',
          'short',
          'max by (tier) (sum by (instance, tier) (leasehold_tenants{job=~"$job"}))',
          '{{tier}}',
        ),
        quantiles(
          'Time to provision',
          'From the acceptance of a tenant to the end of its provisioning.',
          'leasehold_tenant_provisioning_seconds',
          '',
        ),
        lines(
          'Provisionings by outcome',
          'Per second. Anything but `completed` needs a look.',
          'reqps',
          rate('leasehold_tenant_provisioning_seconds_count', 'outcome'),
          '{{outcome}}',
        ),
      ],
    },
    {
      title: 'Events',
      panels: [
        lines(
          'Events by topic and outcome',
          'Per second.',
          'reqps',
          rate('leasehold_events_total', 'topic, outcome'),
          '{{topic}} {{outcome}}',
        ),
        lines(
          'Dead letters',
          'Events that were set aside: `leasehold dead-letter list` shows why.',
          'reqps',
          rate('leasehold_events_total', 'topic', ',outcome="dead_letter"'),
          '{{topic}}',
          { quiet: true },
        ),
        lines(
          'Consumers that do not move on',
          'By topic, seen from the replica that sees it worst: work and no ack for a minute. The log says why.',
          'short',
          'max by (topic) (leasehold_consumers_stalled{job=~"$job"})',
          '{{topic}}',
          { quiet: true },
        ),
        quantiles(
          'Lag of events',
          'From the publishing of an event to the commit of its effect.',
          'leasehold_event_lag_seconds',
          '',
        ),
        quantiles(
          'Handling of events',
          'From the receipt of an event to the commit of its effect.',
          'leasehold_event_handling_seconds',
          'topic',
        ),
      ],
    },
    {
      title: 'Rollouts',
      panels: [
        lines(
          'Tenants behind',
          'By tier: made of another blueprint than the tier’s file says now. `leasehold blueprint rollout` brings them over.',
          'short',
          'max by (tier) (leasehold_tenants_behind{job=~"$job"})',
          '{{tier}}',
          { quiet: true },
        ),
        lines(
          'Rollouts by state',
          'Halted: a tenant failed, and a person decides: `leasehold blueprint rollouts`.',
          'short',
          'max by (state) (leasehold_rollouts{job=~"$job"})',
          '{{state}}',
        ),
      ],
    },
    {
      title: 'REST',
      panels: [
        lines(
          'Requests by status',
          'Per second.',
          'reqps',
          rate('leasehold_http_requests_total', 'status'),
          '{{status}}',
        ),
        quantiles('Time of requests', 'All routes.', 'leasehold_http_request_seconds', ''),
        lines(
          'Failures of the server',
          'Share of requests that ended with a status of 500 or more.',
          'percentunit',
          `sum(rate(leasehold_http_requests_total{job=~"$job",status=~"5.."}[$__rate_interval])) / sum(rate(leasehold_http_requests_total{job=~"$job"}[$__rate_interval]))`,
          'failed',
          { quiet: true },
        ),
      ],
    },
  ],
};
