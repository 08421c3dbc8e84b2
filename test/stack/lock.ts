/**
 * A lock between processes, so that two runs never build the same program or start the same server at once.
 *
 * 1. It is a file lock that the kernel releases with its holder (SQLite's exclusive transaction on an empty database), so a
 *    killed run leaves nothing stale behind.
 * 2. Waiting is bounded: longer than the longest build.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bound, type Clock, unavailable } from '@leasehold/kernel';

const MAX_WAIT_MS = bound('stack.lock-wait-ms', 75 * 60_000);
const POLL_MS = 200;

const isBusy = (error: unknown): boolean => (error as { errcode?: number }).errcode === 5;

function tryLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** Errors: `Unavailable` (code `StackLocked`) when another run holds it too long; what `work` throws. */
export async function withLock<T>(file: string, clock: Clock, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const until = clock.now() + MAX_WAIT_MS.value;
  let held = tryLock(file);
  if (held === undefined) onWait();
  while (held === undefined) {
    if (clock.now() > until) throw unavailable('another run holds the stack for too long', { code: 'StackLocked' });
    await clock.sleep(POLL_MS);
    held = tryLock(file);
  }
  try {
    return await work();
  } finally {
    held.close();
  }
}
