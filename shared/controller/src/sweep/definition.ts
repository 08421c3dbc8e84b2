/**
 * What a service says of the sweep of its owners: which of them are looked at and for what, which names are theirs, and what becomes of a
 * finding.
 *
 * 1. All of it is pure; it is asked of summaries for thousands of owners at a time.
 */
import type { Goal, GraphNode, Ref } from '@leasehold/engine';
import type { Decision, OwnedRows, OwnedTypes } from '../model/decision.ts';
import type { SweepFound } from '../model/sweep.ts';

export interface SweepDefinition<T extends OwnedTypes> {
  /** What a look is for; undefined: not now. */
  goalOf(state: T['state']): Goal | undefined;
  /** Whoever is at work finds by itself what there is to find. */
  isAtRest(state: T['state']): boolean;
  /** What should be there. */
  graphOf(state: T['state'], context: T['context']): readonly GraphNode[];
  isFinished(summary: T['summary']): boolean;
  isAtWork(summary: T['summary']): boolean;
  /** Its access was seen withdrawn: that it still is, is looked at first. Absent: access is never withdrawn. */
  mayBeShutOff?(summary: T['summary']): boolean;
  /** The names that objects of a kind have by their owner; undefined: no owner has objects of that kind. */
  namesOf(kind: string): ((ownerId: string) => readonly string[]) | undefined;
  /** Whose an object is that carries our mark; undefined: it is another service's. */
  ownerOfMarked(ref: Ref): string | undefined;
  /** Absent: orphans are not looked for. */
  readonly orphans?: {
    /** Whose an object of such a name would be. */
    ownerOfName(kind: string, name: string): string | undefined;
    /** Whether it never was, or is no more. */
    isNobody(state: T['state']): boolean;
  };
  decideFound(rows: OwnedRows<T>, found: SweepFound, context: T['context']): Decision<T>;
}
