/** Services beside each other over the loops of one process: each is asked about its own partitions, and about nobody else's. */
import { bound } from '@leasehold/kernel';
import { createLedger, type Ledger } from '@leasehold/store';
import { createSimStore, createWorld, type World } from '@leasehold/testing/world';
import { expect, test } from 'vitest';
import { createPlatformLoops, PLATFORM_BOUNDS, type PlatformLoops } from './loops.ts';

const SECOND_MS = 1_000;
const BOUNDS = {
  ...PLATFORM_BOUNDS,
  tickMs: bound('tick', 2 * SECOND_MS),
  tick: { orphanMs: bound('orphan', 5 * SECOND_MS) },
};

/** A process of the world, the loops that it has once, and what was published by which of its services. */
function startProcess(world: World, name: string) {
  const process = world.process(name);
  const { clock, rng, log } = process;
  const store = createSimStore(process);
  const ledger = createLedger({ store, clock, rng: rng.fork('ledger'), writer: name, log });
  const loops = createPlatformLoops({ ledger, clock, rng: rng.fork('loops'), log, holder: name, bounds: BOUNDS });
  return { process, ledger, loops };
}

interface Started {
  readonly ledger: Ledger;
  readonly loops: PlatformLoops;
}

/** Publishes what it finds in its partitions, found by its own commits and by hints. */
function startService({ loops }: Started, service: string, sent: string[], asked: string[] = []): () => void {
  loops.relay.publishes(service, async ({ partition, key }) => void sent.push(`${service}: ${partition} ${key}`));
  return loops.tick.join(service, {
    isPutAside: ({ partition }) => partition.endsWith('/aside'),
    onDue: ({ partition }, { rows }) => {
      asked.push(partition);
      if (![...rows.keys()].some((key) => key.startsWith('outbox/'))) return 'settled';
      loops.relay.nudge(partition);
      return 'pending';
    },
  });
}

const commit = (ledger: Ledger, partition: string): Promise<void> =>
  ledger.update(partition, () => ({ put: [{ key: 'outbox/1', value: '{}' }], result: undefined }));

const elapse = (world: World, ms: number): Promise<unknown> => world.run({ until: () => false, withinMs: ms });
const hinted = (world: World): readonly string[] => [...world.store.hints.values()].map(({ partition }) => partition);

test('PL1: of two services in a process each has its own rows published by itself, once', async () => {
  const world = createWorld(1, 'calm');
  const one = startProcess(world, 'r1');
  const sent: string[] = [];
  startService(one, 'tenant-provisioner', sent);
  startService(one, 'tenant', sent);
  void commit(one.ledger, 'tenant/a');
  void commit(one.ledger, 'tenant-provisioner/tenant/a');
  await elapse(world, 20 * SECOND_MS);
  expect(sent.toSorted()).toEqual([
    'tenant-provisioner: tenant-provisioner/tenant/a outbox/1',
    'tenant: tenant/a outbox/1',
  ]);
  expect(hinted(world)).toEqual([]);
});

test('PL1: rows and hints of a service that is not in this process wait for the process that has it', async () => {
  const world = createWorld(2, 'calm');
  const [one, other] = [startProcess(world, 'r1'), startProcess(world, 'r2')];
  const sent: string[] = [];
  const asked: string[] = [];
  startService(one, 'tenant-provisioner', sent, asked);
  void commit(one.ledger, 'scaler/policy/a');
  await elapse(world, 20 * SECOND_MS);
  expect([sent, asked, hinted(world)]).toEqual([[], [], ['scaler/policy/a']]);
  startService(other, 'scaler', sent, asked);
  await elapse(world, 20 * SECOND_MS);
  expect(sent).toEqual(['scaler: scaler/policy/a outbox/1']);
  expect(hinted(world)).toEqual([]);
});

test('PL2: nothing is looked for before a service has joined, and what waits for one that joins later is found at once', async () => {
  const world = createWorld(3, 'calm');
  const one = startProcess(world, 'r1');
  const sent: string[] = [];
  const asked: string[] = [];
  one.loops.tick.kick();
  void commit(one.ledger, 'scaler/policy/a');
  void commit(one.ledger, 'tenant-provisioner/aside');
  await elapse(world, SECOND_MS);
  expect(world.steps).toBeLessThan(40);
  const leave = startService(one, 'tenant-provisioner', sent, asked);
  await elapse(world, SECOND_MS / 2);
  startService(one, 'scaler', sent, asked);
  await elapse(world, SECOND_MS / 2);
  // The one that is put aside is not even looked at.
  expect([sent, asked[0]]).toEqual([['scaler: scaler/policy/a outbox/1'], 'scaler/policy/a']);
  expect(asked).not.toContain('tenant-provisioner/aside');
  leave();
  void commit(one.ledger, 'tenant-provisioner/b');
  await elapse(world, 20 * SECOND_MS);
  expect(asked).not.toContain('tenant-provisioner/b');
});

test('a service is in a process once', () => {
  const one = startProcess(createWorld(4, 'calm'), 'r1');
  startService(one, 'scaler', []);
  expect(() => one.loops.relay.publishes('scaler', async () => undefined)).toThrow('scaler has somebody already');
  expect(() => one.loops.tick.join('scaler', { onDue: () => 'settled' })).toThrow('scaler has somebody already');
});

test('PL3: closing sends what is under way, looks for nothing more and leaves no lease', async () => {
  const world = createWorld(5, 'calm');
  const one = startProcess(world, 'r1');
  const gate = Promise.withResolvers<void>();
  const sent: string[] = [];
  one.loops.relay.publishes('scaler', async ({ partition }) => {
    await gate.promise;
    sent.push(partition);
  });
  let asked = 0;
  const onDue = () => {
    asked += 1;
    return 'pending' as const;
  };
  one.loops.tick.join('scaler', { onDue });
  void one.loops.lanes.of('ddl').run(async () => undefined);
  void commit(one.ledger, 'scaler/policy/a');
  await elapse(world, SECOND_MS);
  let closed = false;
  void one.loops.close().then(() => {
    closed = true;
  });
  await elapse(world, SECOND_MS);
  expect([sent, closed]).toEqual([[], false]);
  const before = asked;
  gate.resolve();
  await elapse(world, 20 * SECOND_MS);
  expect([sent, closed, asked]).toEqual([['scaler/policy/a'], true, before]);
});

test('an announced commit that never comes is waited for as long as the process says', async () => {
  const world = createWorld(3, 'calm');
  const one = startProcess(world, 'r1');
  startService(one, 'tenant', []);
  const hint = { kind: 'outbox', dueAtMs: world.now(), partition: 'tenant/a', version: 1 };
  const nothing = { put: [], remove: [], entries: [] };
  world.store.writeHints({ partition: 'tenant/a', expectedVersion: 0, commitId: 'never', ...nothing, hints: [hint] });
  await elapse(world, 4 * SECOND_MS);
  expect(hinted(world)).toEqual(['tenant/a']);
  await elapse(world, 10 * SECOND_MS);
  expect(hinted(world)).toEqual([]);
});
