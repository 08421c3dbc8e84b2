/** Whose fault a refusal is: a tenant's own, or the backend's, which would refuse anybody. */
import type { Backend } from '@leasehold/engine';
import { asFault, bound, conflict, type Fault, invalid, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import type { CallBounds } from './guard.port.ts';
import { createGuard } from './guard.ts';
import { asBackends, createRefusals } from './refusals.ts';

const forTenant = (subject: string, group = 'bucket:act'): CallBounds => ({
  timeoutMs: bound('call ms', 1_000),
  parallelism: bound('calls', 2),
  group,
  subject,
});
const failed = (tenant: string) => unavailable(`minio answered 500 for tenant-${tenant}`, { code: 'BackendFailed' });
const refused = (tenant: string) => invalid(`minio answered 400 to set-tags of tenant-${tenant}`, { code: 'Refused' });
const denied = () => unavailable('minio answered 403', { code: 'AccessDenied' });

function setUp() {
  const clock = manualClock();
  const said: string[] = [];
  const world = { probe: undefined as Fault | undefined, called: 0 };
  const backend: Backend = {
    name: 'minio',
    embedded: false,
    probe: async () => {
      if (world.probe) throw world.probe;
    },
    close: async () => undefined,
  };
  const log = { ...silentLog, warn: (message: string) => void said.push(message), info: silentLog.info };
  const guard = createGuard({ backend, clock, rng: seededRng(1), log });
  const ask = async (tenant: string, fault?: Fault, group?: string): Promise<Fault | 'done'> => {
    try {
      await guard.run('bucket ensure', forTenant(tenant, group), async () => {
        world.called += 1;
        if (fault) throw fault;
      });
      return 'done';
    } catch (error) {
      return asFault(error);
    }
  };
  return { clock, guard, world, said, ask };
}

test('B2 one tenant’s own bad input is its own, however often it asks', async () => {
  const { ask, guard, clock } = setUp();
  for (let times = 0; times < 10; times++) {
    expect(await ask('acme', refused('acme'))).toMatchObject({ class: 'Invalid', away: false });
    await clock.advance(1_000);
  }
  expect(guard.state().status).toBe('up');
});

test.each([
  ['a failure of the server', failed, 2],
  ['a refusal', refused, 3],
])('B2 %s that several tenants get, and nobody gets done, is the backend’s', async (_name, faultOf, needed) => {
  const { ask, guard, said } = setUp();
  const tenants = ['acme', 'b-corp', 'c3'].slice(0, needed);
  const faults: (Fault | 'done')[] = [];
  for (const tenant of tenants) faults.push(await ask(tenant, faultOf(tenant)));
  expect(faults.slice(0, -1).map((fault) => fault !== 'done' && fault.away)).toEqual(faults.slice(1).map(() => false));
  expect(faults.at(-1)).toMatchObject({ class: 'Unavailable', away: true, code: faultOf('x').code });
  expect(guard.state()).toMatchObject({ status: 'down', refusal: { code: faultOf('x').code } });
  expect(said).toEqual(['backend is away']);
});

test('B2 a success between says that the backend works; other kinds of call do not', async () => {
  for (const [group, away] of [
    ['bucket:act', false],
    ['bucket:look', true],
  ] as const) {
    const { ask } = setUp();
    await ask('acme', refused('acme'));
    await ask('b', refused('b'));
    await ask('d', undefined, group);
    expect(await ask('c', refused('c'))).toMatchObject({ away });
  }
});

test('B2 different answers are different tenants’ own, and so are those far apart', async () => {
  const { ask, clock, guard } = setUp();
  for (const tenant of ['a', 'b', 'c', 'd'])
    await ask(
      tenant,
      invalid(`field ${'abcd'.indexOf(tenant) > 1 ? 'size' : tenant.repeat(4)} is wrong`, { code: 'R' }),
    );
  expect(guard.state().status).toBe('up');
  for (const tenant of ['e', 'f', 'g']) {
    await ask(tenant, refused(tenant));
    await clock.advance(700_000);
  }
  expect(guard.state().status).toBe('up');
});

test('B4 names that are taken and ceilings are each tenant’s own', async () => {
  const { ask, guard } = setUp();
  for (const tenant of ['a', 'b', 'c', 'd', 'e']) {
    await ask(tenant, conflict('the name is taken', { code: 'NameTaken' }));
    await ask(tenant, invalid('it is full', { code: 'CeilingReached' }));
    await ask(tenant, unavailable('still being deleted', { code: 'NamespaceTerminating' }));
  }
  expect(guard.state().status).toBe('up');
});

test('B1 while the backend refuses its own probe nothing is a tenant’s fault, of a single one neither', async () => {
  const { ask, guard, world } = setUp();
  world.probe = denied();
  expect(await ask('acme', refused('acme'))).toMatchObject({ class: 'Unavailable', away: true });
  expect(guard.state()).toMatchObject({ status: 'down' });
  expect(guard.state().reason).toContain('credentials');
  world.probe = undefined;
  await guard.probe();
  expect(guard.state().status).toBe('up');
  expect(await ask('acme', refused('acme'))).toMatchObject({ class: 'Invalid' });
});

test('a backend that refuses its probe and everybody is told once, not with each answer', async () => {
  const { ask, guard, world, said, clock } = setUp();
  world.probe = denied();
  for (let times = 0; times < 20; times++) {
    await guard.probe();
    await ask(`t${times}`, denied());
    await clock.advance(2_000);
  }
  expect(said).toEqual(['backend is away']);
});

test('B3 while everybody is refused one call is tried at a time, and a success lets all go on', async () => {
  const { ask, guard, world, clock } = setUp();
  let up = 0;
  guard.onUp(() => {
    up += 1;
  });
  for (const tenant of ['a', 'b']) await ask(tenant, failed(tenant));
  const before = world.called;
  for (let times = 0; times < 50; times++)
    expect(await ask(`t${times}`, failed('x'))).toMatchObject({ away: true, code: 'BackendFailed' });
  expect(world.called).toBe(before);
  await clock.advance(10_000);
  await Promise.all(['a', 'b', 'c'].map((tenant) => ask(tenant, failed(tenant))));
  expect(world.called).toBe(before + 1);
  expect(guard.state().status).toBe('down');
  await clock.advance(10_000);
  expect(await ask('a')).toBe('done');
  expect([guard.state().status, up]).toEqual(['up', 1]);
  expect(await ask('b')).toBe('done');
});

test('B3 a refusal that nobody tries again does not stand for ever', async () => {
  const { ask, guard, clock } = setUp();
  for (const tenant of ['a', 'b']) await ask(tenant, failed(tenant));
  await guard.probe();
  expect(guard.state().status).toBe('down');
  await clock.advance(601_000);
  await guard.probe();
  expect(guard.state().status).toBe('up');
});

test('B1 nor is it while the probe is not answered at all', async () => {
  const { ask, world } = setUp();
  world.probe = unavailable('does not answer', { code: 'BackendUnavailable', away: true });
  expect(await ask('acme', refused('acme'))).toMatchObject({ class: 'Unavailable', away: true });
  world.probe = undefined;
  expect(await ask('acme', refused('acme'))).toMatchObject({ class: 'Invalid' });
});

test('B1 what is refused in a moment in which everybody was, is done when it is asked again', async () => {
  const { guard } = setUp();
  let asked = 0;
  const call = guard.run('bucket ensure', forTenant('acme'), async () => {
    asked += 1;
    if (asked === 1) throw refused('acme');
    return 'made';
  });
  await expect(call).resolves.toBe('made');
  expect(asked).toBe(2);
});

test('a probe that fails in words of its own is told once too, whatever calls are answered with meanwhile', async () => {
  const { ask, guard, world, said, clock } = setUp();
  world.probe = unavailable('refused the credentials', { code: 'AccessDenied', away: true });
  for (let times = 0; times < 20; times++) {
    await guard.probe();
    await guard
      .run('sweep', { ...forTenant('x'), group: 'bucket:sweep' }, () => Promise.reject(denied()))
      .catch(() => 0);
    await ask(`t${times}`, denied());
    await clock.advance(1_000);
  }
  expect([said, guard.state().status]).toEqual([['backend is away'], 'down']);
  world.probe = undefined;
  await clock.advance(20_000);
  await guard.probe();
  expect(guard.state().status).toBe('up');
});

test('B1 a refusal in the trial of an open circuit is no sign of life: who waits is called when a probe went well', async () => {
  const { ask, guard, world, clock } = setUp();
  await guard.probe();
  let returns = 0;
  guard.onUp(() => {
    returns += 1;
  });
  world.probe = unavailable('no answer', { code: 'Away', away: true });
  for (let times = 0; times < 5; times++) await ask('acme', world.probe);
  for (let times = 0; times < 20; times++) {
    await clock.advance(10_000);
    expect(await ask('acme', denied())).toMatchObject({ away: true });
    expect(guard.state().status).toBe('down');
    await guard.probe();
  }
  expect(returns).toBe(0);
  world.probe = undefined;
  await clock.advance(10_000);
  await guard.probe();
  expect([returns, guard.state().status]).toEqual([1, 'up']);
});

/** Judged without a guard around: what is remembered, how long, and of how much. */
function alone() {
  const clock = manualClock();
  const refusals = createRefusals(clock, bound('pause', 10_000));
  const judge = (subject: string, fault: Fault = failed(subject), group = 'act') =>
    refusals.judge(group, subject, fault);
  return { clock, refusals, judge };
}

test('B2 refusals of different tenants count together up to ten minutes apart, and no longer', async () => {
  for (const [apartMs, isShared] of [
    [600_000, true],
    [600_001, false],
  ] as const) {
    const { clock, judge } = alone();
    judge('acme');
    await clock.advance(apartMs);
    expect(judge('b-corp') !== undefined).toBe(isShared);
  }
});

test('B2 the same tenant counts once, at the last time it was told so', async () => {
  const { clock, judge } = alone();
  judge('acme');
  await clock.advance(500_000);
  expect(judge('acme')).toBeUndefined();
  await clock.advance(500_000);
  expect(judge('b-corp')).toBeDefined();
});

test('B2 two failures of a server are the backend’s, of refusals it takes three', () => {
  const { judge } = alone();
  expect(['a', 'b'].map((name) => judge(name)?.class)).toEqual([undefined, 'Unavailable']);
  const other = alone();
  expect(['a', 'b', 'c'].map((name) => other.judge(name, refused(name))?.class)).toEqual([
    undefined,
    undefined,
    'Unavailable',
  ]);
});

test('B2 what differs in numbers and in the tenant’s own name, however it is spelt, is the same answer', () => {
  const says = (text: string) => invalid(text, { code: 'R' });
  const { judge } = alone();
  judge('acme-1', says('object ab12-34 of t_acme_1 is 7 bytes too large'));
  judge('b-corp', says('object 99 of t_b-corp is 12 bytes too large'));
  expect(judge('c', says('object 0 of t_c is 1 bytes too large'))).toBeDefined();
});

test.each([
  ['another code', (name: string) => invalid('no', { code: `R${name}` })],
  ['another class', (name: string) => (name === 'b' ? unavailable('no', { code: 'R' }) : invalid('no', { code: 'R' }))],
  ['other words', (name: string) => invalid(`the field ${name.repeat(5)} is wrong`, { code: 'R' })],
  ['a name that is part of a word', (name: string) => invalid(`x${name}x is wrong`, { code: 'R' })],
])('B2 answers with %s are not the same', (_, faultOf) => {
  const { judge } = alone();
  expect(['a', 'b', 'c'].map((name) => judge(name, faultOf(name)))).toEqual([undefined, undefined, undefined]);
});

test('B2 sixteen different answers are remembered beside each other, the oldest goes first', () => {
  const words = [...'abcdefghijklmnopq'].map((letter) => letter.repeat(12));
  const says = (word: string | undefined) => unavailable(`${word}`, { code: 'R' });
  for (const [count, isShared] of [
    [16, true],
    [17, false],
  ] as const) {
    const { judge } = alone();
    for (const word of words.slice(0, count)) judge('x', says(word));
    expect(judge('y', says(words[0])) !== undefined).toBe(isShared);
  }
  const { judge } = alone();
  for (const word of words.slice(0, 16)) judge('x', says(word));
  // Told again it is the newest, and the one after it goes.
  judge('x', says(words[0]));
  judge('x', says(words[16]));
  expect(judge('y', says(words[1]))).toBeUndefined();
  expect(judge('y', says(words[0]))).toBeDefined();
});

test('B3 while a kind of call is refused, one is tried after each pause, counted from the last try; other kinds are free', async () => {
  const { clock, refusals, judge } = alone();
  expect(refusals.refusedForMs('act')).toBe(0);
  for (const name of ['a', 'b']) judge(name);
  expect([refusals.refusedForMs('act'), refusals.refusedForMs('look')]).toEqual([10_000, 0]);
  await clock.advance(9_999);
  expect(refusals.refusedForMs('act')).toBe(1);
  await clock.advance(1);
  expect([refusals.refusedForMs('act'), refusals.refusedForMs('act')]).toEqual([0, 10_000]);
  await clock.advance(4_000);
  judge('c');
  expect(refusals.refusedForMs('act')).toBe(10_000);
  refusals.succeeded('act');
  expect([refusals.refusedForMs('act'), refusals.blamed()]).toEqual([0, undefined]);
});

test('B3 while it is refused so, every other refusal of the kind is the backend’s too', () => {
  const { judge } = alone();
  for (const name of ['a', 'b']) judge(name);
  expect(judge('c', invalid('quite another', { code: 'Other' }))).toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'Other',
  });
  expect(judge('c', invalid('quite another', { code: 'Other' }), 'look')).toBeUndefined();
});

