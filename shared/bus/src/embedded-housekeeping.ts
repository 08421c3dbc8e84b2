/**
 * Keeps the embedded bus small: raises floors over acked messages and trims old ones, in the wake of publishes and acks.
 *
 * 1. After every `bus.trimEvery` publishes to a topic it is trimmed, after as many acks its floor is raised: what gets no
 *    traffic does not grow, so there is no timer.
 * 2. Failures are logged and nothing more: the next round does the work.
 */
import { bound, type Clock, type Log } from '@leasehold/kernel';
import type { SqliteFile } from '@leasehold/sqlite';
import type { BusBounds } from './bounds.ts';
import * as tables from './embedded-tables.ts';

const DEFAULT_RETENTION_MS = bound('bus.defaultRetentionMs', 7 * 24 * 3_600_000);

export interface Housekeeping {
  published(topic: string): void;
  acked(subscription: tables.SubscriptionRow): void;
  /** Resolves when nothing of it is under way. */
  done(): Promise<void>;
}

/** True every so many times, counted for each name. */
function createCounter(every: number) {
  const counts = new Map<string | number, number>();
  return (name: string | number): boolean => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count % every);
    return count >= every;
  };
}

export function createHousekeeping(file: SqliteFile, clock: Clock, log: Log, bounds: BusBounds): Housekeeping {
  const trimIsDue = createCounter(bounds.trimEvery.value);
  const floorIsDue = createCounter(bounds.trimEvery.value);
  const underWay = new Set<Promise<void>>();
  const start = (work: Promise<unknown>) => {
    const done = work
      .then(() => undefined)
      .catch((error: unknown) => log.warn('old messages could not be trimmed', { reason: String(error) }))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  };
  const trim = async (topic: string): Promise<void> => {
    await file.write(tables.raiseFloorsOf(topic, file));
    const statements = tables.trim(file, topic, clock.now(), DEFAULT_RETENTION_MS.value, bounds.trimMessages.value);
    if (statements) await file.write(statements);
  };
  return {
    published: (topic) => {
      if (trimIsDue(topic)) start(trim(topic));
    },
    acked: ({ id, topic_id }) => {
      if (floorIsDue(id)) start(file.write(tables.raiseFloor(topic_id, id)));
    },
    done: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
