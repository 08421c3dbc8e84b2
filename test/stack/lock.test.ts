import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { withLock } from './lock.ts';

/** Time that passes only when somebody sleeps. */
const steppedClock = (): Clock => {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

const inFolder = async (work: (file: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'stack-lock-'));
  await work(join(folder, 'lock')).finally(() => rmSync(folder, { recursive: true }));
};

test('work under one lock never overlaps, and each waiter says so once', () =>
  inFolder(async (file) => {
    let inside = 0;
    let most = 0;
    let waited = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const clock = steppedClock();
    await Promise.all([1, 2, 3].map(() => withLock(file, clock, () => waited++, work)));
    expect(most).toBe(1);
    expect(waited).toBe(2);
  }));

test('a lock is free again after its work has failed', () =>
  inFolder(async (file) => {
    const clock = steppedClock();
    const failing = withLock(
      file,
      clock,
      () => undefined,
      () => Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(
      await withLock(
        file,
        clock,
        () => undefined,
        async () => 'in',
      ),
    ).toBe('in');
  }));

test('waiting for a lock that is never given back ends in an error (2)', () =>
  inFolder(async (file) => {
    const clock = steppedClock();
    let release = (): void => undefined;
    const held = withLock(
      file,
      clock,
      () => undefined,
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const late: Clock = { now: clock.now, sleep: () => clock.sleep(60 * 60_000) };
    await expect(
      withLock(
        file,
        late,
        () => undefined,
        async () => undefined,
      ),
    ).rejects.toMatchObject({ code: 'StackLocked' });
    release();
    await held;
  }));
