/** The loops of a service, put together: events in, commits, runs, events out (Z1), their end (Z2), and nothing before the start (Z3). */
import {
  type Bus,
  type ConsumerOptions,
  createCodec,
  type IncomingMessage,
  type OutgoingMessage,
} from '@leasehold/bus';
import { seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Guard, HintOwner, Publish } from '@leasehold/runtime';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL, NAMES, SHELF, type ShelfTypes } from '../test/shelf.ts';
import { EVENTS, OPENED } from '../test/shelf-events.ts';
import { ID, openStoreroom, type Storeroom, statusesOf } from '../test/storeroom.ts';
import {
  CONTROLLER_BOUNDS,
  type Controller,
  type ControllerDeps,
  type ControllerOptions,
  createController,
  startController,
} from './start-controller.ts';

let room: Storeroom;
/** What happened, in order. */
let did: string[];
let told: unknown[];
let joined: HintOwner | undefined;
let publish: Publish | undefined;
let ups: (() => void)[];
let deliver: (message: Partial<IncomingMessage>) => void;
let running: Controller<ShelfTypes> | undefined;
beforeEach(async () => {
  room = await openStoreroom();
  [did, told, ups] = [[], [], []];
  joined = undefined;
  publish = undefined;
  running = undefined;
});
afterEach(async () => {
  if (running) await ended(running.close());
  await room.close();
});

/** Time passes until it has ended. */
async function ended(closing: Promise<void>): Promise<void> {
  let over = false;
  const end = closing.then(() => {
    over = true;
  });
  for (let turns = 0; turns < 50 && !over; turns++) await room.clock.pass(500);
  return end;
}
const pass = async (ms: number) => {
  for (let left = ms; left > 0; left -= 500) await room.clock.pass(500);
};

function fakeBus(): Bus {
  return {
    kind: 'simulated',
    publish: async ({ topic }: OutgoingMessage) => void did.push(`publish ${topic}`),
    subscribe: async ({ topic, subscription, window }: ConsumerOptions) => {
      did.push(`subscribe ${topic} as ${subscription} with ${window}`);
      const waiting: IncomingMessage[] = [];
      let wake = (): void => undefined;
      deliver = (message) => {
        waiting.push({
          topic,
          id: 'm1',
          properties: {},
          publishedAtMs: room.world.nowMs,
          ...message,
        } as IncomingMessage);
        wake();
      };
      return {
        topic,
        subscription,
        receive: async (signal?: AbortSignal) => {
          while (waiting.length === 0)
            await new Promise<void>((resolve, reject) => {
              wake = resolve;
              signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
            });
          return waiting.shift() as IncomingMessage;
        },
        ack: async ({ id }: IncomingMessage) => void did.push(`ack ${id}`),
        close: async () => void did.push('consumer closed'),
      };
    },
    writerSchema: async () => ({ type: 'none' }),
  } as unknown as Bus;
}

const depsOf = (over: Partial<ControllerDeps> = {}): ControllerDeps => {
  const bus = fakeBus();
  return {
    ledger: room.world.ledger,
    lanes: { of: () => expect.unreachable('nothing here has a lane') },
    relay: {
      nudge: (partition) => void did.push(`nudge ${partition}`),
      drained: async () => undefined,
      publishes: (service, by) => {
        did.push(`${service} publishes`);
        publish = by;
      },
    },
    tick: {
      kick: () => void did.push('kick'),
      join: (service, owner) => {
        did.push(`${service} joined`);
        joined = owner;
        return () => void did.push('tick left');
      },
    },
    providers: room.providers,
    guards: openGuards<Guard>([BOX, LABEL], ups),
    clock: room.clock,
    rng: seededRng(1),
    log: {
      ...silentLog,
      warn: (...line: readonly unknown[]) => void told.push(['warn', ...line]),
      debug: (...line: readonly unknown[]) => void told.push(['debug', ...line]),
    },
    metrics: silentMetrics,
    holder: 'me',
    bus,
    codec: createCodec({ bus, log: silentLog }),
    pulsarTenant: 'platformq',
    ...over,
  };
};
const options = (over: Partial<ControllerOptions<ShelfTypes>> = {}): ControllerOptions<ShelfTypes> => ({
  definition: SHELF,
  events: EVENTS,
  topics: [OPENED],
  context: room.context,
  ...over,
});
const body = { tenant_id: 'acme', event_id: 'e1', shelf: 'left', size_cm: 30 };
const tellOpened = () => deliver({ payload: Buffer.from(JSON.stringify(body)) });
const start = async (over: Partial<ControllerDeps> = {}, more: Partial<ControllerOptions<ShelfTypes>> = {}) => {
  running = await startController(options(more), depsOf(over));
  await pass(500);
  return running;
};

