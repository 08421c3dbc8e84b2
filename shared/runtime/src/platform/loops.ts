/**
 * The loops that a process has once, whatever services are in it: relay, tick and lanes over its one ledger. Owns which service is asked
 * about a partition; leaves what is published and what is due to the services, and the loops themselves to `loops/`.
 *
 * PL1. A row or a hint is shown to the service whose partition it is in (owners.ts), and to no other. Those of a service that is not in
 *      this process are left alone: another process has it.
 * PL2. Nothing is looked for before the first service has joined, and at once when another one joins.
 * PL3. Closed after the services: what is being sent by then is sent, and no lease is left behind. The rest waits with its hints.
 */
import { type Bound, bound, type Clock, type Log, type Rng } from '@leasehold/kernel';
import type { MetricHandles } from '@leasehold/observability';
import type { DueHint, Ledger, Snapshot } from '@leasehold/store';
import { createLanes, type Lanes } from '../loops/lanes.ts';
import { createOwners } from '../loops/owners.ts';
import type { Publish, Relay } from '../loops/relay.port.ts';
import { createRelay } from '../loops/relay.ts';
import type { Tick, TickBounds } from '../loops/tick.port.ts';
import { createTick } from '../loops/tick.ts';

export interface PlatformBounds {
  /** How often the store is asked what is due. */
  readonly tickMs: Bound;
  /** How much one look takes at once, and how long it waits for a commit that was announced. */
  readonly tick?: Partial<TickBounds>;
  /** Partitions whose rows are published at once. */
  readonly relayParallelism: Bound;
}

export const PLATFORM_BOUNDS: PlatformBounds = {
  tickMs: bound('tick-ms', 1_000),
  relayParallelism: bound('relay-parallelism', 16),
};

/** How one service sees to its hints. */
export interface HintOwner {
  /** A hint that is not even to be looked at for now. */
  isPutAside?(hint: DueHint): boolean;
  /** Says whether the work that the hint stands for is still to do (and sets it going); synchronous. */
  onDue(hint: DueHint, snapshot: Snapshot): 'pending' | 'settled';
}

export interface PlatformLoops {
  readonly relay: Pick<Relay, 'nudge' | 'drained'> & {
    /** The rows `outbox/...` of the service's partitions go out by this. */
    publishes(service: string, publish: Publish): void;
  };
  readonly tick: Pick<Tick, 'kick'> & {
    /** The hints of the service's partitions are shown to it. @returns how to leave. */
    join(service: string, owner: HintOwner): () => void;
  };
  readonly lanes: Pick<Lanes, 'of'>;
}

export interface PlatformLoopsOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics?: Pick<MetricHandles, 'outboxPending'>;
  /** Unique for this process and this start of it. */
  readonly holder: string;
  readonly bounds?: PlatformBounds;
}

export function createPlatformLoops(options: PlatformLoopsOptions): PlatformLoops & { close(): Promise<void> } {
  const { ledger, clock, rng, log, holder, bounds = PLATFORM_BOUNDS } = options;
  const publishers = createOwners<Publish>('publishes its rows');
  const relay = createRelay({
    ledger,
    publisherOf: publishers.of,
    clock,
    rng: rng.fork('relay'),
    log,
    parallelism: bounds.relayParallelism,
    ...(options.metrics ? { metrics: options.metrics } : {}),
  });
  const lanes = createLanes({ leases: ledger.store.leases, holder, clock, rng: rng.fork('lanes'), log });
  const tick = createSharedTick(options, bounds);
  return {
    relay: {
      nudge: relay.nudge,
      drained: relay.drained,
      publishes: (service, publish) => void publishers.add(service, publish),
    },
    tick,
    lanes,
    close: async () => {
      await tick.close();
      await lanes.close();
      await relay.close();
    },
  };
}

/** PL2. */
function createSharedTick({ ledger, clock, rng, log }: PlatformLoopsOptions, bounds: PlatformBounds) {
  const owners = createOwners<HintOwner>('sees to its hints');
  const drawn = rng.fork('tick');
  let tick: Tick | undefined;
  const start = (): Tick =>
    createTick({
      store: ledger.store,
      ledger,
      clock,
      rng: drawn,
      log,
      everyMs: bounds.tickMs,
      ...(bounds.tick && { bounds: bounds.tick }),
      owns: (hint) => {
        const owner = owners.of(hint.partition);
        return owner !== undefined && !owner.isPutAside?.(hint);
      },
      onDue: (hint, now) => owners.of(hint.partition)?.onDue(hint, now) ?? 'pending',
    });
  return {
    join: (service: string, owner: HintOwner): (() => void) => {
      const leave = owners.add(service, owner);
      if (tick) tick.kick();
      else tick = start();
      return leave;
    },
    kick: () => tick?.kick(),
    close: async () => {
      await tick?.close();
    },
  };
}
