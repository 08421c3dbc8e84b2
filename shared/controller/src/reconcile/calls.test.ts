/** How calls reach the backends: Y1 to Y4, in which group, under which fence, and how each ends in the counts. */
import type { Provider, Scope } from '@leasehold/engine';
import { asFault, conflict, invalid, silentLog, unavailable } from '@leasehold/kernel';
import type { Guard, Lane } from '@leasehold/runtime';
import { createMemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { beforeEach, expect, test } from 'vitest';
import { type CallsDeps, createCaller } from './calls.ts';

const KIND = 'minio-bucket';
let nowMs: number;
let guarded: { readonly label: string; readonly bounds: object }[];
let counted: object[];
let took: number[];
let laned: number;
let closed: boolean;
let provider: Provider;
beforeEach(() => {
  [nowMs, guarded, counted, took, laned, closed] = [1_000, [], [], [], 0, false];
  provider = createMemoryBackend().provider(KIND);
});

const clock = { now: () => nowMs, sleep: async () => undefined };
/** The call waits a second for its slot, and a second for its lane. */
const guard = {
  run: (label: string, bounds: object, fn: (within: AbortSignal) => unknown, within: AbortSignal) => {
    guarded.push({ label, bounds });
    nowMs += 1_000;
    return fn(within);
  },
} as unknown as Guard;
const lane = {
  run: (fn: (generation: number, held: AbortSignal) => unknown, within: AbortSignal) => {
    laned += 1;
    nowMs += 1_000;
    if (closed) return Promise.reject(unavailable('the lane is closed', { code: 'LaneClosed' }));
    return fn(7, within);
  },
} as unknown as Lane;

const deps: CallsDeps = {
  guards: new Map([[KIND, guard]]),
  lanes: new Map([['tables', lane]]),
  clock,
  log: silentLog,
  metrics: {
    resourceOperations: { inc: (labels: object) => void counted.push(labels) },
    resourceOperation: { observe: (_labels: object, seconds: number) => void took.push(seconds) },
  } as unknown as CallsDeps['metrics'],
};
const inLane = (): Provider => ({ ...provider, bounds: { ...provider.bounds, lane: 'tables' } });
const open = new AbortController().signal;

test('a call has the scope of its run, the bounds of its provider, and a group of its own for looking and for acting', async () => {
  let scope: Scope | undefined;
  const call = async (given: Scope) => {
    scope = given;
    nowMs += 250;
    return 'answer';
  };
  expect(await createCaller(deps, 9, 'acme')(provider, 'observe', call, open)).toBe('answer');
  expect(scope).toMatchObject({ fence: 9, clock, log: silentLog });
  await createCaller(deps, 9)(provider, 'ensure', call, open);
  const { timeoutMs, parallelism } = provider.bounds;
  expect(guarded).toEqual([
    { label: 'minio-bucket observe', bounds: { timeoutMs, parallelism, group: 'minio-bucket:look', subject: 'acme' } },
    { label: 'minio-bucket ensure', bounds: { timeoutMs, parallelism, group: 'minio-bucket:act' } },
  ]);
  expect(counted).toEqual([
    { kind: KIND, operation: 'observe', outcome: 'ok' },
    { kind: KIND, operation: 'ensure', outcome: 'ok' },
  ]);
  // Y1: waiting for the slot is not the backend's time.
  expect(took).toEqual([0.25, 0.25]);
});

test('Y1: what changes something goes through the lane of its provider, looks do not, nor does a lane that nobody opened', async () => {
  const call = async () => {
    nowMs += 500;
  };
  const caller = createCaller(deps, 1);
  await caller(inLane(), 'observe', call, open);
  await caller(provider, 'ensure', call, open);
  await caller({ ...provider, bounds: { ...provider.bounds, lane: 'elsewhere' } }, 'ensure', call, open);
  expect(laned).toBe(0);
  await caller(inLane(), 'ensure', call, open);
  await caller(inLane(), 'delete', call, open);
  expect([laned, took.at(-1)]).toEqual([2, 0.5]);
});

test('Y3: what waits for a lane that closes was never begun: it is superseded, not failed; any other end is its own', async () => {
  closed = true;
  const caller = createCaller(deps, 1);
  await expect(caller(inLane(), 'ensure', async () => undefined, open)).rejects.toMatchObject({
    class: 'Conflict',
    code: 'Superseded',
  });
  expect([guarded, counted]).toEqual([[], []]);
  closed = false;
  const lost = unavailable('lost', { code: 'LeaseLost' });
  await expect(caller(inLane(), 'ensure', () => Promise.reject(lost), open)).rejects.toBe(lost);
});

test('Y2: a provider without a guard is never called', async () => {
  const call = createCaller({ ...deps, guards: new Map() }, 1)(provider, 'observe', async () => 'answer', open);
  await expect(call).rejects.toThrow(RangeError);
  expect(counted).toEqual([]);
});

test.each([
  [invalid('x', { code: 'X' }), 'invalid'],
  [conflict('x', { code: 'X' }), 'conflict'],
  [unavailable('x', { code: 'X' }), 'unavailable'],
])('how a call failed is counted, and the fault is handed on: %s', async (fault, outcome) => {
  await expect(createCaller(deps, 1)(provider, 'delete', () => Promise.reject(fault), open)).rejects.toBe(fault);
  expect(counted).toEqual([{ kind: KIND, operation: 'delete', outcome }]);
  expect(took).toHaveLength(1);
});

test('a call that was told to end is counted as that, whatever it failed with', async () => {
  const stop = new AbortController();
  const call = () => {
    stop.abort();
    return Promise.reject(invalid('x', { code: 'X' }));
  };
  await expect(createCaller(deps, 1)(provider, 'ensure', call, stop.signal)).rejects.toMatchObject({ code: 'X' });
  expect(counted).toEqual([{ kind: KIND, operation: 'ensure', outcome: 'aborted' }]);
});

test.each([
  ['a look that trips over an answer is tried again, and its place is in the log', 'observe', 'Unavailable', 1],
  ['an effect that trips is a bug', 'ensure', 'Bug', 0],
] as const)('Y4: %s', async (_what, verb, faultClass, logged) => {
  const lines: unknown[] = [];
  const log = { ...silentLog, error: (...line: readonly unknown[]) => void lines.push(line) };
  for (const error of [new TypeError('no list'), new SyntaxError('no JSON')]) {
    const call = createCaller({ ...deps, log }, 1)(provider, verb, () => Promise.reject(error), open);
    const fault = asFault(await call.catch((thrown: unknown) => thrown));
    expect([fault.class, fault.away]).toEqual([faultClass, false]);
    expect(fault.message).toContain(error.message);
  }
  expect(lines).toHaveLength(2 * logged);
  const other = invalid('refused', { code: 'Refused' });
  await expect(createCaller({ ...deps, log }, 1)(provider, verb, () => Promise.reject(other), open)).rejects.toBe(
    other,
  );
});
