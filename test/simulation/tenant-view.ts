/**
 * What the store says of each tenant, kept up to date commit by commit: the facts that invariants are judged by.
 */
import { parseTopic } from '@leasehold/contracts';
import type { Committed, World } from '@leasehold/testing/world';
import {
  CONTROL_PARTITION,
  type Command,
  type ControlState,
  isHeldByProtection,
  isStuckInRemoval,
  type Outgoing,
  readTenant,
  type TenantState,
  tenantOfPartition,
  tenantPartition,
  type WaitingMessage,
} from './service.ts';

export interface TenantView {
  readonly tenantId: string;
  readonly state: TenantState;
  readonly waiting: readonly WaitingMessage[];
  /** Something is still to be done here, as far as rows tell. */
  readonly busy: boolean;
}

export interface TenantCommit {
  readonly before: TenantView | undefined;
  readonly after: TenantView;
  readonly committed: Committed;
}

export interface TenantViews {
  readonly all: ReadonlyMap<string, TenantView>;
  /** Partitions of any kind with rows to publish or work to do. */
  readonly busy: ReadonlySet<string>;
  onCommit(listener: (commit: TenantCommit) => void): void;
}

/** Timers further away than this are no work that anybody waits for. */
const FAR_MS = 3_600_000;

export function watchTenants(world: World): TenantViews {
  const all = new Map<string, TenantView>();
  const busy = new Set<string>();
  const listeners: ((commit: TenantCommit) => void)[] = [];
  let openings = 0;
  const judge = (name: string, rows: Committed['partition']['rows'], view: Facts | undefined): boolean => {
    const isBusy = busyRows(rows, view, openings, world.now());
    if (isBusy) busy.add(name);
    else busy.delete(name);
    return isBusy;
  };
  /** What the brake held begins to be due when an operator opens it. */
  const opened = (rows: Committed['partition']['rows']) => {
    openings = openingsOf(rows.get('state')?.value);
    for (const view of all.values()) {
      const name = tenantPartition(view.tenantId);
      if (view.state.held) judge(name, world.store.partitions.get(name)?.rows ?? new Map(), view);
    }
  };
  world.store.onCommit((committed) => {
    const { partition: name } = committed.request;
    const { rows } = committed.partition;
    if (name === CONTROL_PARTITION) opened(rows);
    const tenantId = tenantOfPartition(name);
    if (tenantId === undefined) return void judge(name, rows, undefined);
    const before = all.get(tenantId);
    const facts = factsOf(committed, tenantId, before);
    const after: TenantView = { tenantId, ...facts, busy: judge(name, rows, facts) };
    all.set(tenantId, after);
    for (const listener of listeners) listener({ before, after, committed });
  });
  return { all, busy, onCommit: (listener) => void listeners.push(listener) };
}

type Facts = Pick<TenantView, 'state' | 'waiting'>;

/** How often an operator has opened the brake, by the record of the switches. */
export const openingsOf = (controlRow: string | undefined): number =>
  controlRow === undefined ? 0 : (JSON.parse(controlRow) as ControlState).brake.openings;

const isWaiting = (key: string): boolean => key.startsWith('waiting/');

/** Only what the commit has written is read again: parsing is most of what watching costs. */
function factsOf({ request, partition }: Committed, tenantId: string, before: TenantView | undefined): Facts {
  const texts = new Map<string, string>();
  if (!before || request.put.some(({ key }) => key === 'state'))
    texts.set('state', partition.rows.get('state')?.value ?? '{}');
  const sameWaiting = before && !request.put.some(({ key }) => isWaiting(key)) && !request.remove.some(isWaiting);
  if (!sameWaiting) for (const [key, { value }] of partition.rows) if (isWaiting(key)) texts.set(key, value);
  const read = readTenant(tenantId, { version: 0, rows: texts });
  return {
    state: texts.has('state') || !before ? read.state : before.state,
    waiting: sameWaiting ? before.waiting : read.waiting,
  };
}

