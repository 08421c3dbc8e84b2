/**
 * The dashboard of whoever looks after the servers: which backend is away, slow or refusing, and how the process itself is.
 */
import { type Dashboard, lines, quantiles } from './panels.ts';

const rate = (metric: string, by: string, filter = '') =>
  `sum by (${by}) (rate(${metric}{job=~"$job"${filter}}[$__rate_interval]))`;

export const BACKENDS: Dashboard = {
  uid: 'leasehold-backends',
  title: 'Leasehold: backends',
  rows: [
    {
      title: 'Health',
      panels: [
        lines(
          'Backends up',
          '1: the last probe was answered, seen from the replica that sees it worst.',
          'bool',
          'min by (backend) (leasehold_backend_up{job=~"$job"})',
          '{{backend}}',
        ),
        lines(
          'Circuits that are not closed',
          'Open: no call goes there for now. Half-open: one is tried.',
          'short',
          'sum by (backend, state) (leasehold_backend_circuit{job=~"$job",state!="closed"})',
          '{{backend}} {{state}}',
        ),
        lines(
          'Drift by kind',
          'Objects that differ from what they should be.',
          'short',
          'max by (kind) (leasehold_resource_drift{job=~"$job"})',
          '{{kind}}',
          { quiet: true },
        ),
      ],
    },
    {
      title: 'Operations',
      panels: [
        lines(
          'Operations by kind',
          'Per second: what is observed, made and deleted.',
          'reqps',
          rate('leasehold_resource_operations_total', 'kind, operation'),
          '{{kind}} {{operation}}',
        ),
        lines(
          'Operations that did not succeed',
          'Per second, by their class of error.',
          'reqps',
          rate('leasehold_resource_operations_total', 'kind, outcome', ',outcome!="ok"'),
          '{{kind}} {{outcome}}',
          { quiet: true },
        ),
        quantiles(
          'Time to make',
          'One object, 95 of 100 are quicker than the upper line.',
          'leasehold_resource_operation_seconds',
          'kind',
        ),
      ],
    },
    {
      title: 'Sweep',
      panels: [
        lines(
          'Listings by kind',
          'In the last ten minutes, by outcome: each kind is listed every two minutes, by one replica. Falling to nothing is bad.',
          'short',
          'sum by (kind, outcome) (increase(leasehold_sweeps_total{job=~"$job"}[10m]))',
          '{{kind}} {{outcome}}',
        ),
        lines(
          'Found missing or different',
          'Objects of finished tenants in the last hour. Settings and caches are repaired, lost data is only told.',
          'short',
          'sum by (kind, finding) (increase(leasehold_sweep_findings_total{job=~"$job"}[1h]))',
          '{{kind}} {{finding}}',
          { quiet: true },
        ),
        lines(
          'Orphans',
          'Objects that carry our mark for a tenant that there is not. They are told and never deleted.',
          'short',
          'max by (kind) (leasehold_orphan_resources{job=~"$job"})',
          '{{kind}}',
        ),
        lines(
          'Left behind',
          'Objects that a deletion could not take down, or that an operator had it leave behind.',
          'short',
          'max by (kind) (leasehold_left_behind_resources{job=~"$job"})',
          '{{kind}}',
        ),
        lines(
          'Access that stands',
          'Suspended or leaving tenants whose access was not seen withdrawn yet.',
          'short',
          'max(leasehold_access_standing_tenants{job=~"$job"})',
          'tenants',
        ),
      ],
    },
    {
      title: 'Process',
      panels: [
        lines('Memory', 'Resident, by replica.', 'bytes', 'process_resident_memory_bytes{job=~"$job"}', '{{instance}}'),
        lines(
          'CPU',
          'Cores in use, by replica.',
          'short',
          'rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval])',
          '{{instance}}',
        ),
        lines(
          'Delay of the event loop',
          'The 99th percentile; above half a second, everything is late.',
          's',
          'nodejs_eventloop_lag_p99_seconds{job=~"$job"}',
          '{{instance}}',
        ),
      ],
    },
  ],
};
