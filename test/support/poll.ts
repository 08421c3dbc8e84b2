/**
 * Waiting without knowing how long: a question asked again until it has an answer, within a bound that is told when it is
 * over. The only place in these tests where time passes by a timer.
 */
const EVERY_MS = 100;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Patience {
  readonly boundMs: number;
  readonly everyMs?: number;
  /** Told when the bound is over: what was seen last, the end of a log. */
  readonly tell?: () => string;
}

/**
 * @param what is waited for, as the end of the sentence "waited for ...".
 * @param look gives what was waited for, or undefined or false while it is not there; what it throws ends the wait.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { boundMs, everyMs = EVERY_MS, tell }: Patience,
): Promise<T> {
  const endMs = Date.now() + boundMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() >= endMs) throw new Error(`waited ${boundMs} ms for ${what}\n${tell?.() ?? ''}`);
    await pause(everyMs);
  }
}
