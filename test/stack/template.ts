/**
 * Configuration files with named holes, `@LIKE_THIS@`, so that what a server is told can be read as a file.
 *
 * 1. A hole without a value is our own mistake and is reported by name: a server never sees a hole.
 */
import { readFileSync } from 'node:fs';
import { bug } from '@leasehold/kernel';

const HOLE = /@([A-Z][A-Z0-9_]*)@/g;

export function renderTemplate(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(HOLE, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw bug(`template has no value for @${name}@`);
    return String(value);
  });
}

export const readBeside = (moduleUrl: string, name: string): string => readFileSync(new URL(name, moduleUrl), 'utf8');

/** Options one a line; blank lines and lines that begin with `#` are left out. */
export const optionLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
