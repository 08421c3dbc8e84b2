/**
 * A backend can be used again: tenants that failed for its sake go on by themselves, as after an operator's reconcile.
 *
 * R1. What failed because a server failed, refused the platform's credentials or did not answer until the deadline is no tenant's
 *     fault; what a tenant asked wrongly, a name that is taken and a ceiling wait for an operator still.
 * R2. What was refused as a tenant's fault goes on where the backend turned out to refuse everybody with the same.
 * R3. Only a tenant that nothing else keeps from being complete, that nobody works at, and that failed before the backend came back:
 *     what fails again after that stays told.
 */
import type { NodeFailure, NodeRecord } from '@leasehold/engine';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import { statusOf } from './status.ts';

/** Who asked for what a recovery begins. */
const RECOVERY = 'recovery';

export interface Recovery {
  readonly backend: string;
  readonly kinds: ReadonlySet<string>;
  readonly upSinceMs: number;
  /** What it refused everybody with. */
  readonly refusal?: Pick<NodeFailure, 'class' | 'code'>;
}

export function revive(draft: Draft, recovery: Recovery, context: Context): Disposition {
  const { state } = draft;
  const failed = state.records.filter(({ status, lost }) => status === 'failed' && !lost);
  const mine = failed.filter((record) => isMended(record, recovery));
  const others = failed.filter((record) => !mine.includes(record));
  const stands = statusOf(state) === 'failed' && state.claim === undefined && state.recheck === undefined;
  if (!stands || mine.length === 0 || others.some(({ failure }) => failure?.class !== 'Unavailable'))
    return { kind: 'repeat' };
  change(draft, { recheck: { acceptLoss: false } });
  beginOperation(draft, context, 'reconcile', RECOVERY);
  explain(draft, 'BackendRecovered', `${recovery.backend} can be used again: ${mine.map(({ id }) => id).join(', ')}`);
  return { kind: 'applied' };
}

function isMended({ kind, failure }: NodeRecord, { kinds, refusal, upSinceMs }: Recovery): boolean {
  if (!failure || !kinds.has(kind) || failure.atMs > upSinceMs) return false;
  return failure.class === 'Unavailable' || (failure.class === refusal?.class && failure.code === refusal.code);
}
