/**
 * How modules are found and loaded while bugs are tried.
 *
 * 1. A source with bugs in it is loaded from memory; the file is never touched.
 * 2. Modules of the package can be imported anew: a number in the address goes from the test file to all that it imports.
 * 3. `vi.mock('x', () => import('y'))` in a test file turns `x` into `y` for the whole package. Other mocks cannot be done: vitest
 *    rewrites the file for them.
 * 4. Who imports whom is noted.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Load } from './../protocol.ts';

const EDITION = /\?v=\d+$/;
const MOCK = /^vi\.mock\('([^']+)', \(\) => import\('([^']+)'\)\);$/gm;
const NAMES = 'expect, vi, test, it, describe, beforeAll, beforeEach, afterEach, afterAll, onTestFinished';

export interface Modules {
  /** @param edition 0: as they were loaded first. */
  importTests(path: string, edition: number): Promise<unknown>;
  /** Sources with bugs in them that the test file imports, directly or not. */
  sourcesOf(test: string): readonly string[];
}

const addressIn = (root: string, path: string): string => pathToFileURL(`${root}/${path}`).href;
const plain = (address: string): string => address.replace(EDITION, '');

const COUNTER = /^function (stryCov_\w+)\(\) \{$/m;

/** Without its counter: an empty function in its place costs nothing. */
export const uncounted = (text: string): string => text.replace(COUNTER, 'function $1() {}\nfunction counted_$1() {');

function readMocks({ root, tests }: Load): ReadonlyMap<string, string> {
  return new Map(
    tests.flatMap((path) =>
      [...readFileSync(`${root}/${path}`, 'utf8').matchAll(MOCK)].map(([, from = '', to = '']) => [from, to] as const),
    ),
  );
}

/** @param api where the modules find what the stand-in for vitest exports: a name of the global object. */
export function hookModules(load: Load, api: string): Modules {
  const texts = new Map(
    load.texts.map(([path, text]) => [
      addressIn(load.root, path),
      { path, text: load.isCounting ? text : uncounted(text) },
    ]),
  );
  const own = `${addressIn(load.root, load.folder)}/`;
  const mocks = readMocks(load);
  const vitest = `data:text/javascript,${encodeURIComponent(`export const { ${NAMES} } = globalThis.${api};`)}`;
  const imports = new Map<string, Set<string>>();
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'vitest') return { url: vitest, shortCircuit: true };
      const found = next(mocks.get(specifier) ?? specifier, context);
      const parent = context.parentURL ?? '';
      const [edition] = EDITION.exec(parent) ?? [];
      if (edition === undefined) noteImport(imports, parent, found.url);
      const isAnew = edition !== undefined && found.url.startsWith(own) && !found.url.includes('?');
      return isAnew ? { ...found, url: `${found.url}${edition}` } : found;
    },
    load(address, context, next) {
      const planted = texts.get(plain(address));
      return planted === undefined
        ? next(address, context)
        : { format: 'module-typescript', source: planted.text, shortCircuit: true };
    },
  });
  return {
    importTests: (path, edition) => import(addressIn(load.root, path) + (edition === 0 ? '' : `?v=${edition}`)),
    sourcesOf: (test) =>
      reachable(imports, addressIn(load.root, test)).flatMap((address) => texts.get(address)?.path ?? []),
  };
}

function noteImport(imports: Map<string, Set<string>>, parent: string, child: string): void {
  if (!child.startsWith('file:')) return;
  const known = imports.get(parent) ?? new Set();
  imports.set(parent, known.add(child));
}

function reachable(imports: ReadonlyMap<string, ReadonlySet<string>>, from: string): readonly string[] {
  const seen = new Set([from]);
  for (const address of seen) for (const child of imports.get(address) ?? []) seen.add(child);
  return [...seen];
}
