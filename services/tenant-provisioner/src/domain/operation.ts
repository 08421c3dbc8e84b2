/**
 * One run of a tenant's work towards a goal, as it is shown and kept: when it began, what became of it, who asked.
 *
 * O1. At most one operation is under way; what interrupts it ends it as superseded.
 * O3. A word that something may be destroyed or weakened ends with the operation that it was given for.
 * O2. Each has tries and times of its own: what was given up on before is tried again, and nothing is counted twice.
 */
import { tryAgain } from '@leasehold/controller/model';
import { ownedId } from '@leasehold/kernel';
import { type Context, change, type Draft, takeSerial } from './draft.ts';
import { hasForeign } from './foreign.ts';
import type { Operation, OperationKind } from './state.ts';

/** O1 to O3. */
export function beginOperation(draft: Draft, context: Context, kind: OperationKind, requestedBy?: string): void {
  endOperation(draft, context, 'superseded');
  const serial = takeSerial(draft, 'operation');
  const { tenantId, generation, records } = draft.state;
  if (hasForeign(draft.state))
    change(draft, { recheck: { acceptLoss: false, ...draft.state.recheck, byWhoKnowsAll: true } });
  change(draft, {
    consent: undefined,
    records: records.map(tryAgain),
    operation: {
      id: ownedId('op', tenantId, serial),
      serial,
      kind,
      generation,
      startedAtMs: context.nowMs,
      deadlineMs: context.nowMs + context.bounds.deadlineMs,
      ...(requestedBy === undefined ? {} : { requestedBy }),
      ...(draft.trace ? { trace: draft.trace } : {}),
    },
  });
}

export function endOperation(draft: Draft, context: Context, outcome: NonNullable<Operation['outcome']>): void {
  const { operation } = draft.state;
  if (!operation || operation.finishedAtMs !== undefined) return;
  // A clock that stepped back ends nothing before it began.
  const finishedAtMs = Math.max(context.nowMs, operation.startedAtMs);
  const ended: Operation = { ...operation, finishedAtMs, outcome };
  change(draft, { operation: ended });
  draft.finished.push({ ...ended, records: draft.state.records });
}
