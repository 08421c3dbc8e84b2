/**
 * Whether there is something to tell of an id: a tenant, as long as its end is told, and also an id that never was one and of
 * which something was decided. Whoever waits for such a decision finds it in lists and by its name.
 */
import type { WaitingMessage } from './command.ts';
import type { TenantState } from './state.ts';

export const isTold = (
  state: Pick<TenantState, 'generation' | 'phase' | 'endedAtMs'>,
  waiting: readonly WaitingMessage[],
): boolean =>
  state.generation > 0 ? !isForgotten(state) : waiting.length > 0 || (state.phase === 'gone' && !isForgotten(state));

const isForgotten = ({ phase, endedAtMs }: Pick<TenantState, 'phase' | 'endedAtMs'>): boolean =>
  phase === 'gone' && endedAtMs === undefined;
