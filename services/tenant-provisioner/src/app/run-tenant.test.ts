/** One run over a real ledger, with backends in memory: J1, and what is left of a wish to look at everything. */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend, type MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { runDeps, runTenant, standingClock } from './run.fixture.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
const paused = new Set<string>();
let ending = false;
let backend: MemoryBackend;
let world: TestLedger;
let tenants: Tenants;

beforeEach(async () => {
  world = await openTestLedger();
  const scene = openScene();
  tenants = createTenants({
    ledger: world.ledger,
    clock: world.clock,
    context: () => ({ ...contextOf(scene), nowMs: world.nowMs }),
  });
  backend = createMemoryBackend();
  paused.clear();
  ending = false;
});
afterEach(() => world.close());

/** Kinds that were looked at, in order. */
const looks = () => backend.calls.filter((call) => call.endsWith(' look')).map((call) => call.slice(0, -5));

const KINDS = ['cassandra-keyspace', 'minio-bucket'];

function work(): Promise<number | undefined> {
  const scene = openScene();
  const given = {
    ledger: world.ledger,
    tenants,
    context: () => ({ ...contextOf(scene), nowMs: world.nowMs }),
    providers: backend.providers(...KINDS),
    clock: standingClock(() => world.nowMs),
  };
  const over = { paused: (name: string) => paused.has(name), ending: () => ending };
  return runTenant(runDeps(given, over), 'acme', signal);
}

const ask = (command: Parameters<Tenants['command']>[1]) =>
  tenants.command('acme', command, { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');
const stateNow = async () => (await tenants.read('acme')).state;

test('J1: a look at what somebody else has finished since is worth nothing, and is taken again', async () => {
  await ask(create());
  let told = false;
  backend.onLook = async () => {
    if (told) return;
    told = true;
    const patch = { id: 'cassandra-keyspace', attempts: 7, notes: ['found by another'] };
    await tenants.decide('acme', (rows, context) => decideOutcomes(rows.state, rows.waiting, [patch], context));
  };
  expect(await work()).toBeDefined();
  expect((await stateNow()).records[0]).toMatchObject({ status: 'pending', attempts: 7 });
  expect([(await stateNow()).claim, backend.things.size]).toEqual([undefined, 0]);
  await work();
  expect((await stateNow()).records.map(({ status }) => status)).toEqual(['ready', 'ready']);
});

test('a wish to look at everything stays as long as a backend is paused, and ends when everything was looked at', async () => {
  await ask(create());
  await work();
  await ask({ kind: 'reconcile', acceptLoss: false });
  paused.add('minio-bucket');
  backend.calls.length = 0;
  expect(await work()).toBe(world.nowMs + 2_000);
  const recheck = { acceptLoss: false, notBeforeMs: world.nowMs + 2_000 };
  expect([looks(), (await stateNow()).recheck]).toEqual([['cassandra-keyspace'], recheck]);
  paused.clear();
  world.nowMs += 2_000;
  backend.calls.length = 0;
  expect(await work()).toBeUndefined();
  expect([[...looks()].sort(), (await stateNow()).recheck]).toEqual([KINDS, undefined]);
  expect((await stateNow()).operation).toMatchObject({ kind: 'reconcile', outcome: 'completed' });
});

test('looking at everything ends too where nothing had to be said', async () => {
  await ask(create());
  await ask({ kind: 'suspend' });
  await ask({ kind: 'reconcile', acceptLoss: false });
  expect(await work()).toBeUndefined();
  expect([looks(), (await stateNow()).recheck]).toEqual([[], undefined]);
});

test('a run that is told to end begins nothing more, counts no try for it, and gives its claim up', async () => {
  await ask(create());
  backend.onLook = async () => {
    // The look after the first effect: the process is told to stop meanwhile.
    if (backend.things.size > 0) ending = true;
  };
  await work();
  const { claim, records } = await stateNow();
  expect([claim, backend.things.size]).toEqual([undefined, 1]);
  expect(records.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['ready', 1],
    ['pending', 0],
  ]);
  ending = false;
  backend.onLook = async () => undefined;
  await work();
  expect((await stateNow()).records.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['ready', 1],
    ['ready', 1],
  ]);
});

test('J1: what a process that is gone was at is claimed before it is looked at', async () => {
  await ask(create());
  const { state } = await tenants.read('acme');
  const claim = { holder: 'gone', fence: state.fence + 1, untilMs: world.nowMs + 4_000 };
  await tenants.decide('acme', (rows, context) =>
    decideOutcomes({ ...rows.state, fence: claim.fence, claim }, rows.waiting, [], context),
  );
  expect([await work(), looks()]).toEqual([claim.untilMs, []]);
  world.nowMs = claim.untilMs;
  const holders: unknown[] = [];
  backend.onLook = async () => void holders.push((await stateNow()).claim?.holder);
  await work();
  expect([holders[0], (await stateNow()).records.map(({ status }) => status)]).toEqual(['r1', ['ready', 'ready']]);
});

test('J4: a claim whose end could not be recorded is given up at the next look, by whoever may have it', async () => {
  await ask(create());
  await work();
  const { decide } = tenants;
  const left = (claim: { holder: string; fence: number; untilMs: number }) =>
    decide('acme', (rows, context) => decideOutcomes({ ...rows.state, claim }, rows.waiting, [], context));
  const { fence } = await stateNow();
  const untilMs = world.nowMs + 4_000;
  await left({ holder: 'another', fence, untilMs });
  expect([await work(), (await stateNow()).claim?.holder]).toEqual([undefined, 'another']);
  world.nowMs = untilMs;
  expect([await work(), (await stateNow()).claim]).toEqual([undefined, undefined]);
});
