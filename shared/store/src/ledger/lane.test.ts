/** The lane and a store that loses answers (3, 4): what was sent once is never decided anew until its outcome is known. */
import { type Clock, seededRng, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import type { CommitOutcome, CommitRequest, Snapshot, Store } from '../port.ts';
import { createLedger } from './ledger.ts';

const lost = () => unavailable('no answer', { code: 'StoreUnavailable', away: true, unknownOutcome: true });
const away = () => unavailable('nobody there', { code: 'StoreUnavailable', away: true });

/** A store of one partition whose first commit is applied, and whose answers are those given, then the truth. */
function forgetfulStore(answers: readonly (() => Error)[]) {
  const sent: string[] = [];
  let now: Snapshot = { version: 0, rows: new Map() };
  const commit = async (request: CommitRequest): Promise<CommitOutcome> => {
    sent.push(request.commitId);
    if (now.version === 0)
      now = { version: 1, rows: new Map(request.put.map(({ key, value }) => [key, value] as const)) };
    const answer = answers[sent.length - 1];
    if (answer) throw answer();
    return { kind: 'committed', version: 1 };
  };
  const store = { kind: 'simulated', exclusive: false, load: async () => now, commit } as unknown as Store;
  return { store, sent };
}

const clock: Clock = { now: () => 0, sleep: async () => undefined };
const once = (store: Store, attempts = 20) =>
  createLedger({ store, clock, rng: seededRng(1), bounds: { attempts } }).update('p', (now) => ({
    put: [{ key: 'state', value: `${Number(now.rows.get('state') ?? '0') + 1}` }],
    result: 'done',
  }));

test('a commit whose answer was lost is sent again under its id, though the store is away in between (3)', async () => {
  const { store, sent } = forgetfulStore([lost, away, away, lost]);
  expect(await once(store)).toBe('done');
  expect(sent).toHaveLength(5);
  expect(new Set(sent).size).toBe(1);
  expect((await store.load('p', [])).rows.get('state')).toBe('1');
});

test('when the store stays away after a lost answer, the update rejects as of unknown outcome (4)', async () => {
  const { store, sent } = forgetfulStore([lost, away, away]);
  await expect(once(store, 3)).rejects.toMatchObject({ class: 'Unavailable', unknownOutcome: true });
  expect(sent).toHaveLength(3);
});

test('a store that is away from the start rejects at once, and the outcome is known (4)', async () => {
  const { store, sent } = forgetfulStore([away]);
  await expect(once(store)).rejects.toMatchObject({ class: 'Unavailable', unknownOutcome: false });
  expect(sent).toHaveLength(1);
});
