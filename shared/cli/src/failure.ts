/**
 * The one error of this package: what is told to the person, and how the command ends. What a server said is kept, so that
 * `--output json` can print it unchanged.
 *
 * 1. A message names what was given and what to do next; it never holds the token.
 */
import type { ExitName } from './exit.ts';

export interface FailureOptions {
  /** Further lines: places of bad input, what to try. */
  readonly details?: readonly string[];
  /** The server's own words, unchanged. */
  readonly body?: string;
  /** kebab-case, as a problem's code. */
  readonly code?: string;
  readonly cause?: unknown;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exit: Exclude<ExitName, 'ok'>;
  readonly details: readonly string[];
  readonly body: string | undefined;
  readonly code: string;

  constructor(exit: Exclude<ExitName, 'ok'>, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exit = exit;
    this.details = options.details ?? [];
    this.body = options.body;
    this.code = options.code ?? exit;
  }
}

export const usage = (message: string, ...details: readonly string[]): Failure =>
  new Failure('usage', message, { details });

/** Any thrown value; what is no `Failure` is a fault of this program. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Failure('failed', `this is a fault of the command itself: ${text}`, { code: 'bug', cause: error });
}
