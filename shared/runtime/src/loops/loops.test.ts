/**
 * All loops together as a tiny service, two replicas of it, in worlds that lose, delay, repeat and crash: what each loop
 * promises must still give one effect for each message, and leave nothing behind.
 */
import type { Bus, IncomingMessage } from '@leasehold/bus';
import { bound, type Clock } from '@leasehold/kernel';
import { createLedger, type Ledger, type Snapshot, type Update } from '@leasehold/store';
import {
  createSimBus,
  createSimStore,
  createWorld,
  PROFILE_NAMES,
  type Process,
  type ProfileName,
  type World,
} from '@leasehold/testing/world';
import { expect, test } from 'vitest';
import { startConsumers } from './consumers.ts';
import type { Lane } from './lane.port.ts';
import { createLane } from './lane.ts';
import type { Relay } from './relay.port.ts';
import { createRelay } from './relay.ts';
import { createTick } from './tick.ts';
import { createWorkQueue } from './work-queue.ts';

const IN = 'persistent://platformq/system/in';
const OUT = 'persistent://platformq/system/out';
const MESSAGES = 40;
const TENANTS = 5;
const SEEDS = 12;
const HOUR_MS = 3_600_000;

interface State {
  readonly count: number;
  readonly rung: number;
}

const stateOf = (rows: ReadonlyMap<string, string>): State =>
  JSON.parse(rows.get('state') ?? '{"count":0,"rung":0}') as State;

interface Serial {
  fence: number;
  inside: number;
  worst: number;
}

/** Takes a partition's timers away, alone over all replicas. */
const createBell =
  (process: Process, ledger: Ledger, lane: Lane, serial: Serial) =>
  (partition: string, signal: AbortSignal): Promise<void> =>
    lane.run(async (fence, inner) => {
      serial.inside += 1;
      serial.worst = Math.max(serial.worst, serial.inside);
      serial.fence = Math.max(serial.fence, fence);
      await process.clock.sleep(50, inner).finally(() => {
        serial.inside -= 1;
      });
      await ledger.update(partition, ({ rows }) => {
        const due = [...rows.keys()].filter((key) => key.startsWith('timer/'));
        const state = stateOf(rows);
        const put = [{ key: 'state', value: JSON.stringify({ ...state, rung: state.rung + due.length }) }];
        return due.length === 0 ? { result: undefined } : { put, remove: due, result: undefined };
      });
    }, signal);

async function count(
  { ledger, relay, clock }: { readonly ledger: Ledger; readonly relay: Relay; readonly clock: Clock },
  partition: string,
  message: IncomingMessage,
): Promise<{ outcome: string }> {
  const inbox = `inbox/${message.id}`;
  const decide = ({ rows }: Snapshot): Update<string> => {
    const known = rows.get(inbox);
    if (known !== undefined) return { result: known };
    const state = stateOf(rows);
    const serialKey = String(state.count + 1).padStart(6, '0');
    const put = [
      { key: 'state', value: JSON.stringify({ ...state, count: state.count + 1 }) },
      { key: inbox, value: `outbox/${serialKey}` },
      { key: `outbox/${serialKey}`, value: message.id },
      { key: `timer/${serialKey}`, value: JSON.stringify({ dueAtMs: clock.now() + 3_000 }) },
    ];
    return { put, result: `outbox/${serialKey}` };
  };
  const key = await ledger.update(partition, decide, { need: [inbox] });
  // As for a dead letter: acked only when what it gave rise to is on the bus.
  if (message.payload[0] === 0) await relay.drained(partition, key);
  return { outcome: 'counted' };
}

