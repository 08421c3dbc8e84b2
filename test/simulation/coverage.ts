/**
 * Which places of the sources the schedules reach, as V8 counts them in a thread: for each file the share of its lines with code, and the
 * lines that nothing reached.
 */
import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url).href;
/** What the schedules are for. */
const WATCHED = [
  /^shared\/engine\/src\//,
  /^shared\/store\/src\/ledger/,
  /^shared\/runtime\/src\/(loops|resilience)\//,
  /^shared\/controller\/src\//,
  /^services\/tenant-provisioner\/src\/(domain|app)\//,
];

/** By file: whether each line was reached; absent: there is no code on it. */
export type Reached = Readonly<Record<string, readonly (boolean | undefined)[]>>;

/** Counts from now on. @returns what was reached since. */
export function startCoverage(): () => Reached {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  return () => {
    let taken: readonly Profiler.ScriptCoverage[] = [];
    session.post('Profiler.takePreciseCoverage', (_error, answer) => {
      taken = answer?.result ?? [];
    });
    return Object.fromEntries(
      taken.filter(isWatched).map((script) => [script.url.slice(ROOT.length), linesOf(script)]),
    );
  };
}

const isWatched = ({ url }: Profiler.ScriptCoverage): boolean =>
  url.startsWith(ROOT) && WATCHED.some((path) => path.test(url.slice(ROOT.length)));

/** Types are blanks by the time that the code runs, so that offsets are those of the source. Inner ranges come after outer ones. */
function linesOf({ url, functions }: Profiler.ScriptCoverage): readonly (boolean | undefined)[] {
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const reached = new Uint8Array(text.length).fill(1);
  const ranges = functions.flatMap((one) => one.ranges);
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) reached.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  let at = 0;
  return text.split('\n').map((line) => {
    const from = at + line.length - line.trimStart().length;
    const to = at + line.trimEnd().length;
    at += line.length + 1;
    if (!isCode(line)) return undefined;
    return reached.subarray(from, to).includes(1) && !isMostlyMissed(reached.subarray(from, to));
  });
}

const isCode = (line: string): boolean =>
  /\w/.test(line) && !/^\s*(\/?\*|\/\/|import |export (type|interface)|readonly )/.test(line);

const isMostlyMissed = (line: Uint8Array): boolean => line.reduce((sum, one) => sum + one, 0) < line.length / 2;

export function addReached(a: Reached, b: Reached): Reached {
  const sum: Record<string, readonly (boolean | undefined)[]> = { ...a };
  for (const [file, lines] of Object.entries(b))
    sum[file] =
      sum[file]?.map((reached, index) => (reached === undefined ? undefined : reached || lines[index] === true)) ??
      lines;
  return sum;
}

/** The least reached first. */
export function describeReached(reached: Reached): readonly string[] {
  const files = Object.entries(reached).map(([file, lines]) => {
    const code = lines.filter((line) => line !== undefined).length;
    const missed = lines.flatMap((line, index) => (line === false ? [index + 1] : []));
    return { file, share: code === 0 ? 1 : 1 - missed.length / code, missed };
  });
  files.sort((a, b) => a.share - b.share || a.file.localeCompare(b.file));
  return files.map(
    ({ file, share, missed }) => `${(share * 100).toFixed(0).padStart(3)} % ${file}  ${rangesOf(missed).join(' ')}`,
  );
}

function rangesOf(lines: readonly number[]): readonly string[] {
  const ranges: [from: number, to: number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last && last[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
}
