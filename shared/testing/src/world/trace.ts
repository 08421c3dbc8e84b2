/**
 * What happened in a world: always as a running hash, so that two runs of one seed can be compared; as lines for a reader
 * only where asked for, because text costs more than the run itself.
 */
import { hashText, isoTime } from '@leasehold/kernel';

/** Text that is only made where somebody will read it. */
export type Detail = string | (() => string);

export interface Trace {
  note(atMs: number, actor: string, what: string, detail: Detail): void;
  /** A line for readers only: what the code under test says of itself is no event. */
  say(atMs: number, actor: string, what: string, detail: Detail): void;
  /** Eight hex digits over when what was done by whom so far. */
  digest(): string;
  readonly lines: readonly string[];
  /** What was done, and how often. */
  readonly counts: ReadonlyMap<string, number>;
  /** Whether lines are kept. */
  readonly keeps: boolean;
}

const ACTOR_WIDTH = 10;
const WHAT_WIDTH = 22;

export function createTrace(keepLines: boolean): Trace {
  let hash = 0x811c9dc5;
  const lines: string[] = [];
  const hashes = new Map<string, number>();
  const counts = new Map<string, number>();
  const hashOf = (text: string): number => {
    let known = hashes.get(text);
    if (known === undefined) {
      known = hashText(text);
      hashes.set(text, known);
    }
    return known;
  };
  const mix = (value: number) => {
    hash = Math.imul(hash ^ value, 0x01000193);
    hash ^= hash >>> 13;
  };
  const say: Trace['say'] = (atMs, actor, what, detail) => {
    if (!keepLines) return;
    const text = typeof detail === 'string' ? detail : detail();
    const time = isoTime(atMs).slice(11, 23);
    lines.push(`${time} ${actor.padEnd(ACTOR_WIDTH)} ${what.padEnd(WHAT_WIDTH)} ${text}`.trimEnd());
  };
  return {
    say,
    note: (atMs, actor, what, detail) => {
      mix(atMs | 0);
      mix(hashOf(actor));
      mix(hashOf(what));
      counts.set(what, (counts.get(what) ?? 0) + 1);
      say(atMs, actor, what, detail);
    },
    digest: () => (hash >>> 0).toString(16).padStart(8, '0'),
    lines,
    counts,
    keeps: keepLines,
  };
}
