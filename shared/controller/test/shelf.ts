/**
 * What the tests of this package keep: shelves of a tenant, each of a box and of a label that is put on the box. Pure.
 *
 * 1. A shelf is opened with a size, looked at again and closed, at once or after a while: every path of the controller has a decision
 *    that takes it, and none has more than that.
 * 2. What is refused says why: `conflict`, or `not-found` where there is no shelf.
 */
import { freshRecord, type GraphNode, goalDigest, type NodePatch, nextDueAtMs, type Provider } from '@leasehold/engine';
import { ownedId, type Reason, reason } from '@leasehold/kernel';
import {
  type Decision,
  EMPTY_OWNED,
  type Outgoing,
  type OwnedRows,
  type OwnedState,
  type OwnerSummary,
  patchRecords,
  type Source,
  withOperation,
  withRefusal,
} from '../src/model/index.ts';
import type { WorkDefinition } from '../src/reconcile/definition.ts';
import { serviceNames } from '../src/rows/names.ts';

export interface Shelf extends OwnedState {
  readonly v: 1;
  readonly id: string;
  readonly phase: 'none' | 'open' | 'closing' | 'closed';
  readonly sizeCm: number;
  readonly closesAtMs?: number;
}

export type Command =
  | { readonly kind: 'open'; readonly sizeCm: number; readonly by?: string }
  | { readonly kind: 'close'; readonly afterMs?: number; readonly reason?: string }
  | { readonly kind: 'look' };

export interface ShelfTypes {
  readonly state: Shelf;
  readonly command: Command;
  readonly summary: OwnerSummary;
  readonly waitCode: 'not-open-yet';
  readonly context: {
    readonly nowMs: number;
    readonly providers: ReadonlyMap<string, Pick<Provider, 'hasAccess'>>;
    /** What was asked of others before. */
    readonly word?: string | undefined;
  };
  readonly asked: string | undefined;
}

export type Rows = OwnedRows<ShelfTypes>;
export type World = ShelfTypes['context'];
export type ShelfDecision = Decision<ShelfTypes>;

export const BOX = 'box';
export const LABEL = 'label';
const DAY_MS = 24 * 3_600_000;

/** `acme.left` is a shelf of the tenant `acme`. */
export const NAMES = serviceNames({
  service: 'storeroom',
  ownerType: 'shelf',
  tenantIdOf: (id) => id.split('.')[0] as string,
});

export const emptyShelf = (id: string): Shelf => ({ v: 1, id, phase: 'none', sizeCm: 0, ...EMPTY_OWNED });

const nodeOf = (id: string, kind: string, sizeCm: number, dependsOn: readonly string[]): GraphNode => ({
  id: kind,
  kind,
  part: 'main',
  name: `${kind}-${id.replace('.', '-')}`,
  spec: { sizeCm },
  dependsOn: [...dependsOn],
  remakeWhenLost: false,
});
const graphOf = (id: string, sizeCm: number): readonly GraphNode[] => [
  nodeOf(id, BOX, sizeCm, []),
  nodeOf(id, LABEL, sizeCm, [BOX]),
];

const refOf = ({ id, generation }: Shelf, { kind, name }: Pick<GraphNode, 'kind' | 'name'>) => ({
  kind,
  name,
  tenantId: NAMES.ownerOf(id).tenantId,
  generation,
  tier: 'shelf',
});

const stageOf = ({ phase, graph }: Shelf) =>
  phase === 'open'
    ? { goal: 'converge' as const, graph }
    : phase === 'closing'
      ? { goal: 'remove' as const, graph }
      : undefined;

function workDueAtMs(state: Shelf, { providers }: World): number | undefined {
  const stage = stageOf(state);
  if (!stage) return undefined;
  if (state.recheck) return state.recheck.notBeforeMs ?? 0;
  const records = new Map(state.records.map((record) => [record.id, record]));
  return nextDueAtMs({ ...stage, records, providers, digestOf: (node) => goalDigest(node, refOf(state, node)) });
}

function statusOf({ phase, records }: Pick<Shelf, 'phase' | 'records'>): string {
  if (phase === 'closed' || phase === 'none') return 'deleted';
  if (records.some(({ status }) => status === 'failed')) return 'failed';
  if (phase === 'closing') return 'deleting';
  return records.every(({ status }) => status === 'ready') ? 'completed' : 'provisioning';
}

function decideCommand(rows: Rows, command: Command, source: Source, world: World): ShelfDecision {
  const { state } = rows;
  const refused = (code: 'conflict' | 'not-found', message: string): ShelfDecision => {
    const { state: after, outgoing } = withRefusal(state, source, code, message);
    return { ...conclude(rows, after, world, []), outgoing, disposition: { kind: 'refused', code, message } };
  };
  switch (command.kind) {
    case 'open':
      if (state.phase === 'closing') return refused('conflict', 'the shelf is being closed');
      if (world.word === 'no room') return refused('conflict', 'there is no room');
      return open(rows, command, source, world);
    case 'close':
      if (state.phase !== 'open') return refused('not-found', 'there is no such shelf');
      return close(rows, command, source, world);
    case 'look':
      if (state.phase !== 'open') return refused('conflict', 'only an open shelf is looked at');
      return begin(rows, { ...state, recheck: { acceptLoss: false } }, 'look', source, world);
  }
}

