/**
 * The quick part of `npm run mutate`: bugs are planted in the lines of sources that differ from HEAD. Too few found is a failure.
 *
 * P1. A clean tree costs nothing.
 * P2. It takes at most its bound; what there was no time for is said, and counts for nothing.
 * P3. Outside of a checkout of git nothing is known to have changed, which is said.
 */
import { changedLines, isCheckout } from '../mutate/changed.ts';
import { summaryLines, survivorLines } from '../mutate/report.ts';
import { judgeChanges, readScores } from '../mutate/scores.ts';
import { changedTargets } from '../mutate/targets.ts';
import { tryBugs } from '../mutate/trial.ts';
import type { Outcome } from './steps.ts';

const MOST_MS = 60_000;

export async function plantedBugs(): Promise<Outcome> {
  if (!isCheckout()) return { ok: true, output: '', notes: ['no checkout of git: what has changed is not known'] };
  const endsAtMs = performance.now() + MOST_MS;
  const output: string[] = [];
  const notes: string[] = [];
  for (const target of changedTargets(changedLines('HEAD'))) {
    const mutants = await tryBugs({ target, quick: true, anew: false, every: 1, endsAtMs, say: () => undefined });
    const fault = judgeChanges(target.name, mutants, readScores());
    if (fault !== undefined) output.push(...survivorLines(mutants), ...summaryLines(target.name, mutants), fault);
    const left = mutants.filter(({ fate }) => fate === 'untried').length;
    if (left > 0)
      notes.push(`${target.name}: ${left} of ${mutants.length} bugs not tried: npm run mutate -- --changed`);
  }
  return { ok: output.length === 0, output: output.join('\n'), notes };
}
