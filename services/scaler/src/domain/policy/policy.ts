/**
 * A scaling policy as it is written (REST, a file) and as it is used: every field of the wire contract with its default, checked whole.
 * Cron lines are read once here; nothing later can find one that it does not understand.
 *
 * P1. All problems are told at once, each with a JSON pointer and the value received.
 * P2. An unknown field is a problem; the nearest known name is told.
 * P3. What comes out satisfies 0 <= min_replicas <= max_replicas, and every number in it is finite.
 */
import { bound } from '@leasehold/kernel';
import { DAY_S, WEEK_MINUTES } from '../time.ts';
import { type Cron, NEVER, parseCron } from './cron.ts';
import { checkBusinessHours, checkVertical } from './extras.ts';
import { createProblems, type Fields, type Problem, readFields } from './fields.ts';
import { isZone } from './zone.ts';

export interface Schedule {
  readonly cron: Cron;
  readonly timezone: string;
  readonly durationMinutes: number;
  readonly minReplicas: number | undefined;
  readonly maxReplicas: number | undefined;
}

export interface Policy {
  readonly policyId: string | undefined;
  readonly serviceName: string | undefined;
  readonly enabled: boolean;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Utilisation in (0, 1]. */
  readonly targetCpu: number;
  readonly targetMemory: number;
  readonly upThreshold: number;
  readonly downThreshold: number;
  readonly upRate: number;
  readonly downRate: number;
  readonly cooldownS: number;
  readonly predictive: {
    readonly mode: 'off' | 'forecast_only' | 'scale';
    readonly horizonMinutes: number | undefined;
    /** Undefined: the tuner weighs cost against shortage itself. */
    readonly quantile: number | undefined;
  };
  readonly cost: { readonly aware: boolean; readonly maxHourlyUsd: number | undefined };
  readonly schedules: readonly Schedule[];
  readonly priority: number;
}

export type PolicyOutcome =
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Replicas that any policy may ask for. */
export const MOST_REPLICAS = bound('replicas of a policy', 10_000);
const MOST_SCHEDULES = bound('schedules of a policy', 64);

const KNOWN = [
  'policy_id',
  'service_name',
  'tenant_id',
  'namespace',
  'enabled',
  'min_replicas',
  'max_replicas',
  'target_cpu_utilization',
  'target_memory_utilization',
  'scale_up_threshold',
  'scale_down_threshold',
  'scale_up_rate',
  'scale_down_rate',
  'cooldown_seconds',
  'vertical',
  'predictive',
  'cost',
  'schedules',
  'business_hours',
  'priority',
  'version',
];

const REPLICAS = { least: 0, most: MOST_REPLICAS.value, whole: true };
const PERCENT = { least: 0, most: 100, aboveLeast: true };

function readSchedule(fields: Fields): Schedule {
  fields.only(['cron', 'timezone', 'duration_minutes', 'min_replicas', 'max_replicas']);
  const line = fields.text('cron');
  const cron = line === undefined ? fields.missing('cron') : parseCron(line);
  if (cron !== undefined && cron.kind === 'unknown') fields.problem('cron', cron.message, line);
  const timezone = fields.text('timezone') ?? 'UTC';
  if (!isZone(timezone)) fields.problem('timezone', 'must be an IANA time zone such as Europe/Vienna', timezone);
  const minReplicas = fields.number('min_replicas', REPLICAS);
  const maxReplicas = fields.number('max_replicas', REPLICAS);
  const durationMinutes = fields.number('duration_minutes', { least: 1, most: WEEK_MINUTES, whole: true });
  if (!fields.has('duration_minutes')) fields.missing('duration_minutes');
  fields.ordered('min_replicas', minReplicas, 'max_replicas', maxReplicas);
  if (!fields.has('min_replicas') && !fields.has('max_replicas'))
    fields.problem('', 'must set min_replicas or max_replicas', fields.raw);
  return {
    cron: cron?.kind === 'cron' ? cron.cron : NEVER,
    timezone,
    durationMinutes: durationMinutes ?? 1,
    minReplicas,
    maxReplicas,
  };
}

function readPredictive(fields: Fields): Policy['predictive'] {
  fields.only(['enabled', 'mode', 'horizon_minutes', 'quantile']);
  const enabled = fields.flag('enabled') ?? true;
  const mode = fields.oneOf('mode', ['forecast_only', 'scale']) ?? 'scale';
  const horizonMinutes = fields.number('horizon_minutes', { least: 1, most: 1_440 });
  const quantile = fields.number('quantile', { least: 0, most: 1, aboveLeast: true, belowMost: true });
  return { mode: enabled ? (mode as 'forecast_only' | 'scale') : 'off', horizonMinutes, quantile };
}

function readCost(fields: Fields): Policy['cost'] {
  fields.only(['aware', 'max_hourly_usd']);
  return { aware: fields.flag('aware') ?? false, maxHourlyUsd: fields.decimal('max_hourly_usd') };
}

/** What is not decided on here. */
function checkOpaque(fields: Fields): void {
  const [vertical, hours] = [fields.object('vertical'), fields.object('business_hours')];
  if (vertical !== undefined) checkVertical(vertical);
  if (hours !== undefined) checkBusinessHours(hours);
  for (const name of ['tenant_id', 'namespace']) fields.text(name);
  fields.number('version', { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true });
}

/** @param most what `max_replicas` is when it is left out. */
export function parsePolicy(input: unknown, most = 10): PolicyOutcome {
  const problems = createProblems();
  const fields = readFields(input, '', problems);
  if (fields === undefined) return { kind: 'invalid', problems: problems.list() };
  fields.only(KNOWN);
  checkOpaque(fields);
  const minReplicas = fields.number('min_replicas', REPLICAS) ?? 1;
  const maxReplicas = fields.number('max_replicas', REPLICAS) ?? Math.max(most, minReplicas);
  fields.ordered('min_replicas', minReplicas, 'max_replicas', maxReplicas);
  const share = (name: string, fallback: number): number => (fields.number(name, PERCENT) ?? fallback) / 100;
  const upThreshold = share('scale_up_threshold', 80);
  const downThreshold = share('scale_down_threshold', 30);
  if (downThreshold >= upThreshold)
    fields.problem(
      'scale_down_threshold',
      `must be below scale_up_threshold (${upThreshold * 100})`,
      downThreshold * 100,
    );
  const empty = readFields({}, '', problems) as Fields;
  const schedules = fields.list('schedules', MOST_SCHEDULES.value).map(readSchedule);
  const policy: Policy = {
    policyId: fields.text('policy_id'),
    serviceName: fields.text('service_name'),
    enabled: fields.flag('enabled') ?? true,
    minReplicas,
    maxReplicas,
    targetCpu: share('target_cpu_utilization', 70),
    targetMemory: share('target_memory_utilization', 80),
    upThreshold,
    downThreshold,
    upRate: fields.number('scale_up_rate', { least: 1, most: 100, aboveLeast: true }) ?? 1.5,
    downRate: fields.number('scale_down_rate', { least: 0, most: 1, aboveLeast: true, belowMost: true }) ?? 0.8,
    cooldownS: fields.number('cooldown_seconds', { least: 0, most: DAY_S }) ?? 300,
    predictive: readPredictive(fields.object('predictive') ?? empty),
    cost: readCost(fields.object('cost') ?? empty),
    schedules,
    priority: fields.number('priority', { least: 0, most: 1_000_000, whole: true }) ?? 0,
  };
  const list = problems.list();
  return list.length > 0 ? { kind: 'invalid', problems: list } : { kind: 'policy', policy };
}
