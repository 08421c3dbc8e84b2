/**
 * What an operator asks of a tenant beside creation, tier and deletion. Each is idempotent: asked again it changes nothing.
 */

import { tryAgain } from '@leasehold/controller/model';
import { type NodeRecord, patched } from '@leasehold/engine';
import { withAccessNoted } from './access.ts';
import type { OperatorCommand } from './command.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import { beginRemovalWhenDue, restore } from './removal.ts';
import { PHASE_WORDS } from './status.ts';
import { setTier } from './tier.ts';

export function operate(draft: Draft, command: OperatorCommand, by: string | undefined, context: Context): Disposition {
  if (draft.state.generation === 0) return { kind: 'refused', code: 'not-found', message: 'there is no such tenant' };
  switch (command.kind) {
    case 'tier':
      return setTier(draft, command, by, context);
    case 'restore':
      return restore(draft, by, context);
    case 'suspend':
      return turn(draft, 'suspend', by, context);
    case 'resume':
      return turn(draft, 'resume', by, context);
    case 'protect':
      return protect(draft, command.protected, context);
    case 'reconcile':
      return reconcile(draft, command, by, context);
  }
}

function turn(draft: Draft, direction: 'suspend' | 'resume', by: string | undefined, context: Context): Disposition {
  const { phase } = draft.state;
  const from = direction === 'suspend' ? 'active' : 'suspended';
  const to = direction === 'suspend' ? 'suspended' : 'active';
  if (phase === to) return { kind: 'repeat' };
  if (phase !== from)
    return { kind: 'refused', code: 'conflict', message: `a tenant that is ${PHASE_WORDS[phase]} cannot ${direction}` };
  const records = withAccessNoted(draft.state, context.kinds);
  change(draft, { phase: to, records, suspendedByOperator: direction === 'suspend' });
  beginOperation(draft, context, direction, by);
  explain(draft, direction === 'suspend' ? 'Suspended' : 'Resumed', 'asked for by an operator');
  return { kind: 'applied' };
}

/** While the tenant leaves, protection holds its end, and goes over an earlier force; lifted, the deletion goes on. */
function protect(draft: Draft, on: boolean, context: Context): Disposition {
  const { state } = draft;
  if (state.phase === 'gone' || state.phase === 'deleting')
    return { kind: 'refused', code: 'conflict', message: `the tenant is ${PHASE_WORDS[state.phase]}` };
  const overForce = on && state.phase === 'leaving' && state.deletion?.forced === true;
  if (state.protected === on && !overForce) return { kind: 'repeat' };
  change(draft, { protected: on });
  if (overForce && state.deletion) change(draft, { deletion: { ...state.deletion, forced: false } });
  explain(draft, on ? 'Protected' : 'Unprotected', 'asked for by an operator');
  beginRemovalWhenDue(draft, context);
  return { kind: 'applied' };
}

/**
 * Goes on from a failure, and looks at everything again, at what was lost too: it may have come back. A deletion goes on as
 * the operation that it is, with new tries.
 */
function reconcile(
  draft: Draft,
  { acceptLoss, acceptWeakening, reason }: Extract<OperatorCommand, { kind: 'reconcile' }>,
  by: string | undefined,
  context: Context,
): Disposition {
  const { phase, records } = draft.state;
  if (phase === 'gone') return { kind: 'refused', code: 'conflict', message: 'the tenant is deleted' };
  if (phase === 'leaving' || phase === 'deleting') {
    change(draft, { records: records.map(tryAgain) });
    explain(draft, 'ReconcileAsked', 'what is left of the deletion is tried again');
    return { kind: 'applied' };
  }
  change(draft, { recheck: { acceptLoss }, records: records.map((record) => lookAgain(record, acceptLoss)) });
  beginOperation(draft, context, 'reconcile', by);
  const said = reason === undefined ? '' : ` (${reason})`;
  const message = acceptLoss ? 'lost data may be made anew, empty' : 'everything is looked at again';
  explain(draft, 'ReconcileAsked', `${message}${acceptWeakening ? '' : said}`);
  if (acceptWeakening) {
    change(draft, { consent: true });
    explain(draft, 'ConsentGiven', `what destroys or weakens is made too${said}`);
  }
  return { kind: 'applied' };
}

/**
 * Until it is seen again a loss stays told as one; with an operator's word what was lost is a beginning. What was fought over is
 * repaired at once.
 */
function lookAgain(record: NodeRecord, acceptLoss: boolean): NodeRecord {
  const unfought = patched(record, { repairs: undefined, left: withoutFights(record) });
  if (!record.lost) return unfought;
  return { ...unfought, status: 'pending', ...(acceptLoss ? { lost: false, born: false } : {}) };
}

function withoutFights({ left }: NodeRecord): NodeRecord['left'] {
  const waits = left?.filter(({ why }) => why === 'consent');
  return waits?.length ? waits : undefined;
}
