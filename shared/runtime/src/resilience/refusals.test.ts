/** Whose fault a refusal is: a tenant's own, or the backend's, which would refuse anybody. */
import type { Backend } from '@leasehold/engine';
import { asFault, bound, conflict, type Fault, invalid, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
import type { CallBounds } from './guard.port.ts';
import { createGuard } from './guard.ts';

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
