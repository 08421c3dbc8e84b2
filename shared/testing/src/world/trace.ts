/**
 * What happened in a world: always as a running hash, so that two runs of one seed can be compared; as lines for a reader
 * only where asked for, because text costs more than the run itself.
 */
import { hashText, isoTime } from '@leasehold/kernel';

export interface Trace {
  note(atMs: number, actor: string, what: string, detail: string): void;
  /** Eight hex digits over everything noted so far. */
  digest(): string;
  readonly lines: readonly string[];
  /** Whether lines are kept. */
  readonly keeps: boolean;
}

const ACTOR_WIDTH = 10;
const WHAT_WIDTH = 22;

export function createTrace(keepLines: boolean): Trace {
  let hash = 0x811c9dc5;
  const lines: string[] = [];
  const mix = (value: number) => {
    hash = Math.imul(hash ^ value, 0x01000193);
    hash ^= hash >>> 13;
  };
  return {
    note: (atMs, actor, what, detail) => {
      mix(atMs | 0);
      mix(hashText(actor));
      mix(hashText(what));
      mix(hashText(detail));
      if (!keepLines) return;
      const time = isoTime(atMs).slice(11, 23);
      lines.push(`${time} ${actor.padEnd(ACTOR_WIDTH)} ${what.padEnd(WHAT_WIDTH)} ${detail}`.trimEnd());
    },
    digest: () => (hash >>> 0).toString(16).padStart(8, '0'),
    lines,
    keeps: keepLines,
  };
}
