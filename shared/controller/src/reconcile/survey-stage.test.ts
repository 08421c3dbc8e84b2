/** What a run would begin with: looked at and planned, and nothing begun. */
import { silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Guard } from '@leasehold/runtime';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, emptyShelf, LABEL, SHELF, type Shelf } from '../../test/shelf.ts';
import { ID, openStoreroom, type Storeroom } from '../../test/storeroom.ts';
import { surveyStage } from './survey-stage.ts';

let room: Storeroom;
beforeEach(async () => {
  room = await openStoreroom();
});
afterEach(() => room.close());

const survey = (state: Shelf) =>
  surveyStage(
    SHELF,
    state,
    room.context(),
    {
      providers: room.providers,
      guards: openGuards<Guard>([BOX, LABEL]),
      clock: room.clock,
      log: silentLog,
      metrics: silentMetrics,
    },
    new AbortController().signal,
  );

test('an owner with no stage has nothing to look at', async () => {
  expect([await survey(emptyShelf(ID)), room.backend.calls]).toEqual([[], []]);
});

test('what is missing would be created and what is there would stay, and nothing is begun or written', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  const before = await room.owners.read(ID);
  room.backend.things.set('box box-acme-left', { owner: 'acme' });
  const seen = await survey(before.state);
  const plans = seen.map((each) => (each.kind === 'planned' ? `${each.plan.action} ${each.plan.name}` : each.kind));
  expect(plans).toEqual(['keep box-acme-left', 'create label-acme-left']);
  expect([room.backend.asked('make'), (await room.owners.read(ID)).version]).toEqual([0, before.version]);
});

test('what a taking down would remove is what is there', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await room.workOff();
  const seen = await survey({ ...(await room.state()), phase: 'closing' });
  expect(seen.map((each) => (each.kind === 'planned' ? each.plan.action : each.kind))).toEqual(['delete', 'delete']);
  expect(room.backend.things.size).toBe(2);
});
