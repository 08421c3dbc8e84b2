/**
 * Where the facts of an owner lie: the keys of the rows of its partition, and the way from rows to values and back.
 *
 * | row | holds | lives |
 * | --- | --- | --- |
 * | `state` | the state of the owner, whole | as long as the tombstone |
 * | `waiting/<serial>` | a message that cannot be acted on yet | until it can |
 * | `outbox/<serial>` | an event or dead letter to publish | until published |
 * | `timer/work`, `timer/wake` | when the reconciler, or time alone, has something to do | until then |
 * | `inbox/<month>/<event key>` | what an event came to | longer than the topics' retention |
 * | `op/<serial>` | an ended operation with its steps | 90 days |
 * | `journal/<month>/<serial>` | a decision with its reasons and who asked | 90 days |
 */
import { bound, NEWER_RELEASE, serialKey, unavailable } from '@leasehold/kernel';
import type { Row, Snapshot } from '@leasehold/store';
import type { Decision, Outgoing, OwnedRows, OwnedTypes, WaitingMessage } from '../model/decision.ts';
import { HISTORY_TTL_MS } from './lives.ts';
import type { ServiceNames } from './names.ts';
import { parseRow, writeRow, writeState } from './parsed-rows.ts';

const NEWER_RETRY_MS = bound('newer-release-retry-ms', 5_000);

const outboxKey = (serial: number): string => `outbox/${serialKey(serial)}`;
export const operationKey = (serial: number): string => `op/${serialKey(serial)}`;

/** How a service reads its states. */
export interface StateCodec<T extends OwnedTypes> {
  readonly names: ServiceNames;
  empty(ownerId: string): T['state'];
  /** Whether this release understands it: a newer one may have written what only it does. */
  isKnown(state: T['state']): boolean;
}

/** Whether this release can read the owner; a newer one may have written what only it understands, in whatever form. */
export function isReadable<T extends OwnedTypes>(codec: Pick<StateCodec<T>, 'isKnown'>, now: Snapshot): boolean {
  const text = now.rows.get('state');
  if (text === undefined) return true;
  try {
    return codec.isKnown(parseRow<T['state']>(text));
  } catch {
    return false;
  }
}

/** @throws Fault `Unavailable` (`NewerRelease`): another replica has to see to it. */
export function readRows<T extends OwnedTypes>(codec: StateCodec<T>, ownerId: string, now: Snapshot): OwnedRows<T> {
  const text = now.rows.get('state');
  if (!isReadable(codec, now))
    throw unavailable(`the ${codec.names.ownerType} was written by a newer release, which has to see to it`, {
      code: NEWER_RELEASE,
      retryAfterMs: NEWER_RETRY_MS.value,
    });
  const waiting: Waiting<T>[] = [];
  for (const [key, value] of now.rows) if (key.startsWith('waiting/')) waiting.push(parseRow<Waiting<T>>(value));
  return {
    state: text === undefined ? codec.empty(ownerId) : parseRow<T['state']>(text),
    waiting: waiting.sort((a, b) => a.serial - b.serial),
  };
}

type Waiting<T extends OwnedTypes> = WaitingMessage<T['command'], T['waitCode']>;

export const outgoingOf = (value: string): Outgoing => JSON.parse(value) as Outgoing;

export interface RowChanges {
  readonly put: readonly Row[];
  readonly remove: readonly string[];
}

/** The rows that a decision changes against those it was made from. */
export function changedRows<T extends OwnedTypes>(
  now: Snapshot,
  before: OwnedRows<T>,
  decision: Decision<T>,
  nowMs: number,
): RowChanges {
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
