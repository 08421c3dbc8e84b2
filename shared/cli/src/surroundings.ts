/**
 * Everything the command has of the machine: terminal, environment, time, chance, the network. Handed in, so that tests
 * own it; main.ts makes the real one.
 */
import type { Clock, Rng } from '@leasehold/kernel';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Screen {
  readonly isTty: boolean;
  columns(): number;
  rows(): number;
  write(text: string): void;
}

export interface Keyboard {
  readonly isTty: boolean;
  /** All of standard input. */
  readAll(signal: AbortSignal): Promise<string>;
  /** One line that a person types after a question; empty at the end of input. */
  ask(question: string, signal: AbortSignal): Promise<string>;
}

export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  readonly nodeVersion: string;
  readonly out: Screen;
  readonly err: Screen;
  readonly keyboard: Keyboard;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly fetch: typeof fetch;
  /** A name for one invocation, never used twice: the Idempotency-Key. */
  newKey(): string;
  /** Aborted by Ctrl-C or a signal. */
  readonly interrupted: AbortSignal;
}
