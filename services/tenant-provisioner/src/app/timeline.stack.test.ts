/** The audit and the dead letters by time on a real Cassandra, written by two replicas at once. */
import { createDeadLetters, noteTimelineBegun, readAllJournals } from '@leasehold/controller';
import { seededRng, systemClock } from '@leasehold/kernel';
import { createCassandraStore, createLedger, type Store } from '@leasehold/store';
import { type StackCassandra, stackCassandra } from '@leasehold/testing/fakes/stack-cassandra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { NAMES } from './partition.ts';
import { createTenants } from './tenants.ts';

const signal = new AbortController().signal;
const clock = systemClock;
let place: StackCassandra;
let store: Store;
beforeAll(async () => {
  place = await stackCassandra('timeline');
  store = await createCassandraStore(place.options);
});
afterAll(async () => {
  await store.close();
  await place.drop();
});

const replica = (seed: number) => {
  const ledger = createLedger({ store, clock, rng: seededRng(seed), writer: `w${seed}` });
  const scene = openScene();
  const tenants = createTenants({ ledger, clock, context: () => ({ ...contextOf(scene), nowMs: clock.now() }) });
  return { ledger, tenants };
};

test('what two replicas decide of the same tenants at once is told once each, in order, in full pages', async () => {
  const replicas = [replica(1), replica(2)];
  const ledger = (replicas[0] as (typeof replicas)[number]).ledger;
  await noteTimelineBegun({ ledger, names: NAMES }, clock.now());
  const source = (subject: string) => ({ type: 'rest', subject, requestId: 'r', atMs: clock.now() }) as const;
  const ids = ['a', 'b', 'c', 'd'];
  const { tenants } = replicas[0] as (typeof replicas)[number];
  for (const id of ids) await tenants.command(id, create(), source('ops'), 'open');
  await Promise.all(
    replicas.flatMap(({ tenants: own }, at) =>
      ids.flatMap((id) =>
        [true, false].map((on) => own.command(id, { kind: 'protect', protected: on }, source(`r${at}`), 'open')),
      ),
    ),
  );
  const walk = async (limit: number, actor?: string) => {
    const items = [];
    for (let cursor: string | undefined; ; ) {
      const query = { limit, ...(actor ? { actor } : {}), ...(cursor ? { cursor } : {}) };
      const page = await readAllJournals({ ledger, clock, names: NAMES }, query, signal);
      items.push(...page.items);
      if (page.next === undefined) return items;
      expect(page.items).toHaveLength(limit);
      cursor = page.next;
    }
  };
  const all = await walk(3);
  expect(all.filter(({ command }) => command === 'create')).toHaveLength(4);
  const times = all.map(({ at }) => at);
  expect(times).toEqual(times.toSorted().reverse());
  expect(await walk(50)).toEqual(all);
  expect(await walk(1, 'r1')).toEqual(all.filter(({ actor }) => actor === 'r1'));
});

test('dead letters are listed by when they died, and a state that changes is seen', async () => {
  const { ledger } = replica(3);
  const letters = createDeadLetters({ ledger, clock, names: NAMES });
  const letter = { topic: 'persistent://p/system/t', publishedAtMs: clock.now(), payload: '', properties: {} };
  for (const messageId of ['1', '2', '3'])
    await letters.file(
      { kind: 'dead-letter', serial: 1, letter: { ...letter, messageId }, code: 'invalid', message: 'no', attempts: 1 },
      'acme',
    );
  const { items } = await letters.list({ limit: 10 });
  expect(items.map((record) => record.letter.messageId)).toEqual(['3', '2', '1']);
  const { id = '' } = items[1] ?? {};
  await letters.noteRedrive(id, { atMs: clock.now(), by: 'ops', outcome: 'applied' });
  expect((await letters.list({ limit: 10, state: 'solved' })).items.map((record) => record.id)).toEqual([id]);
  expect((await letters.list({ limit: 10, state: 'open' })).items).toHaveLength(2);
});

test('two replicas that file at once fill no part of a day over its bound, lose none, and list all by time', async () => {
  const day = Date.UTC(2020, 0, 15, 12);
  const [one, other] = [4, 5].map((seed) => {
    const { ledger } = replica(seed);
    return createDeadLetters({ ledger, clock, names: NAMES, bounds: { letters: 4, bytes: 1_000_000 } });
  }) as [ReturnType<typeof createDeadLetters>, ReturnType<typeof createDeadLetters>];
  const outgoing = (messageId: string) => ({
    ...({ kind: 'dead-letter', serial: 1, code: 'stale', message: 'no', attempts: 1 } as const),
    letter: { topic: 'persistent://p/system/t', messageId, publishedAtMs: day, payload: '', properties: {} },
  });
  const ids = Array.from({ length: 12 }, (_, serial) => `parts-${serial}`);
  // Both refuse each message.
  for (const messageId of ids)
    await Promise.all([one, other].map((letters) => letters.file(outgoing(messageId), 'acme')));
  const walk = async (limit: number) => {
    const items = [];
    for (let cursor: string | undefined; ; ) {
      const page = await other.list({ limit, code: 'stale', ...(cursor ? { cursor } : {}) });
      items.push(...page.items);
      if (page.next === undefined) return items;
      cursor = page.next;
    }
  };
  const all = await walk(5);
  expect(all.map(({ letter }) => letter.messageId)).toEqual(ids.toReversed());
  expect(await walk(50)).toEqual(all);
  const lying = await store.scan('tenant-provisioner/letters/20200115', { prefix: 'letter/', limit: 100 });
  expect(lying.items.map(({ key }) => key)).toEqual(
    all
      .slice(-4)
      .map(({ id }) => `letter/${id}`)
      .toSorted(),
  );
  for (const { id } of all) expect((await one.get(id))?.id).toBe(id);
  const { id } = all[0] as (typeof all)[number];
  await one.noteRedrive(id, { atMs: clock.now(), by: 'ops', outcome: 'applied' });
  expect((await other.list({ limit: 50, code: 'stale', state: 'solved' })).items.map((record) => record.id)).toEqual([
    id,
  ]);
});
