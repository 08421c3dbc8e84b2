/**
 * What a service says of the work on its owners: what a run should bring about, when there is some, and what comes of a run.
 *
 * 1. All of it is pure; the loops of the controller carry it out.
 */
import type { Goal, GraphNode, NodePatch, Ref, RunExtent } from '@leasehold/engine';
import type { Decision, OwnedRows, OwnedTypes } from '../model/decision.ts';
import type { OwnerDefinition } from '../rows/owners.ts';

/** What a run that begins now brings about. */
export interface Stage {
  readonly goal: Goal;
  readonly graph: readonly GraphNode[];
}

/** `superseded`: it did not look for the wish that stands now, as that came later or its time had not come. */
export type RunEnd = RunExtent | 'superseded';

/** What an operator gave a word for, until the operation that it was given for is complete. */
export interface Consents {
  readonly acceptLoss: boolean;
  readonly adopt: boolean;
  readonly remake: boolean;
  readonly consent: boolean;
}

export interface WorkDefinition<T extends OwnedTypes> extends OwnerDefinition<T> {
  /** Undefined: nothing, whatever is recorded. */
  stageOf(state: T['state'], context: T['context']): Stage | undefined;
  /** A time, possibly past; undefined: nothing is left to do. */
  workDueAtMs(state: T['state'], context: T['context']): number | undefined;
  /** What identifies the goal: while it is the same, a run that began for it may go on. */
  goalKey(state: T['state']): string;
  /** Whether the stage takes something down: deletions may be paused by themselves. */
  takesDown(state: T['state']): boolean;
  refOf(state: T['state'], node: Pick<GraphNode, 'kind' | 'name'>): Ref;
  /** Whether only another release knows the kind. */
  isForeign(kind: string): boolean;
  consentsOf(state: T['state']): Consents;
  decideOutcomes(rows: OwnedRows<T>, patches: readonly NodePatch[], context: T['context']): Decision<T>;
  decideRunEnd(rows: OwnedRows<T>, end: RunEnd, context: T['context']): Decision<T>;
  /** New owners, and what has to go at once. */
  isUrgent(state: T['state']): boolean;
  /** What nobody waits for: new owners and what people ask of one go before it. */
  isLow(state: T['state']): boolean;
}
