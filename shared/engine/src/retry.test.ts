/** What becomes of a node after a failed try: T1, T2, T3, and what a server's own wish to wait is worth. */
import { conflict, Fault, type FaultOptions, invalid, type Rng, seededRng, unavailable } from '@leasehold/kernel';
import { describe, expect, test } from 'vitest';
import { judgeFailure, RETRY_BOUNDS } from './retry.ts';

const NOW_MS = 1_000_000;
const DAY_MS = 24 * 3_600_000;
const never = { nowMs: NOW_MS, deadlineMs: Number.POSITIVE_INFINITY };
/** Half of the jitter: a wait is three quarters of the full one. */
const half: Rng = { ...seededRng(1), next: () => 0.5 };

const judge = (fault: Fault, { attempts = 1, strikes = 0 } = {}, when = never) =>
  judgeFailure({ attempts, strikes }, fault, when, half);
const broken = (more: Partial<FaultOptions> = {}) => unavailable('500', { code: 'Broken', ...more });
const away = (more: Partial<FaultOptions> = {}) => broken({ away: true, ...more });

test.each([
  ['the caller’s fault', invalid('no', { code: 'Refused' })],
  ['our own bug', new Fault('Bug', 'no', { code: 'Bug' })],
  ['a name held by others', conflict('no', { code: 'NameTaken' })],
  ['a ceiling', conflict('no', { code: 'CeilingReached' })],
  ['what cannot be adopted', conflict('no', { code: 'NotAdoptable' })],
])('T1: %s fails at once', (_what, fault) => {
  expect(judge(fault)).toEqual({ kind: 'failed', strikes: 1 });
});

test.each([
  ['somebody who was faster', conflict('no', { code: 'GoneMeanwhile' })],
  ['a backend that answers with a failure', broken()],
  ['a backend’s failure that is called as a final conflict is', unavailable('no', { code: 'NameTaken' })],
])('T1: %s is tried again, and counted', (_what, fault) => {
  expect(judge(fault)).toMatchObject({ kind: 'retry', strikes: 1 });
});

test('T1: what no repetition can mend is not waited for, although its backend is away', () => {
  expect(judge(invalid('no', { code: 'Refused', away: true }))).toEqual({ kind: 'failed', strikes: 0 });
});

test('T2: what was not answered is never counted, however often', () => {
  for (const fault of [away(), unavailable('no place', { code: 'BackendBusy' })]) {
    expect(judge(fault, { attempts: 500, strikes: 7 })).toMatchObject({ kind: 'retry', strikes: 7 });
  }
});

test('T3: the eighth answered failure is the last', () => {
  expect(RETRY_BOUNDS.maxStrikes.value).toBe(8);
  expect(judge(broken(), { strikes: 6 })).toMatchObject({ kind: 'retry', strikes: 7 });
  expect(judge(broken(), { strikes: 7 })).toEqual({ kind: 'failed', strikes: 8 });
});

describe('when it is tried again', () => {
  // 250 ms doubled with each try that was made, up to a minute; half of it is chance, and half of that was drawn.
  test.each([
    [0, 188],
    [1, 375],
    [2, 750],
    [3, 1_500],
    [7, 24_000],
    [8, 45_000],
    [40, 45_000],
  ])('after %i tries before this one it waits %i ms', (attempts, waitMs) => {
    expect(judge(broken(), { attempts })).toMatchObject({ atMs: NOW_MS + waitMs });
  });

  test.each([
    ['longer than the pause is heeded', 20_000, 20_000],
    ['shorter than the pause does not hasten it', 10, 375],
    ['of just the cap is heeded', 60_000, 60_000],
    ['of a day is held to the cap: a backend cannot park a tenant', DAY_MS, 60_000],
  ])('a server’s own wish to wait, %s', (_what, retryAfterMs, waitMs) => {
    expect(judge(broken({ retryAfterMs }))).toMatchObject({ atMs: NOW_MS + waitMs });
    expect(judge(away({ retryAfterMs }))).toMatchObject({ atMs: NOW_MS + waitMs });
  });
});

describe('T2: the deadline', () => {
  const by = (deadlineMs: number) => judge(away(), {}, { nowMs: NOW_MS, deadlineMs });

  test('a try that would come after it is made at it', () => {
    expect(by(NOW_MS + 376)).toMatchObject({ kind: 'retry', atMs: NOW_MS + 375 });
    expect(by(NOW_MS + 375)).toMatchObject({ kind: 'retry', atMs: NOW_MS + 375 });
    expect(by(NOW_MS + 374)).toMatchObject({ kind: 'retry', atMs: NOW_MS + 374 });
    expect(by(NOW_MS + 1)).toMatchObject({ kind: 'retry', atMs: NOW_MS + 1 });
  });

  test('at it and after it, nothing is tried any more', () => {
    expect(by(NOW_MS)).toEqual({ kind: 'failed', strikes: 0 });
    expect(by(NOW_MS - 1)).toEqual({ kind: 'failed', strikes: 0 });
  });
});

test('T2: looks that fail are waited for longer and longer too, though they are no attempts', () => {
  const waits = [0, 1, 2, 3, 20].map((misses) => {
    const verdict = judgeFailure({ attempts: 0, strikes: 0, misses }, away(), never, half);
    return verdict.kind === 'retry' ? verdict.atMs - NOW_MS : undefined;
  });
  expect(waits).toEqual([188, 375, 750, 1_500, 45_000]);
  expect(judgeFailure({ attempts: 3, strikes: 0, misses: 1 }, away(), never, half)).toEqual(
    judgeFailure({ attempts: 3, strikes: 0 }, away(), never, half),
  );
});
