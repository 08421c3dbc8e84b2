/**
 * The routes that come with a controller as a caller meets them: over HTTP with a token, on the store room. Each answer is checked against
 * the schema that its route promises.
 *
 * 1. Nothing runs in the background: what a request begins stays begun.
 * 2. What was published on the bus, and how often what is due was asked to be looked at, is kept.
 */
import { type Bus, createCodec, type OutgoingMessage } from '@leasehold/bus';
import {
  createApp,
  createAuth,
  createMemoryIdempotencyStore,
  mintToken,
  notFound,
  type Role,
  type Route,
} from '@leasehold/http';
import { type Clock, seededRng, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { z } from 'zod';
import { createControl, SWITCHES } from '../src/control/control.ts';
import { createDeadLetters, type DeadLetters } from '../src/dead-letters/dead-letters.ts';
import { publishEventRoute } from '../src/http/event-routes.ts';
import { ownerRoutes } from '../src/http/owner-routes.ts';
import { exampleText } from '../src/http/parameters.ts';
import { serviceRoutes } from '../src/http/service-routes.ts';
import { decidePlainly } from '../src/intake/handle-event.ts';
import type { Controller } from '../src/start-controller.ts';
import { NAMES, SHELF, type ShelfTypes } from './shelf.ts';
import { EVENTS } from './shelf-events.ts';
import { openStoreroom, type Storeroom } from './storeroom.ts';

const SECRET = 'a secret of at least thirty-two characters';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
export interface As {
  readonly roles: readonly Role[];
  readonly tenantId?: string;
}

export interface Served {
  readonly room: Storeroom;
  readonly letters: DeadLetters;
  readonly bus: { kind: string; readonly sent: OutgoingMessage[] };
  readonly kicks: () => number;
  /** `GET /audit` below the base of the service, as `ops`, a platform-admin, or as somebody else. */
  ask(line: string, body?: unknown, as?: As): Promise<Answer>;
  close(): Promise<void>;
}

/** What the server bounds by time never runs out. */
const standing = (now: () => number): Clock => ({
  now,
  sleep: (_ms, end) =>
    new Promise((_, reject) => end?.addEventListener('abort', () => reject(end.reason), { once: true })),
});

function controllerOf(room: Storeroom, letters: DeadLetters): Controller<ShelfTypes> {
  const { ledger, clock } = room.world;
  const control = createControl({ names: NAMES, ledger, clock }, SWITCHES);
  const intake = {
    names: NAMES,
    events: EVENTS,
    codec: createCodec({ bus: { writerSchema: async () => ({ type: 'none' }) }, log: silentLog }),
    ledger,
    deadLetters: letters,
    relay: { drained: async () => undefined },
    decide: decidePlainly(room.owners),
    send: async () => undefined,
    clock,
    log: silentLog,
  };
  const redrives = { deadLetters: letters, control, intake, clock, log: silentLog };
  return { owners: room.owners, control, redrives } as unknown as Controller<ShelfTypes>;
}

const shelfRoutes = ({ world: { ledger } }: Storeroom, controller: Controller<ShelfTypes>): readonly Route[] =>
  ownerRoutes<ShelfTypes>({
    path: '/api/v1/storeroom/shelves',
    tag: 'Shelves',
    id: exampleText('acme.left', 'A shelf.'),
    definition: SHELF,
    controller,
    ledger,
    schema: z.strictObject({ id: z.string(), phase: z.string() }),
    view: ({ id, phase }) => ({ id, phase }),
    lookAgain: { command: { kind: 'look' }, asked: undefined },
  });

export async function openServed(): Promise<Served> {
  const room = await openStoreroom();
  const { ledger, clock } = room.world;
  const letters = createDeadLetters({ ledger, clock, names: NAMES });
  const bus: Served['bus'] = { kind: 'embedded', sent: [] };
  const publish = async (message: OutgoingMessage) => `id-${bus.sent.push(message)}`;
  let kicks = 0;
  const kick = () => {
    kicks += 1;
  };
  const still = standing(() => room.world.nowMs);
  const controller = controllerOf(room, letters);
  const app = createApp({
    title: 'T',
    version: '1.0.0',
    routes: [
      ...serviceRoutes<ShelfTypes>({
        base: '/api/v1/storeroom',
        definition: SHELF,
        controller,
        ledger,
        clock,
        backends: ['box', 'label'],
        tick: { kick },
        ownerIdSchema: z.string().max(40),
        requireOwner: async (id) => {
          if ((await room.state(id)).generation === 0) throw notFound();
        },
      }),
      ...shelfRoutes(room, controller),
      publishEventRoute({
        base: '/api/v1/storeroom',
        place: () => ({ bus: { ...bus, publish } as unknown as Bus, pulsarTenant: 'platformq' }),
        topics: [
          { name: 'shelf-opened-events', namespaces: ['system', 'global'], perTenant: true },
          { name: 'shelf-closed-events', namespaces: ['system'], perTenant: false },
        ],
        hears: (tenantId) => tenantId === 'acme',
        example: { topic: 'shelf-opened-events', body: { tenant_id: 'acme', shelf: 'left' } },
      }),
    ],
    auth: createAuth({ keys: { kind: 'secret', secret: SECRET }, clock: still }),
    clock: still,
    log: silentLog,
    metrics: silentMetrics,
    rng: seededRng(1),
    idempotency: createMemoryIdempotencyStore(still),
    health: () => true,
    ready: async () => ({ ready: true, backends: {} }),
    checkAnswers: true,
  });
  return {
    room,
    letters,
    bus,
    kicks: () => kicks,
    ask: async (line, body, as = { roles: ['platform-admin'] }) => {
      const [method, path] = line.split(' ') as [string, string];
      const token = await mintToken(SECRET, { sub: 'ops', ttlMs: 3_600_000, ...as }, clock);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const url = `http://served/api/v1/storeroom${path}`;
      const answer = await app.fetch(new Request(url, { method, headers, ...sent }));
      return { status: answer.status, body: (await answer.json()) as Answer['body'] };
    },
    close: () => room.close(),
  };
}
