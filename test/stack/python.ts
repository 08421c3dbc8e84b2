/**
 * A Python environment with Pulsar's own Python client: what upstream services publish with, and so an independent client
 * for the tests. Made once for each version of its requirements, outside the checkout.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest } from '@leasehold/kernel';
import type { Run } from './shell.ts';

const REQUIREMENTS = fileURLToPath(new URL('../e2e/client/requirements.txt', import.meta.url));
const INSTALL_MS = 5 * 60_000;

const folderOf = (programs: string): string =>
  join(programs, `python-${digest(readFileSync(REQUIREMENTS, 'utf8')).slice(0, 12)}`);
const markOf = (folder: string): string => join(folder, 'complete');

/** The interpreter, if the present requirements are installed. */
export function installedPython(programs: string): string | undefined {
  const folder = folderOf(programs);
  const python = join(folder, 'bin', 'python');
  return existsSync(markOf(folder)) && existsSync(python) ? python : undefined;
}

/** @returns the interpreter. Errors: `Unavailable` when Python or the package registry is missing. */
export async function ensurePython(programs: string, run: Run, log: (line: string) => void): Promise<string> {
  const installed = installedPython(programs);
  if (installed !== undefined) return installed;
  const folder = folderOf(programs);
  const python = join(folder, 'bin', 'python');
  log('python: installing the Pulsar client');
  mkdirSync(programs, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder], { timeoutMs: INSTALL_MS });
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:'];
  await run(python, ['-m', 'pip', 'install', ...flags, '-r', REQUIREMENTS], { timeoutMs: INSTALL_MS });
  await run(python, ['-c', 'import pulsar, fastavro'], { timeoutMs: INSTALL_MS });
  // Last of all, so that an interrupted installation is made anew.
  writeFileSync(markOf(folder), '');
  return python;
}