/** Of a deletion is left what lost our mark, which changes by nothing of ours, and what waits for that to go. */
export const isLeftStanding = ({ phase, records, claim }: TenantState): boolean =>
  phase === 'deleting' &&
  claim === undefined &&
  records.some((record) => isStuckInRemoval(record) && isMarkLost(record)) &&
  records.every((record) => record.status !== 'deleting' && (record.status !== 'failed' || isMarkLost(record)));

/** Of a suspension is left what gives access and lost our mark: it is looked at again for as long as it takes. */
export const isAccessStanding = ({ phase, records, claim }: TenantState): boolean =>
  phase === 'suspended' &&
  claim === undefined &&
  records.some((record) => record.status === 'failed') &&
  records.every((record) => record.status !== 'failed' || isMarkLost(record));

const isMarkLost = ({ failure }: TenantState['records'][number]): boolean => failure?.code === 'MarkLost';

/**
 * What waits for an operator alone is at rest: a deletion that the brake or protection holds, and creations that wait for what
 * becomes of it.
 */
function busyRows(
  rows: Committed['partition']['rows'],
  view: Facts | undefined,
  openings: number,
  nowMs: number,
): boolean {
  const { held } = view?.state ?? {};
  const braked = held !== undefined && openings <= (held.openings ?? 0);
  const holds = braked || (view !== undefined && (isHeldByProtection(view.state) || isLeftStanding(view.state)));
  if (view?.waiting.some(({ code }) => !holds || code !== 'leaving')) return true;
  for (const [key, { value }] of rows) {
    if (key.startsWith('outbox/')) return true;
    if (!key.startsWith('timer/') || (holds && key === 'timer/wake')) continue;
    if (key === 'timer/work' && view && (isLeftStanding(view.state) || isAccessStanding(view.state))) continue;
    if ((JSON.parse(value) as { dueAtMs: number }).dueAtMs < nowMs + FAR_MS) return true;
  }
  return false;
}

/**
 * Whether messages of this topic are read at present: a tenant's own topics are closed while its access is withdrawn, and
 * what lies there waits with it. Nor are they read where their namespace never was ours by the ledger's word.
 */
export function isHeard(topic: string, tenants: ReadonlyMap<string, TenantView>): boolean {
  const tenant = tenants.get(parseTopic(topic)?.namespace ?? '');
  if (tenant === undefined) return true;
  const namespace = tenant.state.records.find(({ id }) => id === 'pulsar-namespace');
  return tenant.state.phase === 'active' && (namespace?.status !== 'failed' || namespace.born);
}

/** A row of the journal, as far as it is judged. */
export interface Journal {
  readonly at: number;
  readonly reasons: readonly { readonly code: string }[];
  readonly command?: Command;
  readonly actor?: { readonly subject?: string; readonly request_id?: string; readonly event?: string };
  readonly disposition?: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

const journals = new WeakMap<Committed, readonly Journal[]>();

/** What a commit wrote into its journal: read once for all who watch. */
export function journalOfCommit(committed: Committed): readonly Journal[] {
  let known = journals.get(committed);
  if (!known) {
    known = committed.request.put
      .filter(({ key }) => key.startsWith('journal/'))
      .map(({ value }) => JSON.parse(value) as Journal);
    journals.set(committed, known);
  }
  return known;
}

const outgoings = new WeakMap<Committed, readonly Outgoing[]>();

/** What a commit put into the outbox: read once for all who watch. */
export function outgoingOfCommit(committed: Committed): readonly Outgoing[] {
  let known = outgoings.get(committed);
  if (!known) {
    known = committed.request.put
      .filter(({ key }) => key.startsWith('outbox/'))
      .map(({ value }) => JSON.parse(value) as Outgoing);
    outgoings.set(committed, known);
  }
  return known;
}
