/**
 * What the specimen decides: a drawer of a tenant is opened with a size, changed, looked at again and closed. Pure. It is as small as
 * a service may be: one object, no grace, nothing that waits.
 */

import {
  type Decision,
  EMPTY_OWNED,
  isSweepable,
  type Outgoing,
  type OwnedRows,
  type OwnedState,
  type OwnerSummary,
  patchRecords,
  type Source,
  type SweepFound,
  withOperation,
  withRefusal,
} from '@leasehold/controller/model';
import { freshRecord, type GraphNode, goalDigest, type NodePatch, nextDueAtMs, type Provider } from '@leasehold/engine';
import { ownedId, type Reason, reason } from '@leasehold/kernel';

export interface Drawer extends OwnedState {
  readonly v: 1;
  readonly id: string;
  readonly phase: 'none' | 'open' | 'closing' | 'closed';
  readonly sizeGb: number;
}

export type Command =
  | { readonly kind: 'open'; readonly sizeGb: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'reconcile' };

export interface DrawerTypes {
  readonly state: Drawer;
  readonly summary: OwnerSummary;
  readonly command: Command;
  readonly waitCode: string;
  readonly context: { readonly nowMs: number; readonly providers: ReadonlyMap<string, Provider> };
  readonly asked: undefined;
}

type Rows = OwnedRows<DrawerTypes>;
type World = DrawerTypes['context'];

export const KIND = 'minio-bucket';
const DAY_MS = 24 * 3_600_000;
const NEVER = { temp: null, cache: null, logs: null, oldVersions: null, incompleteUploads: null };

export const emptyDrawer = (id: string): Drawer => ({ v: 1, id, phase: 'none', sizeGb: 0, ...EMPTY_OWNED });

export const tenantOf = (id: string): string => id.split('.')[0] as string;

export const nameOf = (id: string): string => `drawer-${id.replace('.', '-')}`;

const graphOf = (id: string, sizeGb: number): readonly GraphNode[] => [
  {
    id: KIND,
    kind: KIND,
    part: 'main',
    name: nameOf(id),
    spec: { versioning: 'suspended', lifecycleDays: NEVER, quotaBytes: sizeGb * 1024 ** 3 },
    dependsOn: [],
    // A drawer that somebody took away is put back, empty.
    remakeWhenLost: true,
  },
];

export const refOf = ({ id, generation }: Drawer, { kind, name }: Pick<GraphNode, 'kind' | 'name'>) => {
  return { kind, name, tenantId: tenantOf(id), generation, tier: 'drawer' };
};

export const stageOf = ({ phase, graph }: Pick<Drawer, 'phase' | 'graph'>) =>
  phase === 'open'
    ? { goal: 'converge' as const, graph }
    : phase === 'closing'
      ? { goal: 'remove' as const, graph }
      : undefined;

export function workDueAtMs(state: Drawer, { providers }: World): number | undefined {
  const stage = stageOf(state);
  if (!stage) return undefined;
  if (state.recheck && stage.goal !== 'remove') return 0;
  const records = new Map(state.records.map((record) => [record.id, record]));
  const digestOf = (node: GraphNode): string => goalDigest(node, refOf(state, node));
  return nextDueAtMs({ ...stage, records, providers, digestOf });
}

export function statusOf({ phase, records }: Pick<Drawer, 'phase' | 'records'>): string {
  if (phase === 'closed' || phase === 'none') return 'deleted';
  if (records.some(({ status }) => status === 'failed')) return 'failed';
  if (phase === 'closing') return 'deleting';
  return records.every(({ status }) => status === 'ready') ? 'completed' : 'provisioning';
}