test('Z3: nothing is heard and nothing runs before the start', async () => {
  const created = createController(options(), depsOf());
  await pass(5_000);
  expect([did, joined]).toEqual([['storeroom publishes'], undefined]);
  running = await created.start();
  await pass(500);
  expect(did).toEqual(['storeroom publishes', 'storeroom joined', `subscribe ${OPENED} as storeroom with 100`]);
});

test('Z1: an event is decided, its owner worked on at once, and the event acked; no hint was needed', async () => {
  const { owners } = await start();
  tellOpened();
  await pass(1_000);
  expect(statusesOf((await owners.read(ID)).state)).toEqual(['ready', 'ready']);
  expect(did).toContain('ack m1');
});

test('what is in the outbox goes out by the service’s publisher', async () => {
  await start();
  const event = { kind: 'event', topic: 'shelf-changed-events', serial: 1, body: { tenant_id: 'acme', event_id: 'e' } };
  const row = { partition: NAMES.partitionOf(ID), key: 'outbox/1', value: JSON.stringify(event) };
  await publish?.(row as never, new AbortController().signal);
  expect(did.at(-1)).toBe('publish persistent://platformq/system/shelf-changed-events');
});

test('what others left undone is taken up by a hint, after the time that is left to them', async () => {
  await start();
  await room.ask({ kind: 'open', sizeCm: 30 });
  const partition = NAMES.partitionOf(ID);
  const now = await room.world.ledger.load(partition);
  const hint = { kind: 'outbox', dueAtMs: room.world.nowMs, version: 1, partition };
  const rows = { ...now, rows: new Map([['outbox/1', '{}']]) };
  expect([joined?.onDue(hint, rows), did.includes(`nudge ${partition}`)]).toEqual(['pending', false]);
  expect(joined?.onDue({ ...hint, dueAtMs: room.world.nowMs - 1_499 }, rows)).toBe('pending');
  expect(did).not.toContain(`nudge ${partition}`);
  expect(joined?.onDue({ ...hint, dueAtMs: room.world.nowMs - 1_500 }, rows)).toBe('pending');
  expect(did).toContain(`nudge ${partition}`);
});

test('where this process is the only one nothing is left to others', async () => {
  const { ledger } = room.world;
  await start({ ledger: { ...ledger, store: { ...ledger.store, exclusive: true } } });
  const hint = { kind: 'outbox', dueAtMs: room.world.nowMs, version: 1, partition: 'p' };
  joined?.onDue(hint, { version: 1, rows: new Map([['outbox/1', '{}']]) });
  expect(did).toContain('nudge p');
});

test('switches are read before anything begins; another replica’s change is heard of within seconds, and what is due looked at anew', async () => {
  const { control } = await start();
  expect(control.now().reconcile).toBe('running');
  const other = createController(options(), depsOf({ ledger: room.world.replica() }));
  await other.control.write({ reconcile: 'paused' });
  did.length = 0;
  await pass(2_500);
  expect([control.now().reconcile, did]).toEqual(['paused', ['kick']]);
});

test('while all work is paused an owner that is due is put aside with its hint, until the switches change', async () => {
  const { control, queue } = await start();
  await control.write({ reconcile: 'paused' });
  await room.ask({ kind: 'open', sizeCm: 30 });
  queue.add(ID);
  await pass(1_000);
  const partition = NAMES.partitionOf(ID);
  const hint = { kind: 'timer', dueAtMs: room.world.nowMs - 10_000, version: 1, partition };
  expect([joined?.onDue(hint, await room.world.ledger.load(partition)), joined?.isPutAside?.(hint)]).toEqual([
    'pending',
    true,
  ]);
  await control.write({ reconcile: 'running' });
  expect(joined?.isPutAside?.(hint)).toBe(false);
  expect(room.backend.calls).toEqual([]);
});

