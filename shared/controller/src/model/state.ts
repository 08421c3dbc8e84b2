/**
 * What the controller knows of the state of an owner, whatever else a service keeps in it: its graph with records, who works on
 * it, what is under way, and the serials that ids are made of.
 *
 * 1. Serials only grow: ids made of them are never made twice.
 * 2. A generation never goes back.
 */
import type { GraphNode, NodeRecord } from '@leasehold/engine';
import type { Trace } from './message.ts';

/** Whose a partition and the objects of its graph are: a tenant, or what else a service keeps for a tenant. */
export interface Owner {
  readonly type: string;
  readonly id: string;
  readonly tenantId: string;
}

/** One run of an owner's work towards a goal. */
export interface Operation<Kind extends string = string> {
  readonly id: string;
  readonly serial: number;
  readonly kind: Kind;
  readonly generation: number;
  readonly startedAtMs: number;
  readonly deadlineMs: number;
  readonly requestedBy?: string;
  /** Of what began it. */
  readonly trace?: Trace;
  readonly finishedAtMs?: number;
  readonly outcome?: 'completed' | 'failed' | 'superseded';
}

/** With what had become of each resource by then. */
export interface EndedOperation<Kind extends string = string> extends Operation<Kind> {
  readonly records: readonly NodeRecord[];
}

/** Who works on this owner now. Valid until its time, and fenced by its number after it. */
export interface Claim {
  readonly holder: string;
  readonly fence: number;
  readonly untilMs: number;
}

export interface Condition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionAtMs: number;
}

export interface Serials {
  readonly operation: number;
  readonly outgoing: number;
  readonly waiting: number;
  readonly journal: number;
}

/** Everything is to be looked at again. */
export interface Recheck {
  readonly acceptLoss: boolean;
  /** A look could not see everything, as something was paused: the next one is worth while then. */
  readonly notBeforeMs?: number;
  /** Only a replica that knows every kind of the owner fulfils it. */
  readonly byWhoKnowsAll?: true;
}

export interface OwnedState {
  readonly generation: number;
  readonly graph: readonly GraphNode[];
  readonly records: readonly NodeRecord[];
  readonly operation?: Operation;
  readonly recheck?: Recheck;
  readonly claim?: Claim;
  readonly fence: number;
  readonly serials: Serials;
  readonly conditions: readonly Condition[];
  readonly updatedAtMs: number;
}