export function decideCommand(rows: Rows, command: Command, source: Source, world: World): Decision<DrawerTypes> {
  const { state } = rows;
  const refused = (code: 'conflict' | 'not-found', message: string): Decision<DrawerTypes> => {
    const { state: after, outgoing } = withRefusal(state, source, code, message);
    return { ...conclude(rows, after, world, []), outgoing, disposition: { kind: 'refused', code, message } };
  };
  switch (command.kind) {
    case 'open': {
      if (state.phase === 'closing') return refused('conflict', 'the drawer is being closed');
      if (state.phase === 'open' && state.sizeGb === command.sizeGb)
        return { ...conclude(rows, state, world, []), disposition: { kind: 'repeat' } };
      const graph = graphOf(state.id, command.sizeGb);
      const isNew = state.phase !== 'open';
      const generation = isNew ? state.generation + 1 : state.generation;
      const records = isNew ? graph.map(freshRecord) : state.records;
      const opened: Drawer = { ...state, phase: 'open', sizeGb: command.sizeGb, graph, generation, records };
      return begin(rows, opened, isNew ? 'open' : 'resize', source, world);
    }
    case 'close':
      if (state.phase === 'none' || state.phase === 'closed') return refused('not-found', 'there is no such drawer');
      return begin(rows, { ...state, phase: 'closing' }, 'close', source, world);
    case 'reconcile':
      if (state.phase !== 'open') return refused('conflict', 'only an open drawer is looked at again');
      return begin(rows, { ...state, recheck: { acceptLoss: false } }, 'reconcile', source, world);
  }
}

function begin(rows: Rows, state: Drawer, kind: string, source: Source, world: World): Decision<DrawerTypes> {
  const { nowMs } = world;
  const begun = withOperation(state, state.id, { kind, startedAtMs: nowMs, deadlineMs: nowMs + DAY_MS, source });
  const decision = conclude(rows, begun.state, world, [reason('Asked', `${kind} was asked for`)]);
  return { ...decision, finished: [...begun.superseded, ...decision.finished] };
}

export const decideOutcomes = (rows: Rows, patches: readonly NodePatch[], world: World): Decision<DrawerTypes> =>
  conclude(rows, { ...rows.state, records: patchRecords(rows.state.records, patches) }, world, []);

export function decideRunEnd(rows: Rows, end: string, world: World): Decision<DrawerTypes> {
  const { claim: _claim, recheck, ...rest } = rows.state;
  const kept = recheck && end !== 'whole' ? { recheck } : {};
  return conclude(rows, { ...rest, ...kept }, world, []);
}

export const isAtRest = (state: Drawer): boolean =>
  statusOf(state) === 'completed' && state.operation?.finishedAtMs !== undefined && !state.claim && !state.recheck;

/** Of what a sweep found a run looks again, where it is at rest still. */
export function decideFound(rows: Rows, { ids, lookedAtMs }: SweepFound, world: World): Decision<DrawerTypes> {
  const { state } = rows;
  const isFound = state.records.some((record) => ids.includes(record.id) && isSweepable(record, lookedAtMs));
  if (!isFound || !isAtRest(state)) return { ...conclude(rows, state, world, []), disposition: { kind: 'repeat' } };
  const source: Source = { type: 'rest', subject: 'sweep', requestId: 'sweep', atMs: world.nowMs };
  return begin(rows, { ...state, recheck: { acceptLoss: false } }, 'reconcile', source, world);
}

/** What follows from the state by itself: the end of a closing and of an operation, and that it is told. */
function conclude(rows: Rows, decided: Drawer, world: World, reasons: readonly Reason[]): Decision<DrawerTypes> {
  const isGone = decided.phase === 'closing' && decided.records.every(({ status }) => status === 'deleted');
  let state: Drawer = isGone ? { ...decided, phase: 'closed', graph: [] } : decided;
  const workAtMs = workDueAtMs(state, world);
  const { operation } = state;
  const outgoing: Outgoing[] = [];
  if (operation && operation.finishedAtMs === undefined && workAtMs === undefined) {
    const outcome = statusOf(state) === 'failed' ? ('failed' as const) : ('completed' as const);
    const serial = state.serials.outgoing + 1;
    const ended = { ...operation, finishedAtMs: world.nowMs, outcome };
    state = { ...state, operation: ended, serials: { ...state.serials, outgoing: serial } };
    outgoing.push({
      kind: 'event',
      topic: 'drawer-changed-events',
      serial,
      body: { tenant_id: tenantOf(state.id), event_id: ownedId('evt', state.id, serial), outcome },
    });
  }
  const finished =
    state.operation && state.operation !== operation ? [{ ...state.operation, records: state.records }] : [];
  return {
    state: { ...state, updatedAtMs: world.nowMs },
    waiting: rows.waiting,
    outgoing,
    reasons: finished.length > 0 ? [...reasons, reason('Ended', `the operation ended: ${statusOf(state)}`)] : reasons,
    finished,
    disposition: { kind: 'applied' },
    workAtMs,
    wakeAtMs: undefined,
  };
}
