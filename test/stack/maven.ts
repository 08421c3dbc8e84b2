/**
 * Jars from Maven Central: resolves a committed pom to a class path once, and again only when the pom has changed or a jar
 * has gone from Maven's repository. The jars themselves stay in that repository.
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@leasehold/kernel';
import type { Run } from './shell.ts';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const RESOLVE_MS = 20 * 60_000;

const isWhole = (classPath: string): boolean => classPath.split(':').every((jar) => existsSync(jar));

/** @returns the class path. Errors: `Unavailable` when Maven is missing or cannot resolve. */
export async function resolveClassPath(
  name: string,
  pom: string,
  programs: string,
  run: Run,
  log: (line: string) => void,
): Promise<string> {
  const file = join(programs, `${name}-${digest(readFileSync(pom, 'utf8')).slice(0, 12)}.classpath`);
  if (existsSync(file)) {
    const known = readFileSync(file, 'utf8').trim();
    if (known !== '' && isWhole(known)) return known;
  }
  log(`${name}: resolving jars (minutes the first time)`);
  mkdirSync(programs, { recursive: true });
  const draft = `${file}.${process.pid}`;
  const goals = [`${PLUGIN}:build-classpath`, '-DincludeScope=runtime', `-Dmdep.outputFile=${draft}`];
  await run('mvn', ['-B', '-ntp', '-q', '-f', pom, ...goals], { timeoutMs: RESOLVE_MS });
  renameSync(draft, file);
  return readFileSync(file, 'utf8').trim();
}
