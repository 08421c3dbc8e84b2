/**
 * The simulated store, bus and provider keep the contracts that the real ones keep. The suites wait in real time, so the
 * world's time simply follows its events.
 */
import type { Bus } from '@leasehold/bus';
import type { Ref } from '@leasehold/engine';
import { busSuite } from '../suites/bus.ts';
import { type ProviderHarness, providerSuite } from '../suites/provider.ts';
import { storeSuite } from '../suites/store.ts';
import {
  createSimBus,
  createSimProvider,
  createSimStore,
  createWorld,
  type SimSeen,
  type SimSpec,
  type World,
} from './index.ts';

let worlds = 0;

function pumped(): { world: World; name: (what: string) => string; stop: () => void } {
  worlds += 1;
  let names = 0;
  const world = createWorld(worlds, 'calm');
  return {
    world,
    stop: world.pump(),
    name: (what) => {
      names += 1;
      return `${what}${names}`;
    },
  };
}

storeSuite('the simulated store', async () => {
  const { world, name, stop } = pumped();
  const connect = () => createSimStore(world.process(name('replica')));
  const clock = world.process(name('clock')).clock;
  return {
    store: connect(),
    reopen: async () => connect(),
    pass: (ms) => clock.sleep(ms),
    close: async () => stop(),
  };
});

busSuite('the simulated bus', { clients: 'many' }, async () => {
  const { world, name, stop } = pumped();
  const connect = async (): Promise<Bus> => createSimBus(world.process(name('client')));
  return {
    bus: await connect(),
    another: connect,
    reopen: connect,
    topic: (label: string) => `persistent://simulated/suite/${name(label)}`,
    cleanup: async () => stop(),
    largePayloadBytes: 1024 * 1024,
  };
});

type Harness = ProviderHarness<SimSpec, SimSeen>;

function harness(
  mark: 'first' | 'last',
  around: <T>(call: { readonly name: string }, run: () => Promise<T>) => Promise<T>,
): Harness {
  const { world, name, stop } = pumped();
  const client = world.process(name('client'));
  const provider = createSimProvider(
    { ...client, world, call: (call) => around({ name: call.op }, () => client.call(call)) },
    'thing',
    { backend: 'simulated', hasAccess: true, holdsData: true, mark },
  );
  const spec: SimSpec = { access: 'granted', size: 3, tags: ['a'], limits: { rate: 5 } };
  const target = (ref: Ref) => ({ backend: 'simulated', kind: 'thing', name: ref.name });
  const by = { process: 'tamperer', tenantId: '', generation: 0, fence: 0 };
  const { backends } = world;
  const dead = () => {
    const lonely = world.process(name('lonely'));
    const alone = createSimProvider(lonely, 'thing', { backend: 'away' });
    return { provider: alone, close: async () => undefined };
  };
  return {
    provider: provider,
    ref: (label) => ({ kind: 'thing', name: name(label), tenantId: 'acme', generation: 1, tier: 'free' }),
    spec,
    otherTier: { tier: 'starter', spec: { ...spec, size: 9 } },
    withdrawn: { ...spec, access: 'withdrawn' },
    drifts: [
      { path: '/size', weight: 'settings', tamper: async (ref) => backends.configure(target(ref), { size: 4 }, by, 0) },
      {
        path: '/tags',
        weight: 'settings',
        tamper: async (ref) => backends.configure(target(ref), { tags: [] }, by, 0),
      },
    ],
    makeForeign: async (ref) => backends.plant(target(ref), { theirs: true }),
    isForeignIntact: async (ref) => backends.object('thing', ref.name)?.settings['theirs'] === true,
    removeForeign: async (ref) => void backends.lose('thing', ref.name),
    ...(mark === 'last' ? { makeHalf: async (ref: Ref) => backends.create(target(ref), undefined, by, 0) } : {}),
    unmarked: {
      make: async (ref) => backends.plant(target(ref), { theirs: true }),
      isKept: async (ref) => backends.object('thing', ref.name)?.settings['theirs'] === true,
    },
    putData: async () => undefined,
    remains: async (ref) => (backends.object('thing', ref.name) ? [ref.name] : []),
    mute: async () => {
      world.outage('away', 'mute', 1_000_000);
      return dead();
    },
    refusing: async () => {
      world.outage('away', 'refusing', 1_000_000);
      return { ...dead(), restore: () => world.heal() };
    },
    cleanup: async () => stop(),
  };
}

providerSuite('a simulated object marked first', async (around) => harness('first', around));
providerSuite('a simulated object marked last', async (around) => harness('last', around));
