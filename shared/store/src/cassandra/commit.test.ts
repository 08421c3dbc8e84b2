/** What a commit says when its answer is lost (S4): the ring of commit ids tells, over more than one round too, or it says that it cannot. */
import {
  type CassandraBench,
  commitTo,
  LOST,
  onCommit,
  onReadBack,
  openCassandraBench,
  silent,
  tooFewReplicas,
} from '@leasehold/testing/fakes/cassandra/bench';
import { responseError } from '@leasehold/testing/fakes/cassandra/cluster';
import { noHost } from '@leasehold/testing/fakes/cassandra/driver';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CommitRequest } from '../port.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

/** Slots of the ring: part of the data's layout. */
const RING = 32;
const committed = (version: number) => ({ kind: 'committed', version });
const conflict = { kind: 'conflict' };
const unknown = { class: 'Unavailable', code: 'StoreUnavailable', away: true, unknownOutcome: true };

let bench: CassandraBench;
beforeEach(async () => {
  bench = await openCassandraBench();
});

/** Commits of somebody else, one on top of the other. */
const others = async (from: number, count: number) => {
  for (let version = from; version < from + count; version++)
    expect(await bench.store.commit(commitTo('p', version))).toEqual(committed(version + 1));
};
const commit = (request: CommitRequest) => bench.store.commit(request);
const stateNow = async () => (await bench.store.load('p', [{ key: 'state' }])).rows.get('state');
const batches = () => bench.cluster.asked.filter(({ cql }) => cql.includes('IF version')).length;

describe.each(Object.entries(LOST))('its answer is lost because %s', (_, error) => {
  test.each(['done', 'not-done', 'under-way'] as const)('and it was %s: it is committed, once', async (effect) => {
    for (const version of [0, 1, RING - 1, RING, RING + 1]) {
      const before = await bench.store.load('p', []);
      await others(before.version, version - before.version);
      bench.cluster.strike(onCommit(effect, error));
      const request = commitTo('p', version);
      expect(await commit(request)).toEqual(committed(version + 1));
      expect(await bench.store.load('p', [{ key: 'state' }])).toEqual({
        version: version + 1,
        rows: new Map([['state', request.put[0]?.value]]),
      });
    }
    expect(bench.cluster.left).toBe(0);
  });

  test('and another had been first: it is a conflict, and changes nothing', async () => {
    await others(0, 3);
    const before = await stateNow();
    for (const version of [0, 1, 2]) {
      bench.cluster.strike(onCommit('done', error));
      expect(await commit(commitTo('p', version))).toEqual(conflict);
    }
    expect(await stateNow()).toBe(before);
  });
});

/** Sent at this version, its answer lost; then so many commits of others before anybody can look. */
async function lookedAtLate(effect: 'done' | 'not-done', version: number, between: number) {
  await others(0, version);
  bench.cluster.strike(onCommit(effect), onReadBack());
  bench.onSleep = async () => {
    bench.onSleep = undefined;
    await others(effect === 'done' ? version + 1 : version, between);
  };
  return commit(commitTo('p', version));
}

test.each([0, 5, RING, 40])(
  'S4 from version %i a whole round but one may pass before it is looked for',
  async (version) => {
    expect(await lookedAtLate('done', version, RING - 1)).toEqual(committed(version + 1));
  },
);

test.each([0, 5, 40])(
  'S4 from version %i its slot was overwritten: it cannot say, and does not guess',
  async (version) => {
    await expect(lookedAtLate('done', version, RING)).rejects.toMatchObject(unknown);
    expect(batches()).toBe(version + 1 + RING);
  },
);

test.each([0, 5, 40])(
  'S4 from version %i another’s id in its slot is a conflict, up to a whole round',
  async (version) => {
    expect(await lookedAtLate('not-done', version, RING)).toEqual(conflict);
  },
);

