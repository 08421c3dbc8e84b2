/**
 * `npm test`: unit and simulation first, then the real servers are brought up and everything that needs them runs, one file
 * at a time. Arguments name files or parts of their paths; `--only unit,simulation` names projects.
 *
 * N1. The last line is exactly `N passed, N failed`, summed over all projects; the exit code follows it.
 * N2. What could not be run is said in a sentence; with LEASEHOLD_REQUIRE_STACK=1 it is a failure.
 * N3. An interrupted run stops what it started and counts as failed.
 * N4. The servers are not brought up when no chosen file needs them.
 */
import { treeFiles } from './source-files.ts';
import { filesOf, needsServers, PROJECTS, type Project } from './test-run/projects.ts';
import { type Count, failure, judge, sum } from './test-run/report.ts';
import { bringServersUp } from './test-run/servers.ts';
import { runVitest } from './test-run/vitest.ts';

interface Choice {
  readonly project: Project;
  readonly files: readonly string[];
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());

const required = process.env.LEASEHOLD_REQUIRE_STACK === '1';

function chosen(args: readonly string[]): readonly Choice[] {
  const at = args.indexOf('--only');
  const only = at < 0 ? undefined : (args[at + 1] ?? '').split(',');
  const filters = args.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const unknown = only?.filter((name) => !PROJECTS.some((project) => project.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`--only: no such project: ${unknown.join(', ')}`);
  return PROJECTS.filter((project) => only?.includes(project.name) ?? true)
    .map((project) => {
      const own = filesOf(project, treeFiles());
      const named = filters.map((filter) => filter.replace(/^\.\//, ''));
      return { project, files: own.filter((path) => named.length === 0 || named.some((name) => path.includes(name))) };
    })
    .filter((choice) => choice.files.length > 0);
}

const isFast = (choice: Choice): boolean => choice.project.name === 'unit' || choice.project.name === 'simulation';

async function runFast(choices: readonly Choice[]): Promise<readonly Count[]> {
  if (choices.length === 0) return [];
  const projects = choices.map((choice) => choice.project.name);
  const run = { projects, files: choices.flatMap((choice) => choice.files), env: {}, serial: false };
  return [await runVitest(run, interrupted.signal)];
}

async function runSlow(choices: readonly Choice[], env: Readonly<Record<string, string>>): Promise<readonly Count[]> {
  const counts: Count[] = [];
  for (const { project, files } of choices) {
    if (files.length === 0 || interrupted.signal.aborted) continue;
    console.log(`\n${project.name}: ${files.length} file(s), one at a time`);
    counts.push(await runVitest({ projects: [project.name], files, env, serial: true }, interrupted.signal));
  }
  return counts;
}

async function runWithServers(choices: readonly Choice[]): Promise<readonly Count[]> {
  const needy = choices.flatMap((choice) => choice.files).filter(needsServers);
  if (needy.length === 0 || interrupted.signal.aborted) return runSlow(choices, {});
  console.log('\nBringing the real servers up');
  const servers = await bringServersUp();
  if (servers.kind === 'up') {
    try {
      return await runSlow(choices, servers.env);
    } finally {
      await servers.down();
    }
  }
  const said = `${needy.length} test file(s) need the real servers, and these could not be brought up: ${servers.reason}`;
  console.log(`\nNot run: ${said}`);
  const rest = choices.map((choice) => ({ ...choice, files: choice.files.filter((path) => !needsServers(path)) }));
  return [...(await runSlow(rest, {})), ...(required ? [failure(said)] : [])];
}

async function main(): Promise<void> {
  const choices = chosen(process.argv.slice(2));
  const fast = await runFast(choices.filter(isFast));
  const slow = await runWithServers(choices.filter((choice) => !isFast(choice)));
  const cut = interrupted.signal.aborted ? [failure('the run was interrupted')] : [];
  const total = judge(sum([...fast, ...slow, ...cut]), required);
  console.log('');
  for (const remark of total.remarks) console.log(`failed: ${remark}`);
  if (total.skipped.length > 0) console.log(`skipped: ${total.skipped.length} (${total.skipped.join('; ')})`);
  process.exitCode = total.failed > 0 ? 1 : 0;
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
  console.log('0 passed, 1 failed');
}
