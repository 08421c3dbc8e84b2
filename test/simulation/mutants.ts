/**
 * Bugs that were planted and that no unit test noticed, planted once more in the sources of threads that run schedules.
 *
 * 1. A list is what `npm run mutate -- --survivors=FILE` writes: places, and what is put there. In one that is kept a place is named by
 *    its text, and what changes nothing that could be seen has the reason for that beside it: it is not run.
 */
import { readFileSync } from 'node:fs';
import { type PoolOptions, runPool } from './pool.ts';
import type { Place, Spoil } from './spoil.ts';

interface Survivor {
  readonly spoil: Spoil;
  /** For people. */
  readonly place: string;
}

interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly status: string;
          readonly replacement: string;
          readonly mutatorName: string;
          readonly location: { readonly start: Place; readonly end: Place };
        }[];
      }
    >
  >;
}

const UNNOTICED: readonly string[] = ['Survived', 'NoCoverage'];

/** Of a report of the mutation tester, or of a list of places. */
export function survivorsOf(path: string): readonly Survivor[] {
  const read = JSON.parse(readFileSync(path, 'utf8')) as Report | readonly Spoil[];
  if (Array.isArray(read))
    return (read as readonly Spoil[]).map((spoil) => ({
      spoil,
      place: `${spoil.file} ${typeof spoil.find === 'string' ? short(spoil.find) : spoil.find.start.line} => ${short(spoil.put)}`,
    }));
  return Object.entries((read as Report).files).flatMap(([file, { mutants }]) =>
    mutants
      .filter(({ status }) => UNNOTICED.includes(status))
      .map(({ location, replacement, mutatorName }) => ({
        spoil: { file, find: location, put: replacement },
        place: `${file}:${location.start.line}:${location.start.column} ${mutatorName} ${short(replacement)}`,
      })),
  );
}

const SHORT = 60;
const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, SHORT);

/** @returns what found it; undefined: nothing. */
export async function findMutant(spoil: Spoil, pool: PoolOptions): Promise<string | undefined> {
  try {
    const { failures, schedules } = await runPool({ ...pool, spoil, mostFailures: 1 });
    const [failure] = failures;
    if (!failure) return undefined;
    const [violation] = failure.violations;
    return `seed ${failure.seed} ${failure.profile} ${violation?.invariant} (${schedules} tried): ${short(violation?.message ?? '')}`;
  } catch (error) {
    // What cannot even be loaded, or ends its thread, is noticed.
    return `a thread ended: ${short(String(error))}`;
  }
}
