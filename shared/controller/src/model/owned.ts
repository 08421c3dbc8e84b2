/**
 * Steps of a decision that are the same for every owner: how a state begins, takes what came of calls, begins an operation, and refuses what an
 * event asked for. Pure.
 */
import type { ProblemCode } from '@leasehold/contracts';
import { applyPatch, type NodePatch, type NodeRecord, patched } from '@leasehold/engine';
import { ownedId } from '@leasehold/kernel';
import type { DeadLetterOutgoing } from './decision.ts';
import type { Source } from './message.ts';
import type { EndedOperation, Operation, OwnedState } from './state.ts';

/** What the controller reads of an owner that is not there yet. */
export const EMPTY_OWNED: OwnedState = {
  generation: 0,
  graph: [],
  records: [],
  fence: 0,
  serials: { operation: 0, outgoing: 0, waiting: 0, journal: 0 },
  conditions: [],
  updatedAtMs: 0,
};

export function patchRecords(records: readonly NodeRecord[], patches: readonly NodePatch[]): readonly NodeRecord[] {
  const byId = new Map(patches.map((patch) => [patch.id, patch]));
  return records.map((record) => {
    const patch = byId.get(record.id);
    return patch ? applyPatch(record, patch) : record;
  });
}

/** As a new operation finds a record: what was given up on is tried again; only what was lost waits for an operator's word. */
export const tryAgain = (record: NodeRecord): NodeRecord =>
  patched(record, {
    attempts: 0,
    strikes: 0,
    misses: undefined,
    nextAttemptAtMs: undefined,
    startedAtMs: undefined,
    finishedAtMs: undefined,
    ...(record.lost ? {} : { failure: undefined }),
    ...(record.status === 'failed' && !record.lost ? { status: 'pending' as const } : {}),
  });

/**
 * The state with an operation under way, under the next serial, and what was interrupted by it.
 *
 * O1. At most one operation is under way; what interrupts it ends it as superseded.
 * O2. Each has tries and times of its own: what was given up on before is tried again, and nothing is counted twice.
 */
export function withOperation<S extends OwnedState>(
  state: S,
  ownerId: string,
  asked: Pick<Operation, 'kind' | 'startedAtMs' | 'deadlineMs'> & { readonly source: Source },
): { readonly state: S; readonly superseded: readonly EndedOperation[] } {
  const { source, ...rest } = asked;
  const serial = state.serials.operation + 1;
  const operation: Operation = {
    ...rest,
    id: ownedId('op', ownerId, serial),
    serial,
    generation: state.generation,
    ...(source.type === 'rest' ? { requestedBy: source.subject } : {}),
    ...(source.trace ? { trace: source.trace } : {}),
  };
  const serials = { ...state.serials, operation: serial };
  return {
    state: { ...state, operation, records: state.records.map(tryAgain), serials },
    superseded: superseded(state, asked.startedAtMs),
  };
}

/** O1. A clock that stepped back ends nothing before it began. */
function superseded({ operation, records }: OwnedState, nowMs: number): readonly EndedOperation[] {
  if (!operation || operation.finishedAtMs !== undefined) return [];
  const finishedAtMs = Math.max(nowMs, operation.startedAtMs);
  return [{ ...operation, finishedAtMs, outcome: 'superseded', records }];
}

/** The state and what goes out where it refuses: an event becomes a dead letter, a person is told. */
export function withRefusal<S extends OwnedState>(
  state: S,
  source: Source,
  code: ProblemCode,
  message: string,
): { readonly state: S; readonly outgoing: readonly DeadLetterOutgoing[] } {
  if (source.type !== 'event') return { state, outgoing: [] };
  const serial = state.serials.outgoing + 1;
  return {
    state: { ...state, serials: { ...state.serials, outgoing: serial } },
    outgoing: [{ kind: 'dead-letter', serial, letter: source.letter, code, message, attempts: 1 }],
  };
}
