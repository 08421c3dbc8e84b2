/**
 * A step of a decision that may fail: nothing of a step that failed is kept, and its failure is an answer to whoever asked.
 */
import { asFault } from '@leasehold/kernel';
import type { Disposition, Draft } from './draft.ts';

/**
 * @param tolerate `invalid`: what was asked cannot be done as it was said, such as limits that no backend takes; anything
 *   else is thrown. `everything`: nobody is there any more who could ask again.
 */
export function attempt(draft: Draft, tolerate: 'invalid' | 'everything', decide: () => Disposition): Disposition {
  const { state, waiting } = draft;
  const lists = [draft.outgoing, draft.reasons, draft.finished];
  const lengths = lists.map(({ length }) => length);
  try {
    return decide();
  } catch (error) {
    const fault = asFault(error);
    const isInvalid = fault.class === 'Invalid';
    if (!isInvalid && tolerate === 'invalid') throw error;
    draft.state = state;
    draft.waiting = waiting;
    for (const [at, list] of lists.entries()) list.length = lengths[at] as number;
    return { kind: 'refused', code: isInvalid ? 'invalid' : 'internal', message: fault.message };
  }
}
