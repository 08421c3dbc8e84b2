/**
 * What plants the bugs is installed when it is first asked for, from its own lock file: neither starting nor testing the product
 * needs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { ROOT } from '../source-files.ts';

const FOLDER = `${ROOT}/tools/mutate`;

const modifiedMs = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** @returns the module to import. */
export function ensureInstrumenter(): string {
  const modules = `${FOLDER}/node_modules`;
  if (modifiedMs(`${modules}/.package-lock.json`) < modifiedMs(`${FOLDER}/package-lock.json`)) {
    console.log('mutate: installing what plants the bugs (about 10 seconds, once)');
    const { status } = spawnSync('npm', ['ci', '--silent'], { cwd: FOLDER, stdio: 'inherit' });
    if (status !== 0) throw new Error('npm ci in tools/mutate failed, see above');
  }
  return `${modules}/@stryker-mutator/instrumenter/dist/src/index.js`;
}