function open(rows: Rows, { sizeCm }: Command & { kind: 'open' }, source: Source, world: World): ShelfDecision {
  const { state } = rows;
  if (state.phase === 'open' && state.sizeCm === sizeCm)
    return { ...conclude(rows, state, world, []), disposition: { kind: 'repeat' } };
  const graph = graphOf(state.id, sizeCm);
  const isNew = state.phase !== 'open';
  const generation = isNew ? state.generation + 1 : state.generation;
  const records = isNew ? graph.map(freshRecord) : state.records;
  const opened: Shelf = { ...state, phase: 'open', sizeCm, graph, generation, records };
  return begin(rows, opened, isNew ? 'open' : 'resize', source, world);
}

function close(rows: Rows, { afterMs }: Command & { kind: 'close' }, source: Source, world: World): ShelfDecision {
  const { state } = rows;
  if (afterMs === undefined) return begin(rows, { ...state, phase: 'closing' }, 'close', source, world);
  return conclude(rows, { ...state, closesAtMs: world.nowMs + afterMs }, world, [reason('Asked', 'it closes later')]);
}

function begin(rows: Rows, state: Shelf, kind: string, source: Source, world: World): ShelfDecision {
  const { nowMs } = world;
  const begun = withOperation(state, state.id, { kind, startedAtMs: nowMs, deadlineMs: nowMs + DAY_MS, source });
  const decision = conclude(rows, begun.state, world, [reason('Asked', `${kind} was asked for`)]);
  return { ...decision, finished: [...begun.superseded, ...decision.finished] };
}

/** The time that a closing was put off to has come. */
function decideWake(rows: Rows, world: World): ShelfDecision {
  const { closesAtMs, ...rest } = rows.state;
  if (closesAtMs === undefined || closesAtMs > world.nowMs) return conclude(rows, rows.state, world, []);
  return conclude(rows, { ...rest, phase: 'closing' }, world, [reason('Due', 'its time has come')]);
}

const decideOutcomes = (rows: Rows, patches: readonly NodePatch[], world: World): ShelfDecision =>
  conclude(rows, { ...rows.state, records: patchRecords(rows.state.records, patches) }, world, []);

/** A wish to look stays until everything was looked at; where something was paused it waits two seconds. */
function decideRunEnd(rows: Rows, end: string, world: World): ShelfDecision {
  const { claim: _claim, recheck, ...rest } = rows.state;
  const later = end === 'partial' ? { notBeforeMs: world.nowMs + 2_000 } : {};
  const kept = recheck && end !== 'whole' ? { recheck: { ...recheck, ...later } } : {};
  return conclude(rows, { ...rest, ...kept }, world, []);
}

/** What follows from the state by itself: the end of a closing and of an operation, and that it is told. */
function conclude(rows: Rows, decided: Shelf, world: World, reasons: readonly Reason[]): ShelfDecision {
  const isGone = decided.phase === 'closing' && decided.records.every(({ status }) => status === 'deleted');
  let state: Shelf = isGone ? { ...decided, phase: 'closed', graph: [] } : decided;
  const workAtMs = workDueAtMs(state, world);
  const { operation } = state;
  const outgoing: Outgoing[] = [];
  if (operation && operation.finishedAtMs === undefined && workAtMs === undefined) {
    const outcome = statusOf(state) === 'failed' ? ('failed' as const) : ('completed' as const);
    const serial = state.serials.outgoing + 1;
    const ended = { ...operation, finishedAtMs: world.nowMs, outcome };
    state = { ...state, operation: ended, serials: { ...state.serials, outgoing: serial } };
    const body = { tenant_id: NAMES.ownerOf(state.id).tenantId, event_id: ownedId('evt', state.id, serial), outcome };
    outgoing.push({ kind: 'event', topic: 'shelf-changed-events', serial, body });
  }
  const isEnded = state.operation !== undefined && state.operation !== operation;
  return {
    state: { ...state, updatedAtMs: world.nowMs },
    waiting: rows.waiting,
    outgoing,
    reasons: isEnded ? [...reasons, reason('Ended', `the operation ended: ${statusOf(state)}`)] : reasons,
    finished: isEnded && state.operation ? [{ ...state.operation, records: state.records }] : [],
    disposition: { kind: 'applied' },
    workAtMs,
    wakeAtMs: state.closesAtMs,
  };
}

const isUnfinished = ({ operation }: Shelf): boolean => operation !== undefined && operation.finishedAtMs === undefined;

export const SHELF: WorkDefinition<ShelfTypes> = {
  names: NAMES,
  empty: emptyShelf,
  isKnown: ({ v }) => v === 1,
  isListed: ({ state }) => state.generation > 0,
  summaryOf: (state) => ({ status: statusOf(state) }),
  factsOf: (state) => (state.generation === 0 ? {} : { status: statusOf(state), size_cm: state.sizeCm }),
  decideCommand,
  decideWake,
  decideOutcomes,
  decideRunEnd,
  stageOf,
  workDueAtMs,
  goalKey: ({ generation, phase, sizeCm, operation }) => [generation, phase, sizeCm, operation?.id].join('/'),
  takesDown: ({ phase }) => phase === 'closing',
  refOf,
  isForeign: (kind) => kind !== BOX && kind !== LABEL,
  consentsOf: () => ({ acceptLoss: false, adopt: false, remake: false, consent: false }),
  isUrgent: (state) => isUnfinished(state) && state.operation?.kind === 'open',
  isLow: (state) => isUnfinished(state) && state.operation?.requestedBy === 'sweep',
};
