/**
 * The plan: for each node what would be done and why, from what is seen and what the ledger knows. Pure: what a dry run shows.
 *
 * N1. What lacks our mark is never changed or deleted, unless an operator has it adopted (unfit: made anew).
 * N2. What was complete once and is absent now is `lost` if it held data, unless its remaking is allowed.
 * N3. Converged nodes are `keep`; planning again after the plan was carried out gives only `keep`.
 * N4. A suspended tenant has only its access withdrawn; it is so when the object is seen without, whatever mark it has by then.
 * N5. What is as it should be counts only when no earlier call can still overwrite it, or make again what was deleted.
 * N6. For taking down, absence counts only after the backend was told to delete it: a replica that is behind may answer a look.
 * N7. What would destroy or weaken, and what others set back each time, is left until its word or time comes (consent.ts).
 * N8. What we made and what lacks our mark by now is left and told; taking down ends when it changes, or on an operator's word.
 * N9. What an earlier generation left behind is none of this one's: no new tenant finds the data of the one before.
 */
import { bound, type Reason, reason } from '@leasehold/kernel';
import { describeLeft, divide } from './consent.ts';
import { dampedUntilMs, isDamped } from './fight.ts';
import type { GraphNode } from './graph.ts';
import { type Absent, type Change, isAbsent, type Provider, type Ref, type SeenBase } from './provider.ts';
import type { LeftChange, NodeRecord } from './record.ts';

export type Goal = 'converge' | 'access' | 'remove';

export type Action =
  | 'create'
  | 'update'
  | 'keep'
  | 'delete'
  | 'gone'
  | 'not-ours'
  | 'refuse'
  | 'lost'
  | 'wait'
  | 'skip';

export interface NodePlan {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly action: Action;
  readonly changes: readonly Change[];
  readonly dependsOn: readonly string[];
  readonly reason: Reason;
  /** What is there is marked as ours first, on an operator's word; `changes` are what is then left to do. */
  readonly adopts?: true;
  /** Differences that are left as they are. */
  readonly left?: readonly LeftChange[];
  /** For `wait`: when it is worth looking again. */
  readonly atMs?: number;
}

export interface PlanInput {
  readonly node: GraphNode;
  readonly ref: Ref;
  readonly provider: Provider | undefined;
  readonly seen: SeenBase | Absent | undefined;
  readonly record: NodeRecord;
  readonly goal: Goal;
  readonly nowMs: number;
  /** An operator's word that lost data may be made anew, empty. */
  readonly acceptLoss: boolean;
  /** An operator's word that what has no mark may be adopted, where its kind can be. */
  readonly adopt?: boolean;
  /** An operator's word that what is unfit to be adopted is made anew, empty, where its kind holds no data. */
  readonly remake?: boolean;
  /** An operator's word that what destroys or weakens is made too. */
  readonly consent?: boolean;
  /** This look follows an effect of ours: what was asked for has been asked of the backend itself. */
  readonly afterEffect: boolean;
}

export function planNode(input: PlanInput): NodePlan {
  const { node, provider, seen } = input;
  if (!provider)
    return planned(input, 'skip', reason('BackendNotConfigured', `no backend is configured for ${node.kind}`));
  if (!seen) throw new RangeError(`${node.id} was planned before it was observed`);
  const owned = isAbsent(seen) ? false : isOurs(seen, input);
  if (input.goal === 'remove') return planRemoval(input, seen, owned);
  if (isAbsent(seen)) return planAbsent(input, provider, seen);
  if (input.goal === 'access')
    return planAccess(input, seen, provider.plan(input.ref, node.spec, asOurs(input, seen)), owned);
  if (!owned) return adoption(input, provider, seen) ?? refused(input, seen);
  if (isBlocked(seen)) return refused(input, seen);
  const changes = provider.plan(input.ref, node.spec, seen);
  const { made, left } = divide({ ...input, provider, seen, consent: input.consent ?? false }, changes);
  if (made.length === 0) return maySettleOtherwise(input) ?? withLeft(planned(input, 'keep', whyKept(left)), left);
  if (input.record.born && made.some((change) => change.weight === 'data') && !mayRemake(input))
    return planned(input, 'lost', reason('DataLost', `part of its data is gone: ${describe(made)}`), made);
  return withLeft(planned(input, 'update', reason('Drifted', describe(made)), made), left);
}

/** Something of others is where something of ours belongs: no run can mend that. */
const isBlocked = ({ inTheWay = [] }: SeenBase | Absent): boolean => inTheWay.length > 0;

const withLeft = (plan: NodePlan, left: readonly LeftChange[]): NodePlan =>
  left.length === 0 ? plan : { ...plan, left };

