/**
 * Where a tenant's facts lie: its partition, the keys of its rows, and the way from rows to values and back.
 *
 * | row | holds | lives |
 * | --- | --- | --- |
 * | `state` | `TenantState` | as long as the tombstone |
 * | `waiting/<serial>` | a message that cannot be acted on yet | until it can |
 * | `outbox/<serial>` | an event or dead letter to publish | until published |
 * | `timer/work`, `timer/wake` | when the reconciler, or time alone, has something to do | until then |
 * | `inbox/<month>/<event key>` | what an event came to | longer than the topics' retention |
 * | `op/<serial>` | an ended operation with its steps | 90 days |
 * | `journal/<month>/<serial>` | a decision with its reasons and who asked | 90 days |
 */
import { bound, NEWER_RELEASE, serialKey, unavailable } from '@leasehold/kernel';
import type { Row, Snapshot } from '@leasehold/store';
import type { WaitingMessage } from '../domain/command.ts';
import type { Decision } from '../domain/decide.ts';
import type { Outgoing } from '../domain/draft.ts';
import { emptyState, isKnownState, type TenantState } from '../domain/state.ts';
import { parseRow, writeRow, writeState } from './parsed-rows.ts';

export const SERVICE = 'tenant-provisioner';
const TENANT_PREFIX = `${SERVICE}/tenant/`;
export const TENANT_DIRECTORY = `${SERVICE}/tenants`;

const DAY_MS = 24 * 3_600_000;
const NEWER_RETRY_MS = bound('newer-release-retry-ms', 5_000);
/** Topics keep seven days; a message may be delivered again as long as that, and a margin. */
export const INBOX_TTL_MS = 35 * DAY_MS;
export const HISTORY_TTL_MS = 90 * DAY_MS;

export const tenantPartition = (tenantId: string): string => `${TENANT_PREFIX}${tenantId}`;

export const tenantOfPartition = (partition: string): string | undefined =>
  partition.startsWith(TENANT_PREFIX) ? partition.slice(TENANT_PREFIX.length) : undefined;

export const month = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

export const inboxKey = (eventKey: string, ms: number): string => `inbox/${month(ms)}/${eventKey}`;

/** How far clocks of replicas may be apart. */
const SKEW_MS = 60_000;

/** The rows that may tell of an event: one for every month in which its row, if it still lives, can have been written. */
export function inboxKeys(eventKey: string, nowMs: number): readonly string[] {
  const keys: string[] = [];
  const first = month(nowMs - INBOX_TTL_MS);
  for (let at = new Date(nowMs + SKEW_MS); month(at.getTime()) >= first; at = monthBefore(at))
    keys.push(inboxKey(eventKey, at.getTime()));
  return keys;
}

const monthBefore = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1, 1));

const outboxKey = (serial: number): string => `outbox/${serialKey(serial)}`;
export const operationKey = (serial: number): string => `op/${serialKey(serial)}`;

export interface TenantRows {
  readonly state: TenantState;
  readonly waiting: readonly WaitingMessage[];
}

/** Whether this release can read the tenant; a newer one may have written what only it understands, in whatever form. */
export function isReadable(now: Snapshot): boolean {
  const text = now.rows.get('state');
  if (text === undefined) return true;
  try {
    return isKnownState(parseRow<TenantState>(text));
  } catch {
    return false;
  }
}

/** @throws Fault `Unavailable` (`NewerRelease`): another replica has to see to it. */
export function readTenant(tenantId: string, now: Snapshot): TenantRows {
  const text = now.rows.get('state');
  if (!isReadable(now))
    throw unavailable('the tenant was written by a newer release, which has to see to it', {
      code: NEWER_RELEASE,
      retryAfterMs: NEWER_RETRY_MS.value,
    });
  const waiting: WaitingMessage[] = [];
  for (const [key, value] of now.rows) if (key.startsWith('waiting/')) waiting.push(parseRow<WaitingMessage>(value));
  return {
    state: text === undefined ? emptyState(tenantId) : parseRow<TenantState>(text),
    waiting: waiting.sort((a, b) => a.serial - b.serial),
  };
}

export const outgoingOf = (value: string): Outgoing => JSON.parse(value) as Outgoing;

export interface RowChanges {
  readonly put: readonly Row[];
  readonly remove: readonly string[];
}

/** The rows that a decision changes against those it was made from. */
export function changedRows(now: Snapshot, before: TenantRows, decision: Decision, nowMs: number): RowChanges {
  const put: Row[] = [];
  const remove: string[] = [];
  const state = writeState(decision.state);
  if (now.rows.get('state') !== state) put.push({ key: 'state', value: state });
  waitingRows(before.waiting, decision.waiting, put, remove);
  for (const outgoing of decision.outgoing)
    put.push({ key: outboxKey(outgoing.serial), value: JSON.stringify(outgoing) });
  timerRow('timer/work', decision.workAtMs, now, nowMs, put, remove);
  timerRow('timer/wake', decision.wakeAtMs, now, nowMs, put, remove);
  for (const operation of decision.finished)
    put.push({
      key: operationKey(operation.serial),
      value: JSON.stringify(operation),
      ttlMs: HISTORY_TTL_MS,
    });
  return { put, remove };
}

function waitingRows(
  before: readonly WaitingMessage[],
  after: readonly WaitingMessage[],
  put: Row[],
  remove: string[],
): void {
  const kept = new Set(after.map(({ serial }) => serial));
  for (const message of before) if (!kept.has(message.serial)) remove.push(`waiting/${serialKey(message.serial)}`);
  for (const message of after)
    if (!before.includes(message)) put.push({ key: `waiting/${serialKey(message.serial)}`, value: writeRow(message) });
}

export function timerOf(now: Snapshot, key: 'timer/work' | 'timer/wake'): number | undefined {
  const text = now.rows.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as { dueAtMs: number }).dueAtMs;
}

/** A timer that is due already keeps its time: writing a new one would only cost a hint. */
function timerRow(
  key: 'timer/work' | 'timer/wake',
  atMs: number | undefined,
  now: Snapshot,
  nowMs: number,
  put: Row[],
  remove: string[],
): void {
  const present = timerOf(now, key);
  if (atMs === undefined) {
    if (present !== undefined) remove.push(key);
    return;
  }
  const wanted = Math.max(atMs, 0) <= nowMs ? (present !== undefined && present <= nowMs ? present : nowMs) : atMs;
  if (wanted !== present) put.push({ key, value: JSON.stringify({ dueAtMs: wanted }) });
}
