/**
 * A decision while it is being made: the state so far and what goes with it. Local to one pure function call; what leaves
 * is a `Decision` of values.
 */
import type { Limits, ProblemCode, Tier } from '@leasehold/contracts';
import type { Disposition as DispositionOf, KeptMessage, Outgoing, Serials, Trace } from '@leasehold/controller/model';
import { type GraphNode, patched } from '@leasehold/engine';
import { type Json, ownedId, type Reason, reason } from '@leasehold/kernel';
import type { WaitCode, WaitingMessage } from './command.ts';
import type { EndedOperation, TenantState } from './state.ts';

/** What decisions need of the world, as values and pure functions. */
export interface Context {
  readonly nowMs: number;
  readonly tier: (tier: Tier) => TierFacts;
  readonly graph: (tier: Tier, limits: Limits, tenantId: string) => readonly GraphNode[];
  /** Kinds whose backend is configured. */
  readonly kinds: ReadonlyMap<
    string,
    {
      readonly hasAccess: boolean;
      /** See `Provider`. */
      readonly isGrantUnsaid?: true;
      readonly holdsData?: boolean;
      /** The settings of a node as the kind reads them; undefined where it cannot. */
      readonly complete?: (spec: unknown) => unknown;
    }
  >;
  /**
   * The brake: whether one more deletion asked by an event may go on; if not, how often it had been opened by then. `unasked`:
   * when the event came there was nothing to take down, so it was not counted.
   */
  readonly brake: 'open' | 'unasked' | { readonly openings: number };
  /** How often an operator has opened the brake, as far as this process knows; 0 as long as it does not. */
  readonly brakeOpenings: number;
  readonly deletionsPaused: boolean;
  readonly bounds: DecisionBounds;
}

export interface TierFacts {
  readonly graceMs: number;
  readonly protected: boolean;
  /** `null` for the custom tier, whose limits come with the request. */
  readonly limits: Limits | null;
  /** Names what the tier's file makes of a tenant. */
  readonly blueprint: string;
}

export interface DecisionBounds {
  /** How long an operation may wait for a backend that is away. */
  readonly deadlineMs: number;
  /** How long a message waits for its tenant. */
  readonly waitMs: number;
  /** How long a tier change waits for the tier it starts from. */
  readonly staleMs: number;
  /** How long the end of a tenant is told. */
  readonly keepDeletedMs: number;
  /** How often a deletion that waits for an operator's word looks for it by itself; the word itself wakes it at once. */
  readonly heldRecheckMs: number;
  /** When a look that could not see everything is tried again. */
  readonly lookAgainMs: number;
  /** Messages that wait for one tenant, and what they hold as JSON, in bytes. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  /** Dead letters of waiting messages in one commit; the rest come with the next. */
  readonly lettersPerDecision: number;
}

export type Disposition = DispositionOf<WaitCode>;

export interface Draft {
  state: TenantState;
  readonly outgoing: Outgoing[];
  readonly reasons: Reason[];
  readonly finished: EndedOperation[];
  waiting: readonly WaitingMessage[];
  /** Of what is decided at present: an operation that begins carries it on. */
  trace: Trace | undefined;
}

export const openDraft = (state: TenantState, waiting: readonly WaitingMessage[], trace?: Trace): Draft => ({
  state,
  outgoing: [],
  reasons: [],
  finished: [],
  waiting,
  trace,
});

export const change = (
  draft: Draft,
  patch: { readonly [K in keyof TenantState]?: TenantState[K] | undefined },
): void => {
  draft.state = patched(draft.state, patch);
};

export const explain = (draft: Draft, code: string, message: string, data?: Reason['data']): void => {
  draft.reasons.push(reason(code, message, data));
};

export const takeSerial = (draft: Draft, which: keyof Serials): number => {
  const serial = draft.state.serials[which] + 1;
  change(draft, { serials: { ...draft.state.serials, [which]: serial } });
  return serial;
};

export const waitingSerial = (draft: Draft): number => takeSerial(draft, 'waiting');

/**
 * Publishes on a topic of `<pulsar tenant>/system`; the id is stable because the serial is part of the commit. The trace is that
 * of the operation under way.
 */
export function publish(draft: Draft, context: Context, topic: string, fields: Readonly<Record<string, Json>>): void {
  const serial = takeSerial(draft, 'outgoing');
  const { tenantId, operation } = draft.state;
  const trace = operation?.finishedAtMs === undefined ? operation?.trace : undefined;
  const body = {
    tenant_id: tenantId,
    timestamp: new Date(context.nowMs).toISOString(),
    event_id: ownedId('evt', tenantId, serial),
    ...fields,
  };
  draft.outgoing.push({ kind: 'event', topic, serial, body, ...(trace ? { trace } : {}) });
}

export function deadLetter(draft: Draft, letter: KeptMessage, code: ProblemCode, message: string): void {
  const serial = takeSerial(draft, 'outgoing');
  draft.outgoing.push({ kind: 'dead-letter', serial, letter, code, message, attempts: 1 });
}
