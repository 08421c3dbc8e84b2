/**
 * Ranges of keys in the order of their UTF-8 bytes, which is also the order of their code points.
 */
import type { Slice } from './port.ts';

const LAST = 0x10ffff;

/** The least text greater than every text with this prefix; undefined: there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = [...prefix].map((char) => char.codePointAt(0) as number);
  while (points.length > 0) {
    const last = points.pop() as number;
    // Surrogates are no characters: the code point after U+D7FF is U+E000.
    if (last < LAST) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** Order of the UTF-8 bytes. JavaScript's own order, by UTF-16 units, differs above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

export const inSlice = (key: string, slice: Slice): boolean =>
  'key' in slice ? key === slice.key : key.startsWith(slice.prefix);
