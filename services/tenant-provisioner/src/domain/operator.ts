/**
 * What an operator asks of a tenant beside creation, tier and deletion. Each is idempotent: asked again it changes nothing.
 */
import { applyPatch } from '@leasehold/engine';
import type { OperatorCommand } from './command.ts';
import { beginOperation, type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { restore } from './removal.ts';
import { setTier } from './tier.ts';

export function operate(draft: Draft, command: OperatorCommand, by: string | undefined, context: Context): Disposition {
  if (draft.state.phase === 'none') return { kind: 'refused', code: 'not-found', message: 'there is no such tenant' };
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
      return protect(draft, command.protected);
    case 'reconcile':
      return reconcile(draft, command.acceptLoss, by, context);
  }
}

function turn(draft: Draft, direction: 'suspend' | 'resume', by: string | undefined, context: Context): Disposition {
  const { phase } = draft.state;
  const from = direction === 'suspend' ? 'active' : 'suspended';
  const to = direction === 'suspend' ? 'suspended' : 'active';
  if (phase === to) return { kind: 'repeat' };
  if (phase !== from)
    return { kind: 'refused', code: 'conflict', message: `a tenant that is ${phase} cannot ${direction}` };
  change(draft, { phase: to, suspendedByOperator: direction === 'suspend' });
  beginOperation(draft, context, direction, by);
  explain(draft, direction === 'suspend' ? 'Suspended' : 'Resumed', 'asked for by an operator');
  return { kind: 'applied' };
}

function protect(draft: Draft, on: boolean): Disposition {
  if (draft.state.phase === 'gone') return { kind: 'refused', code: 'conflict', message: 'the tenant is deleted' };
  if (draft.state.protected === on) return { kind: 'repeat' };
  change(draft, { protected: on });
  explain(draft, on ? 'Protected' : 'Unprotected', 'asked for by an operator');
  return { kind: 'applied' };
}

/** Goes on from a failure, and looks at everything again. What was given up on gets its tries back. */
function reconcile(draft: Draft, acceptLoss: boolean, by: string | undefined, context: Context): Disposition {
  const { state } = draft;
  if (state.phase === 'gone') return { kind: 'refused', code: 'conflict', message: 'the tenant is deleted' };
  change(draft, {
    recheck: { acceptLoss },
    records: state.records.map((record) => {
      if (record.lost && !acceptLoss) return record;
      const status = record.status === 'failed' && state.phase !== 'deleting' ? 'pending' : record.status;
      return applyPatch(record, {
        id: record.id,
        status,
        lost: false,
        strikes: 0,
        attempts: 0,
        nextAttemptAtMs: undefined,
      });
    }),
  });
  beginOperation(draft, context, 'reconcile', by);
  explain(draft, 'ReconcileAsked', acceptLoss ? 'lost data may be made anew, empty' : 'everything is looked at again');
  return { kind: 'applied' };
}
