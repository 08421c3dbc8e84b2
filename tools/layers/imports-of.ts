/**
 * Reads the imports of a source file without a compiler: comments are blanked out first, then the four forms that exist in
 * this repository are found (`import from`, bare `import`, `export from`, `import()`).
 *
 * R1. A type-only import counts: a type is a dependency too.
 * R2. A specifier that is computed (`import(variable)`) is not seen; Biome does not see it either.
 */
import type { Import } from './zone-of.ts';

const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g;
const STATIC = /(?:^|[\n;])[ \t]*(?:import|export)\s+(type\s+)?([^'"`;=()]*?)\s*from\s*(['"])([^'"\n]+)\3/g;
const BARE = /(?:^|[\n;])[ \t]*import\s*(['"])([^'"\n]+)\1/g;
const DYNAMIC = /\bimport\s*\(\s*(['"`])([^'"`\n$]+)\1/g;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

function names(clause: string): readonly string[] {
  const braces = /\{([\s\S]*)\}/.exec(clause)?.[1];
  const others = clause.replace(/\{[\s\S]*\}/, '').includes('*') ? ['*'] : [];
  const inside = (braces ?? '')
    .split(',')
    .map(
      (part) =>
        part
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+/)[0] as string,
    )
    .filter((part) => part !== '');
  return [...inside, ...others];
}

export function importsOf(source: string): readonly Import[] {
  const text = source.replace(COMMENTS, blank);
  const found: Import[] = [];
  for (const match of text.matchAll(STATIC)) {
    const at = match.index + match[0].length;
    found.push({ specifier: match[4] as string, line: lineAt(text, at), names: names(match[2] as string) });
  }
  for (const pattern of [BARE, DYNAMIC])
    for (const match of text.matchAll(pattern))
      found.push({ specifier: match[2] as string, line: lineAt(text, match.index + match[0].length), names: ['*'] });
  return found.sort((a, b) => a.line - b.line);
}
