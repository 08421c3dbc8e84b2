/**
 * What a person sees of a failing schedule: what broke, the trace that led there, and the command that shows it again.
 */
import { execFileSync } from 'node:child_process';
import { formatMask } from './mask.ts';
import type { ScheduleOptions, ScheduleResult } from './schedule.ts';

function replayCommand(options: ScheduleOptions): string {
  const parts = [
    `--seed ${options.seed}`,
    ...(options.profile === undefined ? [] : [`--profile ${options.profile}`]),
    ...(options.bug === undefined ? [] : [`--bug ${options.bug}`]),
    ...(options.mask === undefined ? [] : [`--mask '${formatMask(options.mask)}'`]),
  ];
  return `npm run sim -- ${parts.join(' ')} --trace`;
}

/** The commit whose code ran, and whether files differ from it. */
function codeVersion(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', with changes';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed}`;
  } catch {
    return 'unknown';
  }
}

export function describeFailure(options: ScheduleOptions, result: ScheduleResult): string {
  const faults = options.mask?.faults ?? result.faults;
  return [
    `seed ${result.seed}, profile ${result.profile}, ${result.replicas} replica(s), code ${codeVersion()}`,
    ...result.violations.map(({ invariant, message }) => `  ${invariant}: ${message}`),
    `  ${result.operations.length} operations, ${[...faults].length} faults, ${result.steps} events, ${Math.round(result.tookMs / 1000)} s of virtual time`,
    `  again: ${replayCommand(options)}`,
  ].join('\n');
}

/** What happens over and over and tells nothing, unless it fails. */
const DULL = /(store\.(due|list|ping|load|hint|clear)|\.probe|bus\.subscribe)\s/;

export const readableTrace = (trace: readonly string[]): readonly string[] =>
  trace.filter((line) => line.includes('!') || !DULL.test(line));