function whyKept(left: readonly LeftChange[]): Reason {
  if (left.length === 0) return reason('Converged', 'is as it should be');
  return reason(left.some(({ why }) => why === 'consent') ? 'NeedsConsent' : 'RepairFight', describeLeft(left));
}

const mayRemake = (input: PlanInput): boolean => input.node.remakeWhenLost || input.acceptLoss;

/**
 * N1, `half-made`: a first step of ours that has no mark yet is ours only if the ledger says that we began. A mark of a
 * generation that the ledger has not given yet is none of ours, however often it is looked at.
 */
function isOurs(seen: SeenBase, input: PlanInput): boolean {
  if (seen.mark === 'half-made') return input.record.intent !== undefined;
  return seen.mark === 'ours' && !isOfLater(seen, input.ref) && !isOfEarlier(seen, input);
}

const isOfLater = (seen: SeenBase, ref: Ref): boolean => (seen.generation ?? 0) > ref.generation;

/** N9. What this generation has had complete itself is its own, whatever the mark says of the generation. */
const isOfEarlier = (seen: SeenBase, { record, ref }: PlanInput): boolean =>
  !record.born && (seen.generation ?? ref.generation) < ref.generation;

/** How long what is in the middle of a change of its own is left to that, before it is looked at again. */
const CHANGING = bound('access-look-again-ms', 10_000);

/** N4. A change of the whole says that there is nothing to be judged yet: the object is going. */
function planAccess(input: PlanInput, seen: SeenBase, all: readonly Change[], owned: boolean): NodePlan {
  const changes = all.filter(({ path }) => path.startsWith('/access'));
  const isWhole = all.some(({ path }) => path === '');
  if (isWhole) {
    const why = reason('AccessUnsettled', `whether it gives access is not to be seen yet: ${describe(all)}`);
    return { ...planned(input, 'wait', why), atMs: input.nowMs + CHANGING.value };
  }
  if (changes.length === 0)
    return maySettleOtherwise(input) ?? planned(input, 'keep', reason('Converged', 'is as it should be'));
  return owned
    ? planned(input, 'update', reason('Drifted', describe(changes)), changes)
    : planned(input, 'refuse', reason('MarkLost', `gives access and ${carries(input, seen)}: ${describe(changes)}`));
}

const asOurs = ({ ref }: PlanInput, seen: SeenBase): SeenBase => ({
  ...seen,
  mark: 'ours',
  generation: ref.generation,
});

function planAbsent(input: PlanInput, provider: Provider, seen: Absent): NodePlan {
  if (input.goal === 'access')
    return (
      maySettleOtherwise(input) ??
      planned(input, 'keep', reason('AbsentWhileSuspended', 'is absent, and nothing is made while suspended'))
    );
  const { record, node } = input;
  if (record.born && provider.holdsData && !mayRemake(input))
    return planned(input, 'lost', reason('DataLost', 'was complete once, held data and is gone'));
  if (isBlocked(seen)) return refused(input, seen);
  // What others take away each time is no more there than it is: it waits openly, and is made after the pause.
  if (record.born && isDamped(record, '', input.nowMs)) return awaitsPause(input);
  const why = record.born
    ? reason('Lost', 'was there and is gone; it is made again')
    : reason('Absent', 'does not exist yet');
  return planned(input, 'create', why, provider.plan(input.ref, node.spec, seen));
}

function awaitsPause(input: PlanInput): NodePlan {
  const left: LeftChange = { path: '', from: null, to: 'present', weight: 'settings', why: 'fight' };
  const wait = planned(input, 'wait', reason('RepairFight', 'others take it away each time it is made'));
  return { ...wait, atMs: dampedUntilMs(input.record, ''), left: [left] };
}

function planRemoval(input: PlanInput, seen: SeenBase | Absent, owned: boolean): NodePlan {
  const { record } = input;
  if (!isAbsent(seen))
    return owned
      ? planned(input, 'delete', reason('TenantLeaves', 'is ours and the tenant leaves'), marking(input, seen))
      : planUnmarked(input, seen);
  const wait = maySettleOtherwise(input);
  if (wait) return wait;
  if (!input.afterEffect && (record.born || record.intent))
    return planned(input, 'delete', reason('MayLinger', 'is not seen any more, and is deleted to be sure'));
  return planned(input, 'gone', reason('Absent', 'does not exist'));
}

/** N8. */
function planUnmarked(input: PlanInput, seen: SeenBase): NodePlan {
  if (!input.record.born && !input.record.intent)
    return planned(input, 'not-ours', reason('NotOurs', `exists ${withMark(seen, input.ref)} and stays`));
  const why = reason('MarkLost', `was made for this tenant, ${carries(input, seen)} and is left as it is`);
  return planned(input, 'refuse', why);
}

