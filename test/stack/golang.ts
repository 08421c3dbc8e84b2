/**
 * Servers from Go modules: builds a pinned module once for each set of pins. Compiled packages stay in Go's own cache; the
 * binary goes to ours.
 *
 * 1. Modules come from module proxies alone, never from a source host, and are checked against the committed go.sum.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@leasehold/kernel';
import type { Program } from './definition.ts';
import type { Run } from './shell.ts';

const BUILD_MS = 60 * 60_000;
const ASK_MS = 20_000;
const BUILD_ENV = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false -trimpath' };

type GoProgram = Extract<Program, { readonly kind: 'go' }>;

/** What a build is made from, as names in the program's folder. */
export const goFiles = ({ sources = [] }: GoProgram): readonly string[] => ['go.mod', 'go.sum', ...sources];

/** A GOPROXY list without the fallback to source hosts. */
export const withoutDirect = (goproxy: string): string => goproxy.trim().replace(/[,|]direct\b/g, '');

/** @returns the path of the binary. Errors: `Unavailable` when Go is missing, too old, or the build fails. */
export async function buildBinary(
  name: string,
  program: GoProgram,
  programs: string,
  run: Run,
  log: (line: string) => void,
): Promise<string> {
  const from = goFiles(program);
  const pins = from.map((file) => readFileSync(join(program.folder, file), 'utf8'));
  const key = digest([pins, program.package, program.ldflags]).slice(0, 12);
  const binary = join(programs, `${name}-${key}`, name);
  if (existsSync(binary)) return binary;
  log(`${name}: building from Go modules (the first time about ${program.buildMinutes} minutes of processor time)`);
  const folder = join(programs, `${name}-${key}`);
  mkdirSync(folder, { recursive: true });
  // Built beside a copy, so that the checkout is only read.
  for (const file of from) copyFileSync(join(program.folder, file), join(folder, file));
  const proxy = withoutDirect(await run('go', ['env', 'GOPROXY'], { timeoutMs: ASK_MS }));
  const draft = `${binary}.${process.pid}`;
  const build = ['build', '-p', '2', '-ldflags', program.ldflags, '-o', draft, program.package];
  await run('nice', ['-n', '10', 'go', ...build], {
    timeoutMs: BUILD_MS,
    cwd: folder,
    env: { ...BUILD_ENV, GOPROXY: proxy },
  });
  renameSync(draft, binary);
  rmSync(draft, { force: true });
  return binary;
}
