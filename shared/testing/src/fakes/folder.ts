/**
 * Folders for tests whose files nobody keeps.
 */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory, where the system has such a place: each commit waits for its disk, and tests of stores make thousands. */
const MEMORY = '/dev/shm';

export const quickFolder = (name: string): string =>
  mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), `leasehold-${name}-`));
