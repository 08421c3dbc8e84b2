/**
 * The mutation tester is installed when it is first asked for, from its own lock file: it is large, and neither starting nor
 * testing the product needs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { ROOT } from '../source-files.ts';

const FOLDER = `${ROOT}/tools/mutate`;

export interface Stryker {
  readonly command: string;
  readonly plugin: string;
}

const modifiedMs = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0);

export function ensureStryker(): Stryker {
  const modules = `${FOLDER}/node_modules`;
  if (modifiedMs(`${modules}/.package-lock.json`) < modifiedMs(`${FOLDER}/package-lock.json`)) {
    console.log('mutate: installing the mutation tester (about 15 seconds, once)');
    const { status } = spawnSync('npm', ['ci', '--silent'], { cwd: FOLDER, stdio: 'inherit' });
    if (status !== 0) throw new Error('npm ci in tools/mutate failed, see above');
  }
  return {
    command: `${modules}/@stryker-mutator/core/bin/stryker.js`,
    plugin: `${modules}/@stryker-mutator/vitest-runner/dist/src/index.js`,
  };
}
