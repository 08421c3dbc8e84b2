/**
 * What the store says of each tenant, kept up to date commit by commit: the facts that invariants are judged by.
 */
import { parseTopic } from '@leasehold/contracts';
import type { Committed, World } from '@leasehold/testing/world';
import { type Outgoing, readTenant, type TenantState, tenantOfPartition, type WaitingMessage } from './service.ts';

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
  world.store.onCommit((committed) => {
    const { partition: name } = committed.request;
    const rows = committed.partition.rows;
    const isBusy = [...rows].some(([key, { value }]) => busyRow(key, value, world.now()));
    if (isBusy) busy.add(name);
    else busy.delete(name);
    const tenantId = tenantOfPartition(name);
    if (tenantId === undefined) return;
    const before = all.get(tenantId);
    const after: TenantView = { tenantId, ...factsOf(committed, tenantId, before), busy: isBusy };
    all.set(tenantId, after);
    for (const listener of listeners) listener({ before, after, committed });
  });
  return { all, busy, onCommit: (listener) => void listeners.push(listener) };
}

const isWaiting = (key: string): boolean => key.startsWith('waiting/');

/** Only what the commit has written is read again: parsing is most of what watching costs. */
function factsOf(
  { request, partition }: Committed,
  tenantId: string,
  before: TenantView | undefined,
): Pick<TenantView, 'state' | 'waiting'> {
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

function busyRow(key: string, value: string, nowMs: number): boolean {
  if (key.startsWith('outbox/') || key.startsWith('waiting/')) return true;
  return key.startsWith('timer/') && (JSON.parse(value) as { dueAtMs: number }).dueAtMs < nowMs + FAR_MS;
}

/**
 * Whether messages of this topic are read at present: a tenant's own topics are closed while its access is withdrawn, and
 * what lies there waits with it.
 */
export function isHeard(topic: string, tenants: ReadonlyMap<string, TenantView>): boolean {
  const tenant = tenants.get(parseTopic(topic)?.namespace ?? '');
  return tenant === undefined || tenant.state.phase === 'active';
}

/** What a commit put into the outbox. */
export const outgoingOfCommit = (committed: Committed): readonly Outgoing[] =>
  committed.request.put
    .filter(({ key }) => key.startsWith('outbox/'))
    .map(({ value }) => JSON.parse(value) as Outgoing);
