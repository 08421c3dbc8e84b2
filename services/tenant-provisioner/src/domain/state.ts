/**
 * Everything that is known of one tenant, in one value: what decisions read and what a commit writes. It carries a version,
 * so that two releases can run side by side.
 *
 * D1. A generation never goes back; a tombstone's time goes back only by a restore, to the one before.
 * D2. Serials only grow: ids made of them are never made twice.
 * D3. What a newer release has added to a value is kept as it is; a value of another version, phase or tier is not touched.
 */
import { type Limits, TIERS, type Tier } from '@leasehold/contracts';
import type {
  EndedOperation as EndedOperationOf,
  KeptMessage,
  Operation as OperationOf,
  OwnedState,
  Trace,
} from '@leasehold/controller/model';

/**
 * `none`: only waiting messages or nothing. `active`: should exist. `suspended`: exists, access withdrawn by an operator.
 * `leaving`: deletion asked for, suspended until the grace ends. `deleting`: being taken down. `gone`: a tombstone.
 */
const PHASES = ['none', 'active', 'suspended', 'leaving', 'deleting', 'gone'] as const;
export type Phase = (typeof PHASES)[number];

export type OperationKind =
  | 'provision'
  | 'tier-change'
  | 'blueprint-change'
  | 'suspend'
  | 'resume'
  | 'delete'
  | 'restore'
  | 'reconcile'
  | 'protect';

export type Operation = OperationOf<OperationKind>;
export type EndedOperation = EndedOperationOf<OperationKind>;

export interface Deletion {
  readonly askedAtMs: number;
  readonly graceUntilMs: number;
  readonly by?: string;
  readonly reason?: string;
  readonly forced: boolean;
  /** The suspension is still to be published: its access was not seen withdrawn yet. */
  readonly untold?: true;
  /** The tombstone of the generation before, which a restore brings back. */
  readonly earlierTombstoneAtMs?: number;
}

/** A deletion that the brake holds back for an operator. */
export interface HeldDeletion {
  readonly sinceMs: number;
  /** How often the brake had been opened before: a later opening releases it. */
  readonly openings?: number;
  readonly publishedAtMs: number;
  /** What becomes a dead letter if the tenant is protected by the time of the release. */
  readonly letter?: KeptMessage;
  readonly trace?: Trace;
  readonly eventKey: string;
  readonly by?: string;
  readonly reason?: string;
}

/** Which blueprint a tenant's graph was made of, and what the graph has beyond it. */
export interface BlueprintMark {
  readonly digest: string;
  /** Nodes that the blueprint does not name: they stay until the tenant leaves. */
  readonly kept?: readonly string[];
  /** Nodes that the blueprint does not name and that are taken down, on an operator's word. */
  readonly leaving?: readonly string[];
  /** The last rollout that has been here: an earlier one may not come after it. */
  readonly rollout?: RolloutVisit;
}

export interface RolloutVisit {
  readonly serial: number;
  /** Grows with each resumption that tries the tenant again. */
  readonly attempt: number;
  /** It began work, rather than finding everything as it should be. */
  readonly changed: boolean;
}

export interface TenantState extends OwnedState {
  readonly v: 1;
  readonly tenantId: string;
  readonly name: string;
  readonly tier: Tier;
  readonly limits: Limits | null;
  readonly phase: Phase;
  readonly protected: boolean;
  /** What a restore goes back to. */
  readonly suspendedByOperator: boolean;
  /** When the present generation was created, by its event's own word. */
  readonly createdAtMs: number;
  readonly requestedBy?: string;
  /** Absent: written by a release that did not tell blueprints apart. */
  readonly blueprint?: BlueprintMark;
  readonly operation?: Operation;
  /** The one that the creation of this generation began: the same creation again is the same operation. */
  readonly provisionOperationId?: string;
  readonly completedAtMs?: number;
  /** Completion is still to be published: set by a creation and by a tier change. */
  readonly announce: boolean;
  /** The operation whose failure has been published. */
  readonly failureTold?: string;
  readonly tombstoneAtMs?: number;
  readonly deletion?: Deletion;
  readonly held?: HeldDeletion;
  readonly endedAtMs?: number;
  /** What exists under its names without our mark is adopted, on an operator's word. */
  readonly adopt?: true;
  /** With `adopt`: what is unfit for that and holds no data is made anew, empty. */
  readonly remake?: true;
  /** What would destroy or weaken is made too, on an operator's word: until the operation that it was given for is complete. */
  readonly consent?: true;
}

/** D3. */
export const isKnownState = ({ v, phase, tier }: TenantState): boolean =>
  v === 1 && PHASES.includes(phase) && TIERS.includes(tier);

export const emptyState = (tenantId: string): TenantState => ({
  v: 1,
  tenantId,
  name: tenantId,
  tier: 'free',
  limits: null,
  generation: 0,
  phase: 'none',
  protected: false,
  suspendedByOperator: false,
  createdAtMs: 0,
  graph: [],
  records: [],
  announce: false,
  fence: 0,
  serials: { operation: 0, outgoing: 0, waiting: 0, journal: 0 },
  conditions: [],
  updatedAtMs: 0,
});
