/**
 * `npm run check`: everything about the tree that a machine can judge without running it. Arguments name steps, so that one can
 * be run alone: `npm run check -- types "docs in step"`.
 */
import { endTools, runSteps, STEPS } from './check/steps.ts';

// Leaves by the door, so that the processes in which bugs are tried end too.
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    endTools(name);
    process.exit(1);
  });

const named = process.argv.slice(2);
const unknown = named.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are: ${STEPS.map((step) => step.name).join(', ')}`);
  process.exit(2);
}
const chosen = named.length === 0 ? STEPS : STEPS.filter((step) => named.includes(step.name));
const failed = await runSteps(chosen);
console.log(
  failed.length === 0
    ? `\n${chosen.length} steps ok`
    : `\n${failed.length} of ${chosen.length} steps failed: ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
