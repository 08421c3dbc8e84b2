/**
 * One call of a process to the world outside: what is asked of whom, how it may go wrong, and what it may change.
 */
import type { Doer } from './backend-table.ts';
import type { CallFaults } from './profile.ts';
import type { Detail } from './trace.ts';

export interface Call<T> {
  /** What is called: `store`, `bus`, or a backend's name. */
  readonly target: string;
  readonly op: string;
  readonly detail: Detail;
  readonly faults: CallFaults;
  /** After this long the caller gives up by itself. */
  readonly timeoutMs: number;
  /** Code of the `Unavailable` of this port. */
  readonly code: string;
  /** Changes nothing: a lost answer is then no unknown outcome. */
  readonly reads?: boolean;
  /** Requests of one line arrive in the order in which they were sent, but for those that arrive late. */
  readonly line?: string;
  /** The other end lives in this very process, and dies with it. */
  readonly inside?: boolean;
  /** The object that it may change; absent: none. */
  readonly aim?: Aim;
  readonly signal?: AbortSignal | undefined;
  /** What happens at the other end; what it throws is the answer. */
  run(): T;
}

/** What a request may change, and for whom. */
export interface Aim {
  readonly kind: string;
  readonly name: string;
  readonly by: Doer;
}
