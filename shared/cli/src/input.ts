/**
 * JSON that a person hands in: as text, from a file, or from standard input.
 *
 * 1. It is checked here to be JSON, so that a typing error is told with its place; what it means is the server's to judge.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bound } from '@leasehold/kernel';
import { usage } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { plain } from './text.ts';

const INPUT_BYTES = bound('input bytes', 1024 * 1024);

/** @returns JSON text, unchanged. @throws Failure `usage` */
export async function readInput(
  given: string,
  what: string,
  around: Pick<Surroundings, 'keyboard' | 'cwd' | 'interrupted'>,
): Promise<string> {
  const { source, text } = await load(given, what, around);
  if (Buffer.byteLength(text) > INPUT_BYTES.value) throw usage(`${what} ${source} is larger than 1 MiB`);
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw usage(`${what} ${source} is not JSON: ${plain((error as Error).message)}`);
  }
}

async function load(
  given: string,
  what: string,
  { keyboard, cwd, interrupted }: Pick<Surroundings, 'keyboard' | 'cwd' | 'interrupted'>,
): Promise<{ readonly source: string; readonly text: string }> {
  if (given === '-') return { source: 'from standard input', text: await keyboard.readAll(interrupted) };
  if (given.startsWith('@')) return { source: `in ${given.slice(1)}`, text: readFile(given.slice(1), what, cwd) };
  return { source: 'as given', text: given };
}

function readFile(path: string, what: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw usage(`${what}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

/** Limits as JSON, or the path of a file that holds them, with or without `@`. */
export async function readLimits(
  given: string,
  around: Pick<Surroundings, 'keyboard' | 'cwd' | 'interrupted'>,
): Promise<unknown> {
  const isPlace = given === '-' || given.startsWith('@') || given.trimStart().startsWith('{');
  return JSON.parse(await readInput(isPlace ? given : `@${given}`, '--limits', around)) as unknown;
}
