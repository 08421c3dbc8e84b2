import { seededRng, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { recordingLog } from '../test/fixture.ts';
import type { RouteAnswer } from './answer.ts';
import { createExchange } from './exchange.ts';
import { type Begun, type IdempotencyStore, idempotencyKey, RUNNING_MS, WAITS_MS } from './idempotency.ts';
import { createKeeper } from './idempotent-keep.ts';
import { hasKey, runOnce } from './idempotent-run.ts';
import { problem } from './problem.ts';

const DONE: RouteAnswer = { status: 202, headers: { location: '/x' }, body: '{"a":1}', secret: false };
const KEY = idempotencyKey('ada', 'POST /x', 'k');

/** A store by hand: it answers the next questions as it is told, and remembers what it was asked. */
function setUp(begun: readonly Begun[] = [{ kind: 'new' }]) {
  const clock = manualClock();
  const log = recordingLog();
  const calls: string[] = [];
  const answers = [...begun];
  const state = { fails: false, gaveUp: false, worked: 0 };
  const done = async (line: string): Promise<void> => {
    calls.push(line);
    if (state.fails) throw unavailable('the store is away', { code: 'StoreUnavailable' });
  };
  const store: IdempotencyStore = {
    begin: async (key, input) => {
      calls.push(`begin ${key === KEY} ${input}`);
      return answers.length > 1 ? (answers.shift() as Begun) : (answers[0] as Begun);
    },
    renew: (key, input) => done(`renew ${key === KEY} ${input}`),
    finish: (key, input, answer) => done(`finish ${key === KEY} ${input} ${JSON.stringify(answer)}`),
    abandon: (key) => done(`abandon ${key === KEY}`),
  };
  const keeper = createKeeper(store, clock, log);
  const run = (work: () => Promise<RouteAnswer> = async () => DONE, name = 'k', signal?: AbortSignal) => {
    const request = new Request('http://h/x', {
      method: 'POST',
      headers: { 'idempotency-key': name },
      ...(signal && { signal }),
    });
    const about = { subject: 'ada', route: 'POST /x', clock, input: () => 'i', gaveUp: () => state.gaveUp };
    return runOnce({ store, keeper }, createExchange(request, log, seededRng(1)), about, () => {
      state.worked += 1;
      return work();
    });
  };
  return { clock, log, calls, state, run };
}

const finish = (answer: object) => `finish true i ${JSON.stringify(answer)}`;

test('a first request is begun, worked on and its answer kept, before it is given', async () => {
  const { run, calls } = setUp();
  expect(await run()).toEqual(DONE);
  expect(calls).toEqual([
    'begin true i',
    finish({ status: 202, headers: { location: '/x' }, body: '{"a":1}', secret: false }),
  ]);
});

test('a secret is said to be one; no body is kept as an empty one', async () => {
  const { run, calls } = setUp();
  await run(async () => ({ ...DONE, body: null, secret: true }));
  expect(calls[1]).toBe(finish({ status: 202, headers: { location: '/x' }, body: '', secret: true }));
});

test('an answer that is known is given as it was, said to be a repeat, and nothing is worked on', async () => {
  const answer = { status: 201, headers: { etag: '"1"' }, body: '{}', secret: false };
  const { run, state } = setUp([{ kind: 'answered', answer }]);
  expect(await run()).toEqual({
    ...answer,
    headers: { etag: '"1"', 'idempotent-replayed': 'true' },
    subject: 'ada',
  });
  const empty = setUp([{ kind: 'answered', answer: { ...answer, body: '' } }]);
  expect((await empty.run()).body).toBeNull();
  expect([state.worked, empty.state.worked]).toEqual([0, 0]);
});

test('another input under the key is a conflict at once', async () => {
  const { run, calls, clock } = setUp([{ kind: 'other-input' }]);
  const refused = await run().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'idempotency-conflict' });
  expect(refused).not.toHaveProperty('options.retryAfterMs');
  expect([calls.length, clock.sleepers()]).toEqual([1, 0]);
});

test('while the first is under way it is looked at again after each wait, then the second is told to come back', async () => {
  const { run, calls, clock } = setUp([{ kind: 'running' }]);
  const refused = expect(run()).rejects.toMatchObject({
    code: 'idempotency-conflict',
    options: { retryAfterMs: 1_000 },
  });
  for (const [at, wait] of WAITS_MS.entries()) {
    await clock.settle();
    expect(calls).toHaveLength(at + 1);
    await clock.advance(wait.value - 1);
    expect(calls).toHaveLength(at + 1);
    await clock.advance(1);
  }
  await refused;
  expect(calls).toHaveLength(WAITS_MS.length + 1);
});

