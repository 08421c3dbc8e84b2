/**
 * How long 10,000 policies take to be evaluated once, in a fresh process, and what the process then holds. Run by `--speed`, alone:
 * replays before it would leave their memory behind.
 *
 * 1. Every policy has a schedule in one of four zones, a forecast and a price: no rule is idle.
 */
import { decide, type Policy, parsePolicy, type Situation, type State } from '@leasehold/scaler';

const POLICIES = 10_000;
const ZONES = ['Europe/Vienna', 'America/New_York', 'Asia/Tokyo', 'UTC'];
const AT_MS = Date.parse('2026-01-12T10:00:00Z');
const MEGABYTE = 1_000_000;

function policyAt(i: number): Policy {
  const schedule = { cron: '0 8 * * mon-fri', timezone: ZONES[i % 4], duration_minutes: 600, min_replicas: 5 };
  const outcome = parsePolicy({ max_replicas: 50 + (i % 50), cost: { max_hourly_usd: '40' }, schedules: [schedule] });
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems));
  return outcome.policy;
}

const situationAt = (i: number): Situation => ({
  atMs: AT_MS,
  load: 30 + (i % 100),
  capacity: 5,
  target: 0.7,
  forecast: { replicas: i % 30, strategy: 'forecast', acts: i % 2 === 0 },
  catchUp: undefined,
  anomaly: undefined,
  trend: undefined,
  requests: [],
  replicaHourUsd: 0.1,
  changesLeft: 3,
});

export function measureSpeed(): string {
  const policies = Array.from({ length: POLICIES }, (_, i) => policyAt(i));
  const states = Array.from(
    { length: POLICIES },
    (_, i): State => ({ replicas: 5 + (i % 20), changedAtMs: 0, wishes: [] }),
  );
  const before = process.cpuUsage();
  const startedAtMs = performance.now();
  let asked = 0;
  for (let i = 0; i < POLICIES; i++)
    asked += decide(policies[i] as Policy, states[i] as State, situationAt(i)).replicas;
  const ms = performance.now() - startedAtMs;
  const cpuMs = (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1_000;
  const megabytes = process.memoryUsage().rss / MEGABYTE;
  return `${POLICIES} policies evaluated in ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of processor), ${megabytes.toFixed(0)} MB, ${asked} replicas\n`;
}
