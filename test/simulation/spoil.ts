/**
 * Mistakes planted in the text of the sources: a thread that is told one reads that file with it, and all others as they are. Nothing
 * is written anywhere.
 *
 * 1. Must be installed before anything of the product is loaded: this file imports nothing of it.
 * 2. A text that is not there exactly once is refused, so that no planted bug outlives the code that it was made for.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** One place of one file, from the root of the tree. */
export interface Spoil {
  readonly file: string;
  /** By its text, or where it stands: lines from 1, columns from 1, the end not included. */
  readonly find: string | { readonly start: Place; readonly end: Place };
  readonly put: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

const ROOT = new URL('../../', import.meta.url);

/** @throws RangeError where the place is not there. */
export function spoiled(text: string, spoil: Spoil): string {
  const [from, to] = placeIn(text, spoil);
  return text.slice(0, from) + spoil.put + text.slice(to);
}

function placeIn(text: string, { file, find }: Spoil): readonly [from: number, to: number] {
  if (typeof find !== 'string') return [offsetOf(text, find.start), offsetOf(text, find.end)];
  const at = text.indexOf(find);
  if (at < 0 || text.indexOf(find, at + 1) >= 0)
    throw new RangeError(`${file} has not exactly one ${JSON.stringify(find)}`);
  return [at, at + find.length];
}

/** Where the place begins. */
export const startOf = (spoil: Spoil): number => placeIn(readSource(spoil.file), spoil)[0];

function offsetOf(text: string, { line, column }: Place): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed++) {
    offset = text.indexOf('\n', offset) + 1;
    if (offset === 0) throw new RangeError(`there is no line ${line}`);
  }
  return offset + column - 1;
}

const readSource = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

/** From now on this thread loads the file with its mistake in it. */
export function install(spoil: Spoil): void {
  const { href } = new URL(spoil.file, ROOT);
  const text = spoiled(readSource(spoil.file), spoil);
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      return url.split('?')[0] === href ? { ...loaded, source: text } : loaded;
    },
  });
}
