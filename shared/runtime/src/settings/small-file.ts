/**
 * Files that an operator names: settings, secrets, certificates, blueprints. A device or a pipe could hang the start or fill the
 * memory before anything is refused, so only a regular file of a bounded size is read.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { type Bound, bound } from '@leasehold/kernel';

export const SMALL_FILE_BYTES: Bound = bound('bytes of a file of settings', 1024 * 1024);

/** Throws an error of the file system, or a plain one in words, for what cannot be read whole. */
export function readSmallFile(path: string): string {
  // Without waiting: opening a pipe that nobody writes to would never end.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error('it is no regular file');
    if (stats.size > SMALL_FILE_BYTES.value) throw new Error(`it has more than ${SMALL_FILE_BYTES.value} bytes`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
