/**
 * An operator's word that what exists under a tenant's names without our mark becomes the tenant's.
 *
 * U1. The word holds until the tenant is complete, through failures and restarts, and for this generation alone; what leaves
 *     is not adopted any more.
 * U2. A known tenant that is complete has nothing to adopt; one that is not is looked at again, what it was refused for too, and again
 *     when what is unfit may be made anew.
 * U3. A generation that the ledger has lost is caught up with, so that its marks are this tenant's again.
 */
import type { CreateCommand } from './command.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import { isComplete } from './status.ts';

/** U2. */
export function adoptForKnown(
  draft: Draft,
  { remake, generation: said = 0 }: Pick<CreateCommand, 'remake' | 'generation'>,
  by: string | undefined,
  context: Context,
): Disposition {
  const { state } = draft;
  const generation = Math.max(state.generation, said);
  const nothingNew = isComplete(state) || (state.adopt && (state.remake || !remake));
  if (state.phase !== 'active' || (nothingNew && generation === state.generation)) return { kind: 'repeat' };
  change(draft, { adopt: true, remake: remake ?? state.remake, generation, recheck: { acceptLoss: false } });
  beginOperation(draft, context, 'reconcile', by);
  explain(draft, 'AdoptionAsked', 'what exists under its names without our mark is adopted');
  return { kind: 'applied' };
}

/** U1. */
export function endAdoption(draft: Draft): void {
  change(draft, { adopt: undefined, remake: undefined });
}
