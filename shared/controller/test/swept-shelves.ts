/**
 * Shelves that are swept: the store room with the parts of a sweep over it. A box is seen in bulk, a label one by one; either is as it
 * should be when it says `right`, or nothing.
 *
 * 1. A sweep changes nothing on a backend: whatever a test lets run is done before `settle` has returned.
 * 2. Whom a sweep looks at again it asks as `sweep`; a shelf that is being closed is only looked at for access.
 * 3. What is counted, told in the log, queued and spent is kept.
 */
import type { Provider, SeenBase } from '@leasehold/engine';
import type { Log } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { createInventory } from '../src/inventory/inventory.ts';
import { runOwner } from '../src/reconcile/run-owner.ts';
import { SWEEP_BOUNDS } from '../src/sweep/bounds.ts';
import type { SweepDefinition } from '../src/sweep/definition.ts';
import type { SweepParts } from '../src/sweep/parts.ts';
import { BOX, LABEL, NAMES, SHELF, type Shelf, type ShelfTypes } from './shelf.ts';
import { openStoreroom, restSource, type Storeroom } from './storeroom.ts';

const nameOf = (kind: string, id: string): string => `${kind}-${id.replace('.', '-')}`;
const ownerOfName = (kind: string, name: string): string | undefined =>
  name.startsWith(`${kind}-`) ? name.slice(kind.length + 1).replace('-', '.') : undefined;

const isAtRest = ({ phase, claim, recheck, operation }: Shelf): boolean =>
  phase === 'open' && !claim && !recheck && (operation === undefined || operation.finishedAtMs !== undefined);

/** With orphans; a test may leave them out. */
export const SWEPT: SweepDefinition<ShelfTypes> = {
  goalOf: (state) => (isAtRest(state) ? 'converge' : state.phase === 'closing' ? 'access' : undefined),
  isAtRest,
  graphOf: ({ graph }) => graph,
  isFinished: ({ status }) => status === 'completed',
  isAtWork: ({ status }) => status === 'provisioning',
  mayBeShutOff: ({ status }) => status === 'deleting',
  namesOf: (kind) => (kind === BOX || kind === LABEL ? (id) => [nameOf(kind, id)] : undefined),
  ownerOfMarked: ({ kind, name }) => ownerOfName(kind, name),
  orphans: { ownerOfName, isNobody: ({ phase }) => phase === 'none' || phase === 'closed' },
  decideFound: (rows, _found, context) =>
    isAtRest(rows.state)
      ? SHELF.decideCommand(rows, { kind: 'look' }, restSource(context.nowMs, 'sweep'), context)
      : { ...SHELF.decideOutcomes(rows, [], context), disposition: { kind: 'repeat' } },
};

