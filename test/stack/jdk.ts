/**
 * Finds an installed Java of a wanted major version: STACK_JAVA_HOME, JAVA_HOME, then where systems put them. It starts no
 * JVM to ask: each installation says its version in its `release` file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/lib/jvm', '/opt/java', '/Library/Java/JavaVirtualMachines'];

/** The major version in the text of a `release` file: 17 for "17.0.15", 8 for "1.8.0_402". */
export function parseRelease(text: string): number | undefined {
  const match = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(text);
  return match ? Number(match[1]) : undefined;
}

function majorOf(home: string): number | undefined {
  try {
    return existsSync(join(home, 'bin', 'java'))
      ? parseRelease(readFileSync(join(home, 'release'), 'utf8'))
      : undefined;
  } catch {
    return undefined;
  }
}

const below = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .sort()
      .flatMap((name) => [join(folder, name), join(folder, name, 'Contents', 'Home')]);
  } catch {
    return [];
  }
};

/** @param wanted major versions, best first. @returns the home folder, or undefined. */
export function findJava(
  wanted: readonly number[],
  env: Readonly<Record<string, string | undefined>>,
  homes: readonly string[] = FOLDERS.flatMap(below),
  major: (home: string) => number | undefined = majorOf,
): string | undefined {
  const named = [env.STACK_JAVA_HOME, env.JAVA_HOME].filter((home) => home !== undefined && home !== '');
  const found = [...named, ...homes].map((home) => ({ home: home as string, major: major(home as string) }));
  for (const version of wanted) {
    const match = found.find((candidate) => candidate.major === version);
    if (match) return match.home;
  }
  return undefined;
}
