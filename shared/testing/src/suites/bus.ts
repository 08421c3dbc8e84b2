/**
 * The contract of `@leasehold/bus` as tests: every transport, real or simulated, passes the same ones. Each test cites the
 * invariant (B1-B5) of the port that it shows.
 *
 * `open` gives a harness whose buses share one broker (the same file, the same cluster), so that a second process can be
 * played by a second bus. Topics are new in every test.
 */
import { describe } from 'vitest';
import { contentTests, ensureTests, processTests, refusalTests, volumeTests } from './bus-content.ts';
import { closingTests, orderTests, takeoverTests, windowTests } from './bus-delivery.ts';
import { type BusHarness, createBusWorld, SLOW_MS } from './bus-world.ts';

export type { BusHarness } from './bus-world.ts';

export interface BusSuiteOptions {
  /** `one`: a single process owns this bus, so no test plays a second one. */
  readonly clients: 'one' | 'many';
}

export function busSuite(name: string, options: BusSuiteOptions, open: () => Promise<BusHarness>): void {
  describe(`bus contract: ${name}`, { timeout: SLOW_MS }, () => {
    const world = createBusWorld(open);
    orderTests(world);
    takeoverTests(world);
    windowTests(world);
    closingTests(world);
    ensureTests(world);
    contentTests(world);
    volumeTests(world);
    refusalTests(world);
    if (options.clients === 'many') processTests(world);
  });
}
