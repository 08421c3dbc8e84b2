/**
 * How long rows live, and the months in their keys: what is kept for a while lies by the month in which it was written.
 */
const DAY_MS = 24 * 3_600_000;
/** Topics keep seven days; a message may be delivered again as long as that, and a margin. */
export const INBOX_TTL_MS = 35 * DAY_MS;
export const HISTORY_TTL_MS = 90 * DAY_MS;

export const month = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

/** How far clocks of replicas may be apart. */
const SKEW_MS = 60_000;

export const inboxKey = (eventKey: string, ms: number): string => `inbox/${month(ms)}/${eventKey}`;

/** The rows that may tell of an event: one for every month in which its row, if it still lives, can have been written. */
export function inboxKeys(eventKey: string, nowMs: number): readonly string[] {
  const keys: string[] = [];
  const first = month(nowMs - INBOX_TTL_MS);
  for (let at = new Date(nowMs + SKEW_MS); month(at.getTime()) >= first; at = monthBefore(at))
    keys.push(inboxKey(eventKey, at.getTime()));
  return keys;
}

const monthBefore = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1, 1));
