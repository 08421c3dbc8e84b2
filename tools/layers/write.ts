/**
 * Brings what is made from the layer table up to date: the import rules in biome.json, the tags in turbo.json and in each
 * package's turbo.json. `node tools/layers/write.ts` writes; `stale()` says what would change, for the check.
 *
 * W1. Everything in biome.json and turbo.json that is not made from the table is kept as it is.
 * W2. What is written is formatted as Biome asks of every file, so that the check takes it as it is.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { packageFolders, ROOT } from '../source-files.ts';
import { biomeOverrides, turboBoundaries, turboTag } from './derived.ts';

type Config = Record<string, unknown>;

const read = (path: string): Config =>
  existsSync(`${ROOT}/${path}`) ? (JSON.parse(readFileSync(`${ROOT}/${path}`, 'utf8')) as Config) : {};

const isImportRule = (override: unknown): boolean => JSON.stringify(override).includes('noRestrictedImports');

function wanted(): ReadonlyMap<string, Config> {
  const biome = read('biome.json');
  const kept = ((biome.overrides ?? []) as unknown[]).filter((each) => !isImportRule(each));
  const files = new Map<string, Config>();
  files.set('biome.json', { ...biome, overrides: [...kept, ...biomeOverrides()] });
  files.set('turbo.json', { ...read('turbo.json'), boundaries: turboBoundaries() });
  for (const folder of packageFolders()) {
    const tag = turboTag(folder);
    if (tag === undefined) continue;
    const path = `${folder}/turbo.json`;
    files.set(path, { extends: ['//'], ...read(path), tags: [tag] });
  }
  return files;
}

/** Files that no longer agree with the layer table. */
export const stale = (): readonly string[] =>
  [...wanted()].filter(([path, config]) => JSON.stringify(read(path)) !== JSON.stringify(config)).map(([path]) => path);

if (import.meta.main) {
  const files = wanted();
  const paths = stale();
  for (const path of paths) {
    writeFileSync(`${ROOT}/${path}`, `${JSON.stringify(files.get(path), null, 2)}\n`);
    console.log(`wrote ${path}`);
  }
  if (paths.length > 0)
    execFileSync(`${ROOT}/node_modules/.bin/biome`, ['format', '--write', ...paths], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
}
