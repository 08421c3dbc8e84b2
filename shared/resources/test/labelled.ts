/**
 * Holds every raw call that passes to what each is measured by: a few lower-case words that say what it does, and whether it changes
 * something, without which a lost answer would be taken for nothing. For the option `around` of any backend.
 */
import { expect } from 'vitest';
import type { Around, CallName } from '../src/edge/caller.ts';

const LABEL = /^[a-z]+(-[a-z]+)*$/;
/** What calls that change nothing begin with. */
const READS = /^(read|list|find|ask|probe|describe|connect)\b/;

export function mustBeLabelled({ name, kind }: Pick<CallName, 'name' | 'kind'>): void {
  expect(name, 'the name of a call').toMatch(LABEL);
  expect(kind, `the kind of ${name}`).toBe(READS.test(name) ? 'read' : 'effect');
}

export const labelled: Around = (call, run) => {
  mustBeLabelled(call);
  return run();
};
