/** One key, whichever of the process's services and whichever of two neighbouring releases is asked (IK1 to IK3). */
import type { IdempotencyStore } from '@leasehold/http';
import { unavailable } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIdempotencyStore } from './idempotency.ts';
import { createIdempotencyRows } from './idempotency-rows.ts';

const KEY = '00112233445566778899aabbccddeeff';
const ANSWER = { status: 202, headers: {}, body: '{}', secret: false };
/** Of the fault: nothing, or the partitions that cannot be reached. */
let away: (partition: string) => boolean;
let world: TestLedger;

beforeEach(async () => {
  away = () => false;
  world = await openTestLedger();
});
afterEach(() => world.close());

/** A ledger of another process, some of whose partitions may be away. */
function ledgerOf(): Ledger {
  const ledger = world.replica();
  return {
    ...ledger,
    update: async (partition, ...rest) => {
      if (away(partition)) throw unavailable('no answer', { code: 'StoreUnavailable', away: true });
      return ledger.update(partition, ...rest);
    },
  };
}

const depsOf = (holder: string) => ({ ledger: ledgerOf(), clock: world.clock, holder });
/** As the releases 0.1.0 and 0.2.0 keep a key, and as the one after this will. */
const former = (holder = 'former') => createIdempotencyRows(depsOf(holder), 'tenant-provisioner');
const next = (holder = 'next') => createIdempotencyRows(depsOf(holder), 'platform');
const present = (holder = 'present') => createIdempotencyStore(depsOf(holder));

const NEIGHBOURS: readonly (readonly [string, (holder?: string) => IdempotencyStore])[] = [
  ['before', former],
  ['after', next],
];

test('two replicas, and two services of one process, see one key', async () => {
  const one = present('one');
  expect(await one.begin(KEY, 'in')).toEqual({ kind: 'new' });
  expect(await one.begin(KEY, 'in')).toEqual({ kind: 'running' });
  expect(await present('two').begin(KEY, 'in')).toEqual({ kind: 'running' });
  await one.finish(KEY, 'in', ANSWER);
  expect(await present('two').begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
  expect(await present('two').begin(KEY, 'out')).toEqual({ kind: 'other-input' });
});

test.each(NEIGHBOURS)(
  'IK1, IK3: what this release began and answered is not begun by the release %s it',
  async (_, neighbour) => {
    const one = present();
    await one.begin(KEY, 'in');
    expect(await neighbour().begin(KEY, 'in')).toEqual({ kind: 'running' });
    world.nowMs += 100_000;
    await one.renew(KEY, 'in');
    world.nowMs += 100_000;
    expect(await neighbour().begin(KEY, 'in')).toEqual({ kind: 'running' });
    await one.finish(KEY, 'in', ANSWER);
    expect(await neighbour().begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
    expect(await neighbour().begin(KEY, 'out')).toEqual({ kind: 'other-input' });
  },
);

test.each(NEIGHBOURS)(
  'IK1: what the release %s this one began and answered is not begun here',
  async (_, neighbour) => {
    const theirs = neighbour();
    await theirs.begin(KEY, 'in');
    expect(await present().begin(KEY, 'in')).toEqual({ kind: 'running' });
    await theirs.finish(KEY, 'in', ANSWER);
    expect(await present().begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
    expect(await present().begin(KEY, 'out')).toEqual({ kind: 'other-input' });
  },
);

test.each(NEIGHBOURS)(
  'IK1: of two that are asked at once, here and by the release %s, one begins',
  async (_, neighbour) => {
    for (let i = 0; i < 8; i++) {
      const key = `${i}${KEY.slice(1)}`;
      const asked = i % 2 === 0 ? [present(), neighbour()] : [neighbour(), present()];
      const begun = await Promise.all(asked.map((store) => store.begin(key, 'in')));
      expect(begun.map(({ kind }) => kind).toSorted()).toEqual(['new', 'running']);
    }
  },
);

test('IK2: what the next release has is given back in the former place', async () => {
  await next().begin(KEY, 'in');
  expect(await present().begin(KEY, 'in')).toEqual({ kind: 'running' });
  expect(await former().begin(KEY, 'in')).toEqual({ kind: 'new' });
});

test('IK2: a store that fails half-way leaves nothing begun, and is told', async () => {
  away = (partition) => partition.startsWith('platform/');
  await expect(present().begin(KEY, 'in')).rejects.toMatchObject({ code: 'StoreUnavailable' });
  away = () => false;
  expect(await present('again').begin(KEY, 'in')).toEqual({ kind: 'new' });
});

test('IK2: what the other place has answered is told, also where the former one cannot be given back', async () => {
  const theirs = next();
  await theirs.begin(KEY, 'in');
  await theirs.finish(KEY, 'in', ANSWER);
  let asked = 0;
  away = (partition) => partition.startsWith('tenant-provisioner/') && ++asked > 1;
  expect(await present().begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
  // It lapses by itself.
  away = () => false;
  expect(await present().begin(KEY, 'in')).toEqual({ kind: 'running' });
  world.nowMs += 120_000;
  expect(await present().begin(KEY, 'in')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('a process that dies between the two places leaves a key that lapses, and is begun by one afterwards', async () => {
  await former('dead').begin(KEY, 'in');
  world.nowMs += 119_999;
  expect(await present().begin(KEY, 'in')).toEqual({ kind: 'running' });
  world.nowMs += 1;
  expect(await present().begin(KEY, 'in')).toEqual({ kind: 'new' });
  expect([await former().begin(KEY, 'in'), await next().begin(KEY, 'in')]).toEqual([
    { kind: 'running' },
    { kind: 'running' },
  ]);
});

test('what is given up is new for everybody', async () => {
  const one = present();
  await one.begin(KEY, 'in');
  await one.abandon(KEY);
  expect([await former().begin(KEY, 'in'), await next().begin(KEY, 'in')]).toEqual([{ kind: 'new' }, { kind: 'new' }]);
});

test('an answer that holds a secret is kept in neither place', async () => {
  const one = present();
  await one.begin(KEY, 'in');
  await one.finish(KEY, 'in', { ...ANSWER, secret: true });
  expect([await former().begin(KEY, 'in'), await next().begin(KEY, 'in')]).toEqual([{ kind: 'new' }, { kind: 'new' }]);
});