test('B3 where nobody tried for ten minutes, the next good probe takes it to be over; a failed one does not', async () => {
  const { clock, refusals, judge } = alone();
  for (const name of ['a', 'b']) judge(name);
  await clock.advance(600_000);
  refusals.probed(undefined);
  expect(refusals.blamed()).toMatchObject({ code: 'BackendFailed' });
  await clock.advance(1);
  refusals.probed(denied());
  refusals.probed(undefined);
  expect(refusals.blamed()).toBeUndefined();
});

test('B1 what a failed probe says comes before what calls are refused with, until a good one', () => {
  const { refusals, judge } = alone();
  for (const name of ['a', 'b']) judge(name);
  refusals.probed(denied());
  expect(refusals.blamed()).toMatchObject({ code: 'AccessDenied', away: true });
  expect(judge('c', refused('c'), 'look')).toMatchObject({ class: 'Unavailable', away: true, code: 'Refused' });
  refusals.probed(undefined);
  expect(refusals.blamed()).toMatchObject({ code: 'BackendFailed' });
});

test.each([
  'BackendBusy',
  'CeilingReached',
  'InvalidName',
  'ListingExpired',
  'NamespaceTerminating',
  'NotAdoptable',
  'ProjectLeaving',
  'SchemaHidden',
  'StillCopying',
])('B4 %s is about one object, also while the backend refuses its probe', (code) => {
  const { refusals, judge } = alone();
  refusals.probed(denied());
  expect(judge('a', unavailable('so it is', { code }))).toBeUndefined();
});

test('a fault that is made the backend’s keeps what callers go by', () => {
  const own = unavailable('wait', { code: 'SlowDown', backend: 'minio', retryAfterMs: 7_000, unknownOutcome: true });
  const made = asBackends(own);
  expect(made).toMatchObject({
    class: 'Unavailable',
    code: 'SlowDown',
    away: true,
    backend: 'minio',
    retryAfterMs: 7_000,
    unknownOutcome: true,
  });
  expect([made.cause, asBackends(made)]).toEqual([own, made]);
  expect(asBackends(refused('a'))).toMatchObject({
    unknownOutcome: false,
    backend: undefined,
    retryAfterMs: undefined,
  });
});
