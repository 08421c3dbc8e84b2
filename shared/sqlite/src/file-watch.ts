/**
 * Whether a SQLite file is still the one that was opened, and as its only writer left it: told by the system's own notes on
 * the file and its write-ahead log, so that asking costs microseconds. Runs in the writer's thread.
 *
 * 1. `gone`: the name leads to nothing, or to another file. What is written now would be lost with the process.
 * 2. `touched`: somebody else has written. Only a look at the content tells whether it still holds.
 */
import { type BigIntStats, statSync } from 'node:fs';
import type { SqlFailure } from './protocol.ts';

export const FILE_GONE: SqlFailure = { message: 'the file is no longer under its name', gone: true };

export type Sight = 'same' | 'touched' | 'gone';

export interface FileWatch {
  look(): Sight;
  /** What is there now is as it should be. */
  remember(): void;
}

const LOG = '-wal';

const see = (path: string): BigIntStats | undefined => statSync(path, { bigint: true, throwIfNoEntry: false });

function compare(before: BigIntStats | undefined, now: BigIntStats | undefined): Sight {
  if (before === undefined) return now === undefined ? 'same' : 'touched';
  if (now === undefined || now.ino !== before.ino || now.dev !== before.dev) return 'gone';
  return now.mtimeNs === before.mtimeNs && now.size === before.size ? 'same' : 'touched';
}

export function watchFile(path: string): FileWatch {
  const all = () => [see(path), see(path + LOG)];
  let known = all();
  return {
    look: () => {
      const sights = all().map((now, index) => compare(known[index], now));
      return (['gone', 'touched'] as const).find((sight) => sights.includes(sight)) ?? 'same';
    },
    remember: () => {
      known = all();
    },
  };
}
