/**
 * Which places of the sources each schedule reaches, as V8 counts them: a mistake is tried in the schedules alone that come to its place,
 * for in all others nothing is otherwise.
 *
 * 1. Must be started before anything of the product is loaded.
 * 2. A place that runs while modules load counts as reached by every schedule.
 */
import { type Profiler, Session } from 'node:inspector';

/** One place of one file, from the root of the tree. */
export interface Spot {
  readonly file: string;
  readonly offset: number;
}

const ROOT = new URL('../../', import.meta.url).href;

/** @returns of each spot, whether it was reached since it was asked last. */
export function startReach(spots: readonly Spot[]): () => readonly boolean[] {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  // What ran once is forgotten by the time that it is asked for again.
  const whileLoading = new Set<Spot>();
  return () => {
    let scripts = new Map<string, Profiler.ScriptCoverage>();
    session.post('Profiler.takePreciseCoverage', (_error, answer) => {
      scripts = new Map(answer?.result.map((script) => [script.url, script]));
    });
    return spots.map((spot) => {
      const place = innermost(scripts.get(ROOT + spot.file), spot.offset);
      if (place?.isLoading) whileLoading.add(spot);
      return whileLoading.has(spot) || (place?.count ?? 0) > 0;
    });
  };
}

interface Place {
  readonly count: number;
  readonly isLoading: boolean;
}

/** Types are blanks by the time that the code runs, so that offsets are those of the source. */
function innermost(script: Profiler.ScriptCoverage | undefined, offset: number): Place | undefined {
  let found: (Place & { readonly length: number }) | undefined;
  for (const { functionName, ranges } of script?.functions ?? [])
    for (const { startOffset, endOffset, count } of ranges) {
      const length = endOffset - startOffset;
      if (startOffset > offset || endOffset <= offset || (found && length > found.length)) continue;
      found = { count, isLoading: functionName === '' && ranges[0]?.startOffset === 0, length };
    }
  return found;
}
