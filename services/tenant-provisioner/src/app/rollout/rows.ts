/**
 * Where rollouts lie: one partition of the service, so that which tiers are being changed, and how far, is one decision.
 *
 * | row | holds | lives |
 * | --- | --- | --- |
 * | `state` | the unfinished rollouts, whole, and the leader's fence | for ever |
 * | `timer/rollouts` | that one of them goes on: its hint has every replica's tick look | as long as one does |
 * | `file/<rollout>/<tier>` | the tier file that it carries | as long as the rollout is unfinished |
 * | `ended/<rollout>` | a rollout that is over | 90 days |
 * | `report/<rollout>/<serial>` | what came of one tenant | 90 days |
 */
import { HISTORY_TTL_MS } from '@leasehold/controller';
import { serialKey } from '@leasehold/kernel';
import type { Row, Snapshot } from '@leasehold/store';
import { goesOn, isUnfinished, type Report, type Rollout } from '../../domain/rollout/rollout.ts';
import { SERVICE } from '../partition.ts';

export const ROLLOUTS_PARTITION = `${SERVICE}/rollouts`;
export const TIMER_KEY = 'timer/rollouts';
export const ENDED_PREFIX = 'ended/';

export interface RolloutsState {
  readonly v: 1;
  /** Serial of the last rollout. */
  readonly serial: number;
  /** Of the last leader that wrote. */
  readonly fence: number;
  /** In the order in which they were made; at most one a tier. */
  readonly unfinished: readonly Rollout[];
}

const NONE: RolloutsState = { v: 1, serial: 0, fence: 0, unfinished: [] };

export function readRollouts(now: Snapshot): RolloutsState {
  const text = now.rows.get('state');
  return text === undefined ? NONE : (JSON.parse(text) as RolloutsState);
}

const ID = /^ro-([1-9][0-9]{0,14})$/;
export const rolloutId = (serial: number): string => `ro-${serial}`;
export const serialOf = (id: string): number | undefined => {
  const [, digits] = ID.exec(id) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

export const fileKey = (serial: number, tier: string): string => `file/${serialKey(serial)}/${tier}`;
export const endedKey = (serial: number): string => `${ENDED_PREFIX}${serialKey(serial)}`;
export const reportPrefix = (serial: number): string => `report/${serialKey(serial)}/`;

const reportRow = (rollout: Rollout, report: Report): Row => ({
  key: `${reportPrefix(rollout.serial)}${serialKey(report.serial)}`,
  value: JSON.stringify(report),
  ttlMs: HISTORY_TTL_MS,
});

/** The rows that follow from one rollout having changed, or come. */
export function rowsOf(
  now: Snapshot,
  before: RolloutsState,
  changed: { readonly rollout: Rollout; readonly reports: readonly Report[]; readonly fence?: number },
  nowMs: number,
): { readonly put: readonly Row[]; readonly remove: readonly string[] } {
  const { rollout, reports, fence = before.fence } = changed;
  const others = before.unfinished.filter(({ id }) => id !== rollout.id);
  const unfinished = isUnfinished(rollout) ? [...others, rollout].sort((a, b) => a.serial - b.serial) : others;
  const state: RolloutsState = { v: 1, serial: Math.max(before.serial, rollout.serial), fence, unfinished };
  const put: Row[] = [
    { key: 'state', value: JSON.stringify(state) },
    ...reports.map((each) => reportRow(rollout, each)),
  ];
  const remove: string[] = [];
  if (!isUnfinished(rollout)) {
    put.push({ key: endedKey(rollout.serial), value: JSON.stringify(rollout), ttlMs: HISTORY_TTL_MS });
    remove.push(...rollout.targets.map(({ tier }) => fileKey(rollout.serial, tier)));
  }
  const timer = now.rows.has(TIMER_KEY);
  const due = unfinished.some(goesOn);
  if (due && !timer) put.push({ key: TIMER_KEY, value: JSON.stringify({ dueAtMs: nowMs }) });
  if (!due && timer) remove.push(TIMER_KEY);
  return { put, remove };
}
