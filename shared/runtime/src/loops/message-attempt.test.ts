/** The tries of one message (C4, C5; 1 to 3): what is tried again, how often and when, and what is never lost. */
import type { IncomingMessage } from '@leasehold/bus';
import { bound, bug, conflict, type Fault, invalid, NEWER_RELEASE, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import type { ConsumerGate } from './consumer-gate.ts';
import type { ConsumersOptions } from './consumers.port.ts';
import { attemptMessage, type TopicContext, waitAfter } from './message-attempt.ts';

const message = { id: 'm', topic: 't' } as IncomingMessage;
const away = (more = {}) => unavailable('the store is away', { code: 'StoreUnavailable', away: true, ...more });

function setUp() {
  const clock = manualClock();
  const stopping = new AbortController();
  const seen: string[] = [];
  const said: string[] = [];
  const slept: number[] = [];
  const disposals: { code: string; attempts: number }[] = [];
  const world = { cannot: undefined as Fault | undefined };
  const note = (what: string) => (_: IncomingMessage, fault?: Fault, attempts?: number) =>
    void seen.push(fault ? `${what} ${fault.code} ${attempts}` : what);
  const context: TopicContext = {
    topic: 't',
    gate: { block: note('block'), putAside: note('aside'), unblock: note('unblock') } as unknown as ConsumerGate,
    bounds: {
      attempts: bound('tries', 3),
      backoffBaseMs: bound('base', 100),
      backoffCapMs: bound('cap', 1_000),
    } as never,
    stopping: stopping.signal,
    forced: new AbortController().signal,
    options: {
      clock: {
        now: clock.now,
        sleep: (ms: number, signal?: AbortSignal) => {
          slept.push(ms);
          return clock.sleep(ms, signal);
        },
      },
      rng: { next: () => 1 },
      log: {
        ...silentLog,
        warn: (text: string) => void said.push(`warn ${text}`),
        error: (text: string) => void said.push(`error ${text}`),
        debug: (text: string) => void said.push(`debug ${text}`),
      },
      onCannot: async (_: IncomingMessage, fault: Fault, attempts: number) => {
        if (world.cannot) throw world.cannot;
        disposals.push({ code: fault.code, attempts });
        return { outcome: 'dead_letter' };
      },
    } as unknown as ConsumersOptions,
  };
  let tries = 0;
  /** Fails with these, one after the other, and then succeeds. */
  const attempt = (...faults: readonly Error[]) =>
    attemptMessage(context, message, async () => {
      const fault = faults[tries++];
      if (fault) throw fault;
      return 'yes';
    });
  return { clock, context, stopping, seen, said, slept, disposals, world, attempt, tries: () => tries };
}

test('what succeeds is done, and nobody waits', async () => {
  const { attempt, seen, slept } = setUp();
  expect(await attempt()).toEqual({ kind: 'done', value: 'yes' });
  expect([seen, slept]).toEqual([['unblock'], []]);
});

test('1: what is away is tried for ever in growing pauses, in sight, and is told of once', async () => {
  const { clock, attempt, seen, said, slept, tries } = setUp();
  const done = attempt(...Array.from({ length: 8 }, () => away()));
  await clock.advance(60_000);
  expect(await done).toEqual({ kind: 'done', value: 'yes' });
  expect(slept).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
  expect(seen).toEqual([...Array.from({ length: 8 }, (_, at) => `block StoreUnavailable ${at + 1}`), 'unblock']);
  expect([said[0], new Set(said.slice(1)), tries()]).toEqual([
    'warn event waits for something that is away',
    new Set(['debug event still waits']),
    9,
  ]);
});

test('1: what only a newer release can read waits by itself alone', async () => {
  const { clock, attempt, seen, said } = setUp();
  const newer = unavailable('of a newer release', { code: NEWER_RELEASE });
  const done = attempt(newer, newer, away());
  await clock.advance(10_000);
  await done;
  expect(seen).toEqual([`aside ${NEWER_RELEASE} 1`, `aside ${NEWER_RELEASE} 2`, 'block StoreUnavailable 3', 'unblock']);
  expect(said.filter((line) => line.startsWith('warn'))).toEqual([
    'warn event waits with those of its tenant, the others go on',
  ]);
});

test.each([
  ['invalid input', () => invalid('no', { code: 'Bad' }), 1, 'Bad'],
  ['a conflict', () => conflict('taken', { code: 'Taken' }), 3, 'Taken'],
  ['a bug', () => bug('oops'), 3, 'Bug'],
  ['any error', () => new TypeError('oops'), 3, 'Bug'],
])(
  '1: %s is tried as often as it may help, and then disposed of with what it failed of last',
  async (_, fault, most, code) => {
    const { clock, attempt, disposals, tries } = setUp();
    const done = attempt(...Array.from({ length: 9 }, fault));
    await clock.advance(10_000);
    expect(await done).toEqual({ kind: 'disposed', handled: { outcome: 'dead_letter' } });
    expect([tries(), disposals]).toEqual([most, [{ code, attempts: most }]]);
  },
);

test('1: waits for what is away do not count as tries, and are told with them in the end', async () => {
  const { clock, attempt, disposals, seen, slept } = setUp();
  const done = attempt(
    away(),
    conflict('c', { code: 'C' }),
    away(),
    conflict('c', { code: 'C' }),
    conflict('c', { code: 'C' }),
  );
  await clock.advance(60_000);
  expect(await done).toMatchObject({ kind: 'disposed' });
  expect(disposals).toEqual([{ code: 'C', attempts: 5 }]);
  expect(slept).toEqual([100, 100, 200, 200]);
  // A refusal is an answer: nothing is away any more.
  expect(seen).toEqual([
    'block StoreUnavailable 1',
    'unblock',
    'block StoreUnavailable 2',
    'unblock',
    'unblock',
    'unblock',
  ]);
});

test('2: a disposal that fails is tried for ever, visibly, and told as an error where nothing is away', async () => {
  const { clock, attempt, world, disposals, seen, said } = setUp();
  world.cannot = bug('no dead letters');
  const done = attempt(invalid('no', { code: 'Bad' }));
  await clock.advance(10_000);
  expect([disposals, seen.filter((line) => line.startsWith('block')).slice(0, 2)]).toEqual([
    [],
    ['block Bug 1', 'block Bug 2'],
  ]);
  expect(said).toContain('error event cannot be disposed of, tried again');
  world.cannot = undefined;
  await clock.advance(10_000);
  expect([await done, disposals, seen.at(-1)]).toEqual([
    { kind: 'disposed', handled: { outcome: 'dead_letter' } },
    [{ code: 'Bad', attempts: 1 }],
    'unblock',
  ]);
});

test.each([
  ['away', () => away(), undefined],
  ['in conflict', () => conflict('c', { code: 'C' }), undefined],
  ['to be disposed of', () => invalid('no', { code: 'Bad' }), bug('no dead letters')],
])('3: once it stops, a message that is %s is left, and blocks nobody', async (_, fault, cannot) => {
  const { clock, attempt, stopping, world, seen, tries } = setUp();
  world.cannot = cannot;
  const done = attempt(...Array.from({ length: 9 }, fault));
  await clock.settle();
  stopping.abort();
  expect(await done).toEqual({ kind: 'left' });
  expect([tries(), seen.at(-1), clock.sleepers()]).toEqual([1, 'unblock', 0]);
});

test('3: what fails after the stop is left at once, and is not disposed of', async () => {
  const { attempt, stopping, disposals, slept } = setUp();
  stopping.abort();
  expect(await attempt(invalid('no', { code: 'Bad' }))).toEqual({ kind: 'left' });
  expect([disposals, slept]).toEqual([[], []]);
});

test.each([
  [0, 100],
  [700, 700],
  [50, 100],
  [86_400_000, 1_000],
])('a pause of %i ms that was asked for is heeded up to the bound', async (retryAfterMs, expectedMs) => {
  const { clock, context, slept } = setUp();
  const waited = waitAfter(context, 1, away(retryAfterMs === 0 ? {} : { retryAfterMs }));
  await clock.advance(expectedMs);
  expect([await waited, slept]).toEqual([true, [expectedMs]]);
});
