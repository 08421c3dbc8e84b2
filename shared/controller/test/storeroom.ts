/**
 * The store room: shelves on a real ledger whose backends are in memory, and runs of them. Time passes only where a test lets it.
 *
 * 1. Nothing is paused, frozen or full, and every call goes through, until a test says otherwise.
 * 2. An effect takes as long as `takesMs` says of its kind; it is there from its beginning on, and answered at its end.
 */
import { type Provider, RUN_BOUNDS } from '@leasehold/engine';
import { seededRng, silentLog } from '@leasehold/kernel';
import { type HandClock, handClock } from '@leasehold/testing/fakes/hand-clock';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend, type MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import type { EventSource, KeptMessage, Source } from '../src/model/index.ts';
import { type RunDeps, runOwner } from '../src/reconcile/run-owner.ts';
import { createOwners, type Outcome, type Owners } from '../src/rows/owners.ts';
import { BOX, type Command, LABEL, SHELF, type Shelf, type ShelfTypes, type World } from './shelf.ts';

export const ID = 'acme.left';
const LETTER: KeptMessage = { topic: 't', messageId: 'm', publishedAtMs: 0, payload: '', properties: {} };

export interface Running {
  readonly done: Promise<number | undefined>;
  ended: boolean;
}

export interface Storeroom {
  readonly world: TestLedger;
  readonly clock: HandClock;
  readonly owners: Owners<ShelfTypes>;
  readonly backend: MemoryBackend;
  readonly providers: Map<string, Provider>;
  takesMs: Readonly<Record<string, number>>;
  context(word?: string): World;
  /** A person asks, `ops` or who is named. */
  ask(command: Command, subject?: string, id?: string): Promise<Outcome<ShelfTypes>>;
  /** An event asks. */
  tell(command: Command, eventKey: string, word?: string, id?: string): Promise<Outcome<ShelfTypes>>;
  state(id?: string): Promise<Shelf>;
  /** The state as it is with something changed, whoever did it. */
  become(over: Partial<Shelf>, id?: string): Promise<void>;
  deps(over?: Partial<RunDeps<ShelfTypes>>): RunDeps<ShelfTypes>;
  /** A run begins. */
  begin(over?: Partial<RunDeps<ShelfTypes>>, signal?: AbortSignal): Running;
  /** Time passes until it has ended. */
  finish(run: Running): Promise<number | undefined>;
  /** Runs, each at the time that the one before it said, until nothing is left to do. */
  workOff(): Promise<void>;
  close(): Promise<void>;
}

export const restSource = (atMs: number, subject = 'ops'): Source => ({
  type: 'rest',
  subject,
  requestId: `r-${subject}`,
  atMs,
});
export const eventSource = (publishedAtMs: number, eventKey: string): EventSource => ({
  type: 'event',
  eventKey,
  publishedAtMs,
  letter: LETTER,
});

function slowly(provider: Provider, room: Pick<Storeroom, 'takesMs' | 'clock'>): Provider {
  const wait = async (signal: AbortSignal): Promise<void> => {
    const ms = room.takesMs[provider.kind];
    if (ms !== undefined) await room.clock.sleep(ms, signal);
  };
  return {
    ...provider,
    ensure: async (ref, spec, changes, scope) => {
      const answer = await provider.ensure(ref, spec, changes, scope);
      await wait(scope.signal);
      return answer;
    },
  };
}

export async function openStoreroom(): Promise<Storeroom> {
  const world = await openTestLedger();
  const clock = handClock(world);
  const backend = createMemoryBackend();
  const providers = new Map<string, Provider>();
  const context: Storeroom['context'] = (word) => ({ nowMs: world.nowMs, providers, word });
  const owners = createOwners(SHELF, { ledger: world.ledger, clock: world.clock, context });
  const deps: Storeroom['deps'] = (over = {}) => ({
    definition: SHELF,
    ledger: world.ledger,
    owners,
    context,
    providers,
    clock,
    callFor: (fence) => (_provider, _verb, call, signal) => call({ signal, clock, log: silentLog, fence }),
    paused: () => false,
    frozen: () => false,
    ceiling: () => undefined,
    holder: 'r1',
    rng: seededRng(1),
    log: silentLog,
    runBounds: RUN_BOUNDS,
    ending: () => false,
    frozenRecheckMs: 2_000,
    ...over,
  });
  const room: Storeroom = {
    world,
    clock,
    owners,
    backend,
    providers,
    takesMs: {},
    context,
    ask: (command, subject, id = ID) => owners.command(id, command, restSource(world.nowMs, subject), undefined),
    tell: (command, eventKey, word, id = ID) => owners.command(id, command, eventSource(world.nowMs, eventKey), word),
    state: async (id = ID) => (await owners.read(id)).state,
    become: async (over, id = ID) => {
      await owners.decide(id, (rows, now) =>
        SHELF.decideOutcomes({ ...rows, state: { ...rows.state, ...over } }, [], now),
      );
    },
    deps,
    begin: (over, signal = new AbortController().signal) => {
      const running = { ended: false };
      const done = runOwner(deps(over), ID, signal).finally(() => {
        running.ended = true;
      });
      // Who waits for it hears how it failed; until then nobody has to.
      done.catch(() => undefined);
      return Object.assign(running, { done });
    },
    finish: async (run) => {
      for (let turns = 0; turns < 200 && !run.ended; turns++) await clock.pass(turns === 0 ? 0 : 500);
      return run.done;
    },
    workOff: async () => {
      for (let runs = 0; runs < 10; runs++) {
        const againAtMs = await room.finish(room.begin());
        if (againAtMs === undefined) return;
        world.nowMs = Math.max(world.nowMs, againAtMs);
      }
    },
    close: () => world.close(),
  };
  for (const kind of [BOX, LABEL]) providers.set(kind, slowly(backend.provider(kind), room));
  return room;
}

/** Of the records, in the order of the graph. */
export const statusesOf = ({ records }: Pick<Shelf, 'records'>): readonly string[] =>
  records.map(({ status }) => status);