export interface Swept {
  readonly room: Storeroom;
  /** Listeners of backends that come back. */
  readonly up: (() => void)[];
  readonly paused: Set<string>;
  /** Metric, labels and number, in order. */
  readonly counted: string[];
  readonly orphans: unknown[];
  /** `level message`. */
  readonly logged: string[];
  readonly queued: (readonly [ownerId: string, options: object | undefined])[];
  /** Looks that were paid for. */
  readonly spent: () => number;
  parts(over?: Partial<SweepParts<ShelfTypes>>): SweepParts<ShelfTypes>;
  provider(kind: string): Provider;
  /** Opens a shelf, has it made, and lets a minute pass. */
  settle(...ids: readonly string[]): Promise<void>;
  /** An object is there and says this, whoever made it. */
  put(kind: string, id: string, value?: string, owner?: string): void;
  take(kind: string, id: string): void;
  /** Those of these shelves that the sweep wants looked at again. */
  wished(...ids: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

const planOf: Provider['plan'] = (_ref, _spec, seen) => {
  if ('absent' in seen) return [{ path: '', from: undefined, to: 'present', weight: 'data' }];
  const { value = 'right' } = seen as SeenBase & { readonly value?: string };
  return value === 'right' ? [] : [{ path: '/value', from: value, to: 'right', weight: 'settings' }];
};

/** 3. */
function createNotes() {
  const counted: string[] = [];
  const orphans: unknown[] = [];
  const logged: string[] = [];
  const queued: Swept['queued'][number][] = [];
  let spent = 0;
  const count = (metric: string) => ({
    inc: (labels: object, by = 1) => void counted.push(`${metric} ${Object.values(labels).join(' ')} ${by}`),
  });
  const write = (level: string) => (message: string) => void logged.push(`${level} ${message}`);
  const levels = ['debug', 'info', 'warn', 'error'].map((level) => [level, write(level)]);
  const noting = {
    log: Object.fromEntries(levels) as Log,
    metrics: {
      sweeps: count('sweeps'),
      sweepFindings: count('findings'),
      orphanResources: { replace: (rows: unknown) => void orphans.push(rows) },
    } as never as SweepParts<ShelfTypes>['metrics'],
    queue: { add: (ownerId: string, options?: object) => void queued.push([ownerId, options]) },
    budget: {
      spend: async () => {
        spent += 1;
      },
    },
  };
  return { counted, orphans, logged, queued, spent: () => spent, noting };
}

const controlOf = (paused: ReadonlySet<string>): SweepParts<ShelfTypes>['control'] => ({
  now: () => ({
    v: 1,
    reconcile: paused.has('reconcile') ? 'paused' : 'running',
    deletions: 'running',
    backends: Object.fromEntries([...paused].map((name) => [name, 'paused' as const])),
    updatedAtMs: 0,
  }),
});

async function settle(room: Storeroom, id: string): Promise<void> {
  const { signal } = new AbortController();
  await room.ask({ kind: 'open', sizeCm: 40 }, 'ops', id);
  for (let runs = 0; runs < 5; runs++) {
    const running = { ended: false };
    const done = runOwner(room.deps(), id, signal).finally(() => {
      running.ended = true;
    });
    const againAtMs = await room.finish(Object.assign(running, { done }));
    if (againAtMs === undefined) break;
    room.world.nowMs = Math.max(room.world.nowMs, againAtMs);
  }
}

export async function openSwept(): Promise<Swept> {
  const room = await openStoreroom();
  const { world, backend, clock } = room;
  for (const kind of [BOX, LABEL])
    room.providers.set(kind, backend.provider(kind, { observesInBulk: kind === BOX, plan: planOf }));
  const up: (() => void)[] = [];
  const paused = new Set<string>();
  const { noting, ...notes } = createNotes();
  const { store } = world.ledger;
  const inventory = createInventory<ShelfTypes['summary']>({ directory: NAMES.directory, store, clock });
  return {
    ...notes,
    room,
    up,
    paused,
    provider: (kind) => room.providers.get(kind) as Provider,
    parts: (over = {}) => ({
      ...noting,
      names: NAMES,
      work: SHELF,
      sweep: SWEPT,
      ledger: world.ledger,
      owners: room.owners,
      inventory: { ...inventory, whenRead: (signal) => inventory.count(signal) },
      context: room.context,
      control: controlOf(paused),
      providers: room.providers,
      guards: openGuards<Guard>(room.providers.keys(), up),
      clock,
      bounds: SWEEP_BOUNDS,
      ...over,
    }),
    settle: async (...ids) => {
      for (const id of ids) await settle(room, id);
      world.nowMs += 60_000;
      backend.calls.length = 0;
    },
    put: (kind, id, value = 'right', owner = NAMES.ownerOf(id).tenantId) => {
      backend.things.set(`${kind} ${nameOf(kind, id)}`, { owner, told: { value } });
    },
    take: (kind, id) => {
      backend.things.delete(`${kind} ${nameOf(kind, id)}`);
    },
    wished: async (...ids) => {
      const states = await Promise.all(ids.map((id) => room.state(id)));
      return states.flatMap(({ id, recheck }) => (recheck === undefined ? [] : [id]));
    },
    close: () => room.close(),
  };
}
