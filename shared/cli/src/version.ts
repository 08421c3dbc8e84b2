/**
 * The release of this command: one number, in its package.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const readVersion = (): string => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
};
