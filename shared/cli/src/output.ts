/**
 * What is printed, and in which form: text for people, or the server's own JSON unchanged for programs.
 *
 * 1. With `--output json` standard output holds one JSON document and nothing else; a refusal's document goes to standard
 *    error.
 * 2. `--quiet` leaves results and failures, and takes progress and advice away.
 */
import type { Failure } from './failure.ts';
import { choosePaint, type Paint } from './paint.ts';
import type { Surroundings } from './surroundings.ts';
import { plain } from './text.ts';

export interface OutputOptions {
  readonly format: 'text' | 'json';
  readonly colour: boolean;
  readonly quiet: boolean;
}

export interface Output extends OutputOptions {
  readonly paint: Paint;
  /** Draws in place: a terminal, text, and not quiet. */
  readonly live: boolean;
  /** What was asked for: the document as it came, or its lines. */
  result(body: string, lines: () => readonly string[]): void;
  /** What happens meanwhile. */
  progress(...lines: readonly string[]): void;
  /** What to do next. */
  advice(...lines: readonly string[]): void;
  failure(failure: Failure): void;
}

/** How the command is called again: as it was called now. */
const NAME = /`leasehold /g;
const BY_NPX = '`npx --no-install leasehold ';

/** npx says so in the environment of what it runs. It is told not to ask a registry for a name that is not ours there. */
const nameFor = (env: Surroundings['env']): ((line: string) => string) =>
  env['npm_command'] === 'exec' ? (line) => line.replaceAll(NAME, BY_NPX) : (line) => line;

export function createOutput(options: OutputOptions, around: Pick<Surroundings, 'out' | 'err' | 'env'>): Output {
  const { out, err, env } = around;
  const paint = choosePaint({ isTty: out.isTty, wanted: options.colour, env });
  const errorPaint = choosePaint({ isTty: err.isTty, wanted: options.colour, env });
  const named = nameFor(env);
  const text = options.format === 'text';
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) out.write(`${lines.join('\n')}\n`);
  };
  const aside = (lines: readonly string[]): void => {
    if (text && !options.quiet) print(lines);
  };
  return {
    ...options,
    paint,
    live: text && !options.quiet && out.isTty && env['TERM'] !== 'dumb',
    result: (body, lines) => (text ? print(lines()) : out.write(body.endsWith('\n') ? body : `${body}\n`)),
    progress: (...lines) => aside(lines),
    advice: (...lines) => aside(lines.map(named).map(paint.dim)),
    failure: (failure) => err.write(text ? named(failureText(failure, errorPaint)) : failureJson(failure)),
  };
}

const failureText = ({ message, details }: Failure, paint: Paint): string =>
  [`${paint.bad('leasehold:')} ${plain(message)}`, ...details.map((line) => `  ${plain(line)}`)]
    .map((line) => `${line}\n`)
    .join('');

function failureJson({ body, code, message, details }: Failure): string {
  const own = body?.startsWith('{') ? body : JSON.stringify({ code, detail: message, hints: details });
  return own.endsWith('\n') ? own : `${own}\n`;
}
