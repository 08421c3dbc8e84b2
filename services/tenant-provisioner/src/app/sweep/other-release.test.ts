/** A tenant in a form that only another release understands stops no sweep: it is told, and the others are looked at. */
import { understood } from '@leasehold/controller';
import { comparePresence, createDetails, createStrangers, listKind, lookInRounds } from '@leasehold/controller/sweep';
import type { Provider, SeenBase } from '@leasehold/engine';
import { silentLog } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUCKET, KEYSPACE, settled } from '../../../test/settled.ts';
import { openTenantsOnBackends, type TenantsOnBackends } from '../../../test/tenants-on-backends.ts';
import { NAMES, tenantPartition } from '../partition.ts';

const signal = new AbortController().signal;
let stage: TenantsOnBackends;
let told: unknown[];
let orphans: number;

beforeEach(async () => {
  stage = await openTenantsOnBackends();
  [told, orphans] = [[], 0];
  for (const id of ['a', 'b', 'c']) await settled(stage, id);
});
afterEach(() => stage.close());

/** Of `b` there is a waiting message in no form that is known here. */
const writeOddly = () =>
  stage.world.ledger.update(tenantPartition('b'), () => ({
    put: [{ key: 'waiting/0001', value: '<message/>' }],
    result: undefined,
  }));

function parts(over: Partial<Provider> = {}) {
  const differs: Partial<Provider> = {
    plan: (_ref, _spec, seen) =>
      (seen as SeenBase & { value: string }).value === 'right'
        ? []
        : [{ path: '/value', from: 'wrong', to: 'right', weight: 'settings' }],
    ...over,
  };
  const providers = new Map([
    [KEYSPACE, stage.backend.provider(KEYSPACE, { ...differs, observesInBulk: true })],
    [BUCKET, stage.backend.provider(BUCKET, differs)],
  ]);
  const inc = () => undefined;
  const replace = (rows: readonly { readonly value: number }[]) => {
    orphans = rows.reduce((sum, { value }) => sum + value, 0);
  };
  const error = (_message: string, fields: object = {}) => void told.push((fields as { tenant_id?: string }).tenant_id);
  return stage.sweepParts(providers, {
    log: { ...silentLog, error },
    metrics: { sweeps: { inc }, sweepFindings: { inc }, orphanResources: { set: inc, replace } },
  });
}
const list = (made: ReturnType<typeof parts>, kind: string) =>
  listKind(made, made.providers.get(kind) as Provider, signal);
const spoil = (kind: string) => {
  for (const [key, thing] of stage.backend.things)
    if (key.startsWith(kind)) stage.backend.things.set(key, { ...thing, told: { value: 'wrong' } });
};
/** Whether a run of each will look again; undefined: its rows cannot be read. */
async function wished(): Promise<unknown[]> {
  const recheck = async (id: string) => (await stage.tenants.read(id)).state.recheck !== undefined;
  return Promise.all(['a', 'b', 'c'].map((id) => recheck(id).catch(() => undefined)));
}

test('rows: the comparison of details, of names, and the round of looks go on after it', async () => {
  await writeOddly();
  const made = parts();
  spoil(KEYSPACE);
  await createDetails(made).compare(await list(made, KEYSPACE), signal);
  expect([await wished(), told]).toEqual([[true, undefined, true], ['b']]);
});

test('rows: a missing object of it ends no listing', async () => {
  await writeOddly();
  stage.backend.things.clear();
  const made = parts();
  await comparePresence(made, await list(made, BUCKET), false, signal);
  expect([await wished(), told]).toEqual([[true, undefined, true], ['b']]);
});

test('rows: a round of looks passes it over', async () => {
  await writeOddly();
  spoil(BUCKET);
  const made = parts();
  const round = lookInRounds({ parts: made, details: createDetails(made), fence: 1 }, signal);
  for (let step = 0; step < 3; step++) await round.next();
  expect([await wished(), told]).toEqual([[true, undefined, true], ['b']]);
});

test('rows: its object is no orphan as long as nobody here can tell', async () => {
  await writeOddly();
  stage.backend.things.set(`${BUCKET} tenant-lost`, { owner: 'lost' });
  const made = parts();
  await createStrangers(made).judge(await list(made, BUCKET), new Set(['tenant-b', 'tenant-lost']), signal);
  expect([orphans, told]).toEqual([1, ['b']]);
});

test('settings: what an object should be in a form of another release is passed over, and judged anew in the next listing', async () => {
  let understands = false;
  const plan: Provider['plan'] = ({ tenantId }) => {
    if (tenantId === 'b' && !understands) throw new TypeError('quota is not iterable');
    return [{ path: '/value', from: 'wrong', to: 'right', weight: 'settings' }];
  };
  const made = parts({ plan });
  const details = createDetails(made);
  const listing = await list(made, KEYSPACE);
  await details.compare(listing, signal);
  expect([await wished(), told]).toEqual([[true, false, true], ['b']]);
  understands = true;
  await details.compare(listing, signal);
  expect(await wished()).toEqual([true, true, true]);
});

test('only what is not understood is passed over: a failure of the store or a bug of ours is none', async () => {
  const fails = (error: Error) => understood({ names: NAMES, log: silentLog }, 'a', () => Promise.reject(error));
  await expect(fails(new RangeError('ours'))).rejects.toThrow('ours');
  expect(await fails(new SyntaxError('odd'))).toBeUndefined();
  expect(await understood({ names: NAMES, log: silentLog }, 'a', async () => 7)).toBe(7);
});