test('S4 another’s id in its slot after a whole round proves nothing', async () => {
  await expect(lookedAtLate('not-done', 3, RING + 1)).rejects.toMatchObject(unknown);
});

test('S4 sent again later with its id it is committed while its slot stands, and refused after that', async () => {
  await others(0, 7);
  const mine = commitTo('p', 7);
  await commit(mine);
  await others(8, RING - 1);
  expect(await commit(mine)).toEqual(committed(8));
  await others(7 + RING, 1);
  expect(await commit(mine)).toEqual(conflict);
});

test('S1 a version that the store has not reached yet is a conflict too', async () => {
  await others(0, 2);
  expect(await commit(commitTo('p', 5))).toEqual(conflict);
  bench.cluster.strike(onCommit('done'));
  expect(await commit(commitTo('p', 5))).toEqual(conflict);
  // Each is sent once: what is not there yet may not come by sending it again.
  expect(batches()).toBe(4);
});

test.each([
  ['the statement was refused', () => responseError(0x2200, 'unknown column'), { class: 'Bug' }],
  ['no server was sent it', () => noHost(), { class: 'Unavailable', away: true, unknownOutcome: false }],
])('%s: it did not happen, and nobody looks for it', async (_, error, fault) => {
  bench.cluster.strike(onCommit('not-done', error));
  const asked = bench.cluster.asked.length;
  await expect(commit(commitTo('p', 0))).rejects.toMatchObject(fault);
  expect(bench.cluster.asked.length - asked).toBe(1);
  expect((await bench.store.load('p', [])).version).toBe(0);
});

test('what never happens is sent four times, and then told as unknown: the last sending may still be under way', async () => {
  bench.cluster.strike(...Array.from({ length: 4 }, () => onCommit('not-done')));
  await expect(commit(commitTo('p', 0))).rejects.toMatchObject(unknown);
  expect([batches(), bench.cluster.left]).toEqual([4, 0]);
});

test('while nobody can look, it is looked for four times in growing pauses, and told as unknown', async () => {
  bench.cluster.strike(onCommit('done'), onReadBack(), onReadBack(tooFewReplicas), onReadBack(), onReadBack());
  await expect(commit(commitTo('p', 0))).rejects.toMatchObject(unknown);
  expect([bench.slept, bench.cluster.left, batches()]).toEqual([[200, 400, 800], 0, 1]);
});

test('a look that succeeds in the end settles it', async () => {
  bench.cluster.strike(onCommit('done'), onReadBack(), onReadBack(), onReadBack());
  expect(await commit(commitTo('p', 0))).toEqual(committed(1));
  expect([bench.slept, batches()]).toEqual([[200, 400, 800], 1]);
});

test('a commit that was refused did not happen, also where nobody can say who was first', async () => {
  await others(0, 2);
  bench.cluster.strike(onReadBack(), onReadBack(), onReadBack(), onReadBack());
  await expect(commit(commitTo('p', 1))).rejects.toMatchObject({ class: 'Unavailable', unknownOutcome: false });
});

test('a look that the server refuses is a bug of ours, told at once and not tried again', async () => {
  const refused = () => responseError(0x2000, 'line 1:0 no viable alternative');
  bench.cluster.strike(onCommit('done'), onReadBack(refused));
  await expect(commit(commitTo('p', 0))).rejects.toMatchObject({ class: 'Bug' });
  expect([bench.slept, bench.cluster.left]).toEqual([[], 0]);
});

test('only what may be repeated is told to the driver as such, and looks for a lost commit see what is under way', async () => {
  await others(0, 1);
  bench.cluster.strike(onCommit('done', silent));
  await commit(commitTo('p', 1));
  const [batch, look] = bench.cluster.asked.slice(-2);
  expect([batch?.cql.includes('IF version'), batch?.isIdempotent]).toEqual([true, false]);
  expect([look?.cql.includes('SELECT version, commits'), look?.isIdempotent, look?.consistency]).toEqual([
    true,
    true,
    9,
  ]);
});