/** The generation in our mark, where it is not the one that is worked on. */
const otherGeneration = ({ mark, generation }: SeenBase, ref: Ref): number | undefined =>
  mark === 'ours' && generation !== ref.generation ? generation : undefined;

function withMark(seen: SeenBase, ref: Ref): string {
  const other = otherGeneration(seen, ref);
  return other === undefined ? 'without our mark' : `with the mark of generation ${other}`;
}

/** Of what was ours once. */
function carries({ ref }: PlanInput, seen: SeenBase): string {
  const other = otherGeneration(seen, ref);
  return other === undefined ? 'carries our mark no more' : `carries the mark of generation ${other}`;
}

/** N5: the wait for the last effect that may still come, if there is one. */
function maySettleOtherwise(input: PlanInput): NodePlan | undefined {
  const { settleAtMs } = input.record;
  if (settleAtMs === undefined || settleAtMs <= input.nowMs) return undefined;
  const why = reason('EffectPending', 'is as it should be, but an earlier call may still take effect');
  return { ...planned(input, 'wait', why), atMs: settleAtMs };
}

/** A provider deletes only what carries our mark: what we began without one is marked first, by the usual changes. */
const marking = (input: PlanInput, seen: SeenBase): readonly Change[] =>
  seen.mark === 'half-made' ? (input.provider?.plan(input.ref, input.node.spec, seen) ?? []) : [];

/** Planned as what it will be once it is ours, so that the changes are those that a run makes. */
function adoption(input: PlanInput, provider: Provider, seen: SeenBase): NodePlan | undefined {
  if (!input.adopt || !provider.adopt || seen.mark === 'foreign' || isOfLater(seen, input.ref)) return undefined;
  const { ref, node } = input;
  const faults = provider.unfit?.(ref, node.spec, seen) ?? [];
  if (faults.length > 0 && (provider.holdsData || !input.remake))
    return planned(input, 'refuse', notAdoptable(faults, provider, withMark(seen, ref)));
  const changes = provider.plan(ref, node.spec, { ...asOurs(input, seen), adopted: true });
  const consent = input.consent === true || faults.length > 0;
  const { made, left } = divide({ ...input, provider, seen, consent }, changes);
  const rest = [...(made.length === 0 ? [] : [describe(made)]), ...(left.length === 0 ? [] : [describeLeft(left)])];
  const word = faults.length > 0 ? 'is made anew, empty,' : 'is adopted';
  const told = rest.length === 0 ? 'nothing else differs' : rest.join('; ');
  const why = reason('Adopted', `exists ${withMark(seen, ref)} and ${word} on an operator's word; ${told}`);
  return withLeft({ ...planned(input, 'update', why, made), adopts: true }, left);
}

/** What is said of an object that an operator wants adopted and that cannot be. @param mark what is seen of our mark. */
export const notAdoptable = (
  faults: readonly string[],
  { holdsData }: Pick<Provider, 'holdsData'>,
  mark = 'without our mark',
): Reason =>
  reason(
    'NotAdoptable',
    `exists ${mark} and cannot be adopted: ${faults.join('; ')}; ${
      holdsData ? 'put it right or move it away by hand' : 'ask for it to be made anew (empty), or move it away by hand'
    }`,
  );

const refused = (input: PlanInput, seen: SeenBase | Absent): NodePlan =>
  planned(input, 'refuse', reason('NameTaken', whoseItIs(input, seen)));

function whoseItIs(input: PlanInput, seen: SeenBase | Absent): string {
  const { ref } = input;
  const { inTheWay = [] } = seen;
  if (isAbsent(seen) || inTheWay.length > 0)
    return `what is not this tenant's stands in its way: ${inTheWay.join(', ')}`;
  // The ledger has not given that generation: another mesh did, or this one before it lost its ledger.
  if (isOfLater(seen, ref))
    return `the name carries a mark of generation ${seen.generation}, and this tenant's is ${ref.generation}: another mesh has it, or the ledger has lost it (then import the tenant with that generation)`;
  if (isOfEarlier(seen, input))
    return `the name holds what generation ${seen.generation} of this tenant left behind: delete it by hand, or have it adopted`;
  return seen.mark === 'foreign'
    ? 'the name belongs to another owner'
    : 'the name exists without our mark; an operator has to decide';
}

const planned = (input: PlanInput, action: Action, why: Reason, changes: readonly Change[] = []): NodePlan => ({
  id: input.node.id,
  kind: input.node.kind,
  name: input.node.name,
  action,
  changes,
  dependsOn: input.node.dependsOn,
  reason: why,
});

const SHOWN_CHANGES = 3;

function describe(changes: readonly Change[]): string {
  const shown = changes.slice(0, SHOWN_CHANGES).map(({ path, from, to }) => `${path}: ${text(from)} -> ${text(to)}`);
  const more = changes.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}

const text = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));
