/** Names that no owner of the ledger has: a service that looks for no orphans judges nothing, and leaves the gauge to those that do (S3). */
import type { Provider } from '@leasehold/engine';
import { silentLog } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuard } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, emptyShelf, NAMES, type Shelf, type ShelfTypes } from '../../test/shelf.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import type { SweepDefinition } from './definition.ts';
import type { Listing } from './listing.ts';
import type { SweepParts } from './parts.ts';
import { createStrangers } from './strangers.ts';

const signal = new AbortController().signal;
let world: TestLedger;
let told: unknown[];
let looks: number;
beforeEach(async () => {
  world = await openTestLedger();
  [told, looks] = [[], 0];
});
afterEach(() => world.close());

const ORPHANS: SweepDefinition<ShelfTypes>['orphans'] = {
  ownerOfName: (_kind, name) => name.replace('box-', '').replace('-', '.'),
  isNobody: ({ phase }) => phase === 'none',
};

function strangersOf(sweep: Pick<SweepDefinition<ShelfTypes>, 'orphans'>, state: Shelf = emptyShelf('acme.left')) {
  const parts = {
    names: NAMES,
    sweep,
    ledger: world.ledger,
    owners: { find: async () => ({ state }) },
    clock: world.clock,
    log: silentLog,
    metrics: { orphanResources: { replace: (rows: unknown) => told.push(rows) } },
    bounds: SWEEP_BOUNDS,
    guards: new Map([[BOX, openGuard()]]),
    budget: {
      spend: async () => {
        looks += 1;
      },
    },
  } as unknown as SweepParts<ShelfTypes>;
  return createStrangers(parts);
}

function listing(): Listing {
  const backend = createMemoryBackend();
  backend.things.set(`${BOX} box-acme-left`, { owner: 'acme' });
  const provider: Provider = backend.provider(BOX);
  return { provider, atMs: world.nowMs, names: new Set(['box-acme-left']) };
}

test('S3: a service that cannot tell an owner by a name looks at nothing and writes no gauge, at its end neither', async () => {
  const strangers = strangersOf({});
  const listed = listing();
  await strangers.judge(listed, listed.names, signal);
  strangers.forget();
  expect([told, looks]).toEqual([[], 0]);
});

test('who can tell counts what carries our mark for nobody, and at its end leaves nothing that would stand for ever', async () => {
  const strangers = strangersOf({ orphans: ORPHANS });
  const listed = listing();
  await strangers.judge(listed, listed.names, signal);
  strangers.forget();
  expect([told, looks]).toEqual([[[{ labels: { kind: BOX }, value: 1 }], []], 1]);
});

test('S1: what is of an owner that came meanwhile is no orphan', async () => {
  const strangers = strangersOf({ orphans: ORPHANS }, { ...emptyShelf('acme.left'), phase: 'open', generation: 1 });
  const listed = listing();
  await strangers.judge(listed, listed.names, signal);
  expect(told).toEqual([[{ labels: { kind: BOX }, value: 0 }]]);
});