/** Counts each message once, announces it, and rings a bell for it later, alone over all replicas. */
function startService(process: Process, serial: Serial): void {
  const { clock, rng, log } = process;
  const store = createSimStore(process);
  const bus: Bus = createSimBus(process);
  const ledger = createLedger({ store, clock, rng: rng.fork('ledger'), writer: process.name, log });
  const lane = createLane({
    leases: store.leases,
    name: 'bell',
    holder: process.name,
    clock,
    rng: rng.fork('lane'),
    log,
  });
  const ring = createBell(process, ledger, lane, serial);
  const queue = createWorkQueue({
    ...{ clock, rng: rng.fork('queue'), log },
    parallelism: bound('work', 4),
    capacity: bound('keys', 1_000),
    work: async (partition, signal) => {
      await ring(partition, signal);
      return {};
    },
  });
  const relay = createRelay({
    ...{ ledger, clock, rng: rng.fork('relay'), log },
    parallelism: bound('partitions', 4),
    publisherOf:
      () =>
      async ({ partition, key, value }, signal) => {
        await bus.publish(
          { topic: OUT, key: partition, payload: Buffer.from(value), properties: { event_id: `${partition}/${key}` } },
          signal,
        );
      },
  });
  const has = ({ rows }: Snapshot, prefix: string): boolean => [...rows.keys()].some((key) => key.startsWith(prefix));
  createTick({
    ...{ store, ledger, clock, rng: rng.fork('tick'), log },
    everyMs: bound('tick', 2_000),
    bounds: { orphanMs: bound('orphan', 60_000) },
    onDue: ({ kind, partition }, snapshot) => {
      if (kind === 'outbox' && has(snapshot, 'outbox/')) relay.nudge(partition);
      else if (kind === 'timer' && has(snapshot, 'timer/')) queue.add(partition, { urgent: true });
      else return 'settled';
      return 'pending';
    },
  });
  const consumers = startConsumers({
    ...{ bus, clock, rng: rng.fork('consume'), log },
    subscription: 'counter',
    window: bound('window', 8),
    prepare: async (message) => {
      const partition = `t/${message.payload[0]}`;
      return { lane: partition, run: () => count({ ledger, relay, clock }, partition, message) };
    },
    onCannot: async (message, fault) => {
      process.world.violate('cannot', `${message.id}: ${fault.code} ${fault.message}`);
      return { outcome: 'lost' };
    },
  });
  void consumers.add(IN);
}

function total(world: World): State {
  const states = [...world.store.partitions.values()].map(({ rows }) =>
    stateOf(new Map([...rows].map(([key, { value }]) => [key, value]))),
  );
  return { count: states.reduce((sum, s) => sum + s.count, 0), rung: states.reduce((sum, s) => sum + s.rung, 0) };
}

const isQuiet = (world: World): boolean =>
  world.broker.topics.get(IN)?.length === MESSAGES &&
  world.broker.unacked(IN, 'counter') === 0 &&
  total(world).rung === MESSAGES &&
  world.store.hints.size === 0 &&
  [...world.store.partitions.values()].every(
    ({ rows }) => ![...rows.keys()].some((key) => /^(outbox|timer)\//.test(key)),
  );

async function play(seed: number, profile: ProfileName) {
  const world = createWorld(seed, profile);
  world.broker.subscription(IN, 'counter');
  world.broker.ensureTopic(OUT);
  const serial = { fence: 0, inside: 0, worst: 0 };
  for (let i = 0; i < MESSAGES; i++) {
    const payload = new Uint8Array([i % TENANTS, i]);
    world.schedule(i * 40, () => void world.broker.publish({ topic: IN, key: `k${i % 7}`, payload }, 'test'), false);
  }
  const first = world.process('r1');
  startService(first, serial);
  startService(world.process('r2'), serial);
  let kills = 0;
  if (world.profile.kills > 0) {
    const kill = () => {
      kills += 1;
      first.kill();
    };
    world.schedule(900, kill, false);
    world.schedule(1_500, () => startService(world.process('r3'), serial), false);
  }
  world.schedule(120_000, () => world.heal(), false);
  const announced = new Set<string | undefined>();
  world.broker.onPublish(({ topic, properties }) => void (topic === OUT && announced.add(properties.event_id)));
  const end = await world.run({ until: () => isQuiet(world), withinMs: 2 * HOUR_MS });
  return {
    end,
    violations: world.violations,
    count: total(world),
    announced: announced.size,
    serial,
    killed: world.profile.kills > 0,
    struck: world.faults.struck.length + kills,
  };
}

/** Store and bus fail in all but these; in the second only backends do, and there are none here. */
const FAULTLESS: readonly string[] = ['calm', 'takeover'];

test.each(PROFILE_NAMES)(
  'in a world that is %s each message has one effect, is announced, rings once and leaves nothing behind',
  async (profile) => {
    let faults = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { end, violations, count, announced, serial, killed, struck } = await play(seed, profile);
      faults += struck;
      const found = { seed, end, violations, count, announced };
      const expected = { count: MESSAGES, rung: MESSAGES };
      expect(found).toEqual({ seed, end: 'reached', violations: [], count: expected, announced: MESSAGES });
      // A killed process cannot count itself out.
      if (!killed) expect({ seed, worst: serial.worst }).toEqual({ seed, worst: 1 });
    }
    expect(faults > 0, 'faults struck').toBe(!FAULTLESS.includes(profile));
  },
);