test('what ends while the second waits is its answer', async () => {
  const answer = { status: 204, headers: {}, body: '', secret: false };
  const { run, clock } = setUp([{ kind: 'running' }, { kind: 'running' }, { kind: 'answered', answer }]);
  const second = run();
  await clock.advance(75);
  expect((await second).status).toBe(204);
});

test('a second one that hangs up waits no longer', async () => {
  const { run, clock } = setUp([{ kind: 'running' }]);
  const hangUp = new AbortController();
  const second = expect(run(undefined, 'k', hangUp.signal)).rejects.toThrow('gone');
  await clock.settle();
  hangUp.abort(new Error('gone'));
  await second;
  expect(clock.sleepers()).toBe(0);
});

test('2: what could not begin in time is given back and never worked on', async () => {
  const { run, calls, state } = setUp();
  state.gaveUp = true;
  await expect(run()).rejects.toMatchObject({ code: 'unavailable', options: { retryAfterMs: 1_000 } });
  expect([calls, state.worked]).toEqual([['begin true i', 'abandon true'], 0]);
});

test.each([
  [200, true],
  [404, true],
  [428, true],
  [429, false],
  [499, true],
  [500, false],
  [503, false],
])('an answer of %i is kept: %s', async (status, isKept) => {
  const { run, calls } = setUp();
  expect((await run(async () => ({ ...DONE, status }))).status).toBe(status);
  expect(calls[1]).toMatch(isKept ? /^finish / : /^abandon true$/);
});

test('an answer of just the bound is kept, a byte more and a stream are not', async () => {
  for (const [body, isKept] of [
    ['é'.repeat(256 * 1024), true],
    [`${'é'.repeat(256 * 1024)}x`, false],
    [new ReadableStream<Uint8Array>(), false],
  ] as const) {
    const { run, calls } = setUp();
    await run(async () => ({ ...DONE, body }));
    expect(calls[1]?.startsWith('finish')).toBe(isKept);
  }
});

test('work that throws a refusal has it kept, one that fails for us is free to be tried again', async () => {
  const refused = setUp();
  expect((await refused.run(() => Promise.reject(problem('conflict', 'taken')))).status).toBe(409);
  expect(refused.calls[1]).toContain('"secret":false');
  const failed = setUp();
  expect((await failed.run(() => Promise.reject(new Error('ours')))).status).toBe(500);
  expect(failed.calls[1]).toBe('abandon true');
});

test('what was done is answered, also where it could not be remembered, and that is told', async () => {
  const { run, state, log } = setUp();
  state.fails = true;
  expect(await run()).toEqual(DONE);
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { error: { code: 'StoreUnavailable' } } }]);
});

test('1: what is under way is kept from being forgotten, in good time, until it has ended', async () => {
  const { run, calls, clock, state, log } = setUp();
  const gate = Promise.withResolvers<RouteAnswer>();
  const answer = run(() => gate.promise);
  await clock.advance(RUNNING_MS.value / 3 - 1);
  expect(calls).toHaveLength(1);
  await clock.advance(1);
  state.fails = true;
  await clock.advance(RUNNING_MS.value / 3);
  state.fails = false;
  await clock.advance(RUNNING_MS.value / 3);
  expect(calls.slice(1)).toEqual(Array(3).fill('renew true i'));
  expect(log.lines).toMatchObject([{ level: 'warn' }]);
  gate.resolve(DONE);
  await answer;
  await clock.advance(10 * RUNNING_MS.value);
  expect(calls.slice(4).map((line) => line.split(' ')[0])).toEqual(['finish']);
});

test('nothing is kept any more once the keeper is closed', async () => {
  const { calls } = setUp();
  const clock = manualClock();
  const keeper = createKeeper(
    { renew: async () => void calls.push('renew') } as unknown as IdempotencyStore,
    clock,
    recordingLog(),
  );
  keeper.hold('k', 'i');
  await clock.settle();
  keeper.close();
  await clock.advance(10 * RUNNING_MS.value);
  expect(calls).toEqual([]);
});

test.each([
  ['k', true],
  ['!~', true],
  ['x'.repeat(255), true],
  ['x'.repeat(256), false],
  ['two words', false],
  ['ü', false],
])('the key %j is one: %s', async (name, isOne) => {
  const { run, calls } = setUp();
  if (isOne) expect((await run(undefined, name)).status).toBe(202);
  else {
    await expect(run(undefined, name)).rejects.toMatchObject({
      code: 'invalid',
      options: { errors: [{ pointer: '/headers/idempotency-key' }] },
    });
    expect(calls).toEqual([]);
  }
});

test('a request has a key where it has the header', () => {
  expect(hasKey(new Request('http://h/', { headers: { 'Idempotency-Key': 'k' } }))).toBe(true);
  expect(hasKey(new Request('http://h/'))).toBe(false);
});
