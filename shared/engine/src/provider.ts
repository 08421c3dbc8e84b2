/**
 * The provider contract: what the engine asks of a backend, and all it knows of one.
 *
 * P1. `observe` and `observeAll` change nothing.
 * P2. `plan` is pure and synchronous; an empty list means converged. After `ensure` with a plan's changes, a fresh
 *     `observe` plans empty (or the backend is eventually consistent and will soon).
 * P3. `ensure` is idempotent: repeated after a lost answer it ends in the same place.
 * P4. `delete` of what is absent is success. It removes only what carries our mark for this tenant.
 * P5. What exists under the name without our mark is never changed, adopted or deleted, but for `adopt`.
 */
import type { Bound, Clock, JsonObject, Log, Span } from '@leasehold/kernel';
import type { ZodType } from 'zod';

/** Which object: its kind, its name on the backend, and the tenant generation that owns it. */
export interface Ref {
  readonly kind: string;
  readonly name: string;
  readonly tenantId: string;
  readonly generation: number;
  readonly tier: string;
}

/**
 * Whose the object is. `half-made`: no mark yet, but empty and as our own first step leaves it; it is adopted only
 * where the ledger holds our intent to make it.
 */
export type Mark = 'ours' | 'foreign' | 'none' | 'half-made';

export interface SeenBase {
  readonly mark: Mark;
  /** The generation in our mark, where the backend can hold one. */
  readonly generation?: number;
  /** It was made by others and adopted: what only making it anew could change, and can be borne, is a note and no change. */
  readonly adopted?: true;
  /** The tier and the tenant's name for people as the object tells them, if it does: defaults of an import, never a fact. */
  readonly tier?: string;
  readonly tenantName?: string;
  /** A finding worth telling that is no drift (a feature that this vendor lacks). */
  readonly notes?: readonly string[];
  /** What of others stands where something of ours belongs, for people, where the object's own name does not tell. */
  readonly inTheWay?: readonly string[];
}

export interface Absent {
  readonly absent: true;
  /** Why it cannot be made: what of others stands where it belongs, for people. */
  readonly inTheWay?: readonly string[];
}
export const ABSENT: Absent = { absent: true };
export const isAbsent = (seen: object): seen is Absent => 'absent' in seen;

/**
 * What making a change would destroy or weaken. `quota-below-use` waits for an operator's word even where an operator asked for
 * the quota; of `lower-quota` it is not known yet whether less is used (`Provider.measure`).
 */
export interface Weakening {
  readonly kind:
    | 'fewer-replicas'
    | 'less-durable'
    | 'shorter-retention'
    | 'versions-stop'
    | 'data-dropped'
    | 'others-rule'
    | 'weaker-isolation'
    | 'lower-quota'
    | 'quota-below-use';
  /** What it would do, for a person: follows "a repair would". */
  readonly would: string;
}

/** One difference between what is and what should be. `path` is a JSON pointer into the spec; values are for reading. */
export interface Change {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
  /** `settings` can be repaired at once; `data` was lost and is made anew only on an operator's word. */
  readonly weight: 'settings' | 'data';
  /** The plan names it; whether it is made all the same is the engine's to decide (consent.ts). */
  readonly weakens?: Weakening;
}

export interface Scope {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly span?: Span;
  /** Grows with every taker-over of the tenant's work: an older holder's effect can be told from a newer's. */
  readonly fence: number;
}

export interface ProviderBounds {
  /** A whole call of observe, ensure or delete; after it the call is aborted and counts as `Unavailable`. */
  readonly timeoutMs: Bound;
  /** Calls of this provider under way at once in one process. */
  readonly parallelism: Bound;
  /**
   * What one object costs against a named ceiling of the backend, and the ceiling of one cluster. A backend that tells
   * how much of it is taken, by others too, has `used` as last seen; both may be learnt by observing.
   */
  readonly ceiling:
    | { readonly name: string; readonly cost: number; readonly limit: Bound; readonly used?: number }
    | undefined;
  /** Calls that change something go one at a time over all replicas that share this name. */
  readonly lane?: string;
}

export type Outputs = JsonObject;

export interface Provider<Spec = unknown, Seen extends SeenBase = SeenBase> {
  readonly kind: string;
  /** The backend's name in settings, labels and switches. */
  readonly backend: string;
  /** True: loss of the object is loss of data (`DataLost`), never remade in silence. */
  readonly holdsData: boolean;
  /**
   * True: the spec has a field `access` (`granted` or `withdrawn`), and changes below the path `/access` are what suspending
   * and resuming a tenant comes to. A suspended tenant has nothing else repaired.
   */
  readonly hasAccess: boolean;
  /** True: a spec without the field means `granted`, and is left so: the kind has learnt access after tenants had been made. */
  readonly isGrantUnsaid?: true;
  /** True for an embedded backend, on disk rather than a real server. */
  readonly embedded: boolean;
  readonly spec: ZodType<Spec>;
  readonly bounds: ProviderBounds;
  observe(ref: Ref, scope: Scope): Promise<Seen | Absent>;
  /** Everything that carries our mark, in pages. */
  observeAll(scope: Scope): AsyncIterable<readonly [Ref, Seen]>;
  /** True: `observeAll` reads all objects in a few calls, whatever their number. */
  readonly observesInBulk?: boolean;
  /**
   * The names of all objects of the kind, whoever made them, in one listing; a name that is none of the contract's may be among
   * them. Absent: only `observeAll` tells what is there.
   */
  listNames?(scope: Scope): Promise<readonly string[]>;
  plan(ref: Ref, spec: Spec, seen: Seen | Absent): readonly Change[];
  /**
   * The same look with how much of its quotas is used, read only where a plan has a `lower-quota`: too dear for every look.
   * Changes nothing.
   */
  measure?(ref: Ref, seen: Seen, scope: Scope): Promise<Seen>;
  ensure(ref: Ref, spec: Spec, changes: readonly Change[], scope: Scope): Promise<Outputs>;
  delete(ref: Ref, scope: Scope): Promise<void>;
  /**
   * Puts our mark for this tenant on what exists under the name without one, and changes nothing else of it: on an operator's
   * word alone (P5). Ours already is success. Absent: what this kind has without our mark cannot be adopted.
   * @throws Conflict `NameTaken` where it is another tenant's, `GoneMeanwhile` where nothing is there.
   */
  adopt?(ref: Ref, spec: Spec, scope: Scope): Promise<void>;
  /**
   * Why what is there without our mark can never become what it should be as it is, in plain words; empty: it can. Pure. Only
   * what holds no data that must not be lost is made anew instead, empty, on a word of its own. Absent: everything can.
   */
  unfit?(ref: Ref, spec: Spec, seen: Seen): readonly string[];
}

/** A connection to one backend, shared by its providers: told apart so that health and breakers are per backend. */
export interface Backend {
  readonly name: string;
  readonly embedded: boolean;
  /** What it does not do for any tenant, in a clause: told once, where the backend is shown. */
  readonly lacks?: string;
  /** Rejects with `Unavailable` when the backend is away. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
