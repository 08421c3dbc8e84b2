/**
 * Hints whose commit has not been seen. Owns how long each has been missed, by this process's clock: a hint's own due time
 * may lie in the past already when it is written, so it tells nothing about its age.
 *
 * 1. A hint is an orphan when its commit has been missed for longer than any commit can take, from its first sight on.
 * 2. What a whole scan no longer finds is forgotten; beyond the bound nothing new is remembered, and so nothing is cleared.
 */
import type { Clock } from '@leasehold/kernel';
import type { DueHint } from '@leasehold/store';
import type { TickBounds } from './tick.port.ts';

export interface Orphans {
  startScan(): void;
  /** To be asked in each scan for each hint whose commit is missing. */
  isOrphan(hint: DueHint): boolean;
  /** After a scan that went to its end. */
  endScan(): void;
}

export function createOrphans(clock: Clock, bounds: Pick<TickBounds, 'orphanMs' | 'orphans'>): Orphans {
  const firstSeen = new Map<string, { readonly atMs: number; scan: number }>();
  let scan = 0;
  return {
    startScan: () => {
      scan += 1;
    },
    isOrphan: (hint) => {
      const id = `${hint.version} ${hint.dueAtMs} ${hint.kind} ${hint.partition}`;
      const known = firstSeen.get(id);
      if (known === undefined) {
        if (firstSeen.size < bounds.orphans.value) firstSeen.set(id, { atMs: clock.now(), scan });
        return false;
      }
      known.scan = scan;
      return clock.now() - known.atMs > bounds.orphanMs.value;
    },
    endScan: () => {
      for (const [id, seen] of firstSeen) if (seen.scan !== scan) firstSeen.delete(id);
    },
  };
}