test('a store that is away at the start is no reason not to start: its switches are read as soon as it is there', async () => {
  const { ledger } = room.world;
  let isAway = true;
  const away = unavailable('the store is away', { code: 'StoreAway' });
  const load: typeof ledger.load = (...asked) => (isAway ? Promise.reject(away) : ledger.load(...asked));
  const store = {
    ...ledger.store,
    load: (...asked: Parameters<typeof ledger.store.load>) =>
      isAway ? Promise.reject(away) : ledger.store.load(...asked),
  };
  const { control } = await start({ ledger: { ...ledger, load, store } });
  expect([control.now().reconcile, did]).toEqual(['paused', expect.arrayContaining(['storeroom joined'])]);
  expect(told.filter((line) => (line as string[])[1] === 'the store is away')).toEqual([
    ['warn', 'the store is away', { error: away }],
    ['debug', 'the store is away', { error: away }],
  ]);
  isAway = false;
  await pass(2_500);
  expect(control.now().reconcile).toBe('running');
});

test('the first start on an empty store is kept: the audit is whole from then on', async () => {
  await start();
  const kept = (await room.world.ledger.store.load('storeroom/audit', [{ key: 'state' }])).rows.get('state');
  expect(JSON.parse(kept ?? '')).toMatchObject({ v: 1, empty: true });
});

test('a backend that is back wakes who waits for it', async () => {
  const { owners } = await start();
  room.backend.away.add(BOX);
  tellOpened();
  await pass(500);
  expect(statusesOf((await owners.read(ID)).state)).toEqual(['pending', 'pending']);
  room.backend.away.clear();
  ups[0]?.();
  await pass(500);
  expect(statusesOf((await owners.read(ID)).state)).toEqual(['ready', 'ready']);
});

test('what a service has beside its definition has its turn, sees what is decided, and ends with the rest', async () => {
  const seen: string[] = [];
  const decided: string[] = [];
  const created = createController(
    options({ onDecision: ({ state }, before) => void decided.push(`${before.phase} ${state.phase}`) }),
    depsOf(),
  );
  let turns = 0;
  running = await created.start({
    turns: [
      {
        every: CONTROLLER_BOUNDS.frozenRecheckMs,
        run: async () => {
          turns += 1;
        },
      },
    ],
    onSeen: ({ id, phase }) => void seen.push(`${id} ${phase}`),
    close: () => void did.push('beside closed'),
  });
  await pass(4_500);
  tellOpened();
  await pass(1_000);
  expect([turns >= 2, seen[0], decided[0]]).toEqual([true, 'acme.left open', 'none open']);
  await ended(running.close());
  running = undefined;
  expect(did).toContain('beside closed');
});

test('a service’s own switches and its own way to decide take the place of what comes with the controller', async () => {
  const asked: string[] = [];
  const given = createController(options(), depsOf()).control;
  const { control } = await start(
    {},
    {
      control: given,
      decide:
        ({ owners }) =>
        (ownerId, command, source, signal) => {
          asked.push(ownerId);
          return owners.command(ownerId, command, source, 'no room', signal);
        },
    },
  );
  tellOpened();
  await pass(500);
  expect([control === given, asked, (await room.state()).phase]).toEqual([true, [ID], 'none']);
});

test('an event that no release of ours can decide becomes a dead letter and is acked: it blocks nothing', async () => {
  const decide = () => () => Promise.reject(new TypeError('ours'));
  const { redrives } = await start({}, { decide });
  tellOpened();
  await pass(120_000);
  const { items } = await redrives.deadLetters.list({ limit: 5 });
  expect(items).toMatchObject([{ code: 'internal', tenantId: 'acme' }]);
  expect(did).toContain('ack m1');
});

test('Z2: at the end nothing new comes in, what runs ends, and after it nothing is heard of commits or switches', async () => {
  const { control } = await start();
  room.takesMs = { [BOX]: 3_000 };
  tellOpened();
  await pass(500);
  did.length = 0;
  await ended((running as Controller<ShelfTypes>).close());
  running = undefined;
  expect(did).toEqual(['consumer closed', 'tick left']);
  const { claim } = await room.state();
  expect([claim, room.backend.asked('make', LABEL)]).toEqual([undefined, 0]);
  did.length = 0;
  await control.write({ reconcile: 'paused' });
  await control.write({ reconcile: 'running' });
  await room.ask({ kind: 'open', sizeCm: 40 });
  for (const up of ups) up();
  await pass(5_000);
  expect([did, room.backend.asked('make', LABEL)]).toEqual([[], 0]);
});
