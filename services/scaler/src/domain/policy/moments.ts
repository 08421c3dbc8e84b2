/**
 * When a cron line happens, as moments, and whether one of its windows is open: the interval that starts with each moment and lasts as
 * long as the schedule says. The clock on the wall is moved twice a year, and that is what this file is about.
 *
 * W1. A time that the clock leaps over in spring happens later by the leap. One that comes twice in autumn happens the first time, and
 *     both times for a line that repeats (every quarter of an hour, every hour).
 * W2. A window lasts its duration in time that passes. Windows that meet by the wall clock leave nothing open between them: the one
 *     before an hour that comes twice lasts until the next.
 */
import { bound } from '@leasehold/kernel';
import { DAY_MS, MINUTE_MS } from '../time.ts';
import type { Cron } from './cron.ts';
import { offsetMs } from './zone.ts';

/** Beyond how far a zone is ahead of UTC or behind it. */
const FARTHEST_AHEAD_MS = 15 * 3_600_000;
const FARTHEST_BEHIND_MS = 13 * 3_600_000;
/** What a clock is set back at once, at most: times that far apart may come in another order than the wall clock says. */
const LONGEST_FOLD_MS = DAY_MS;

/** The moments at which the wall clock of a zone shows this time, by W1: one, or two where it comes twice. */
export function momentsOf(zone: string, wallMs: number): readonly number[] {
  const before = offsetMs(zone, wallMs - FARTHEST_AHEAD_MS);
  const after = offsetMs(zone, wallMs + FARTHEST_BEHIND_MS);
  const first = wallMs - before;
  if (before === after) return [first];
  const second = wallMs - after;
  const shown = [first, second].filter((atMs) => atMs + offsetMs(zone, atMs) === wallMs);
  return shown.length > 0 ? shown : [first];
}

const steady = (zone: string, atMs: number): boolean =>
  offsetMs(zone, atMs - LONGEST_FOLD_MS) === offsetMs(zone, atMs + LONGEST_FOLD_MS);

function momentsAt(cron: Cron, zone: string, wallMs: number): readonly number[] {
  const moments = momentsOf(zone, wallMs);
  return cron.repeats ? moments : moments.slice(0, 1);
}

/** The offsets that count within a fold of these moments. */
const offsetsNear = (zone: string, ...moments: readonly number[]): readonly number[] =>
  moments.flatMap((atMs) => [-LONGEST_FOLD_MS, 0, LONGEST_FOLD_MS].map((apart) => offsetMs(zone, atMs + apart)));

/** The newest moment of a line that is not after `atMs`; looked for no farther back than asked. */
function newestMoment(cron: Cron, zone: string, atMs: number, backMs: number): number | undefined {
  const isSteady = steady(zone, atMs);
  let newest: number | undefined;
  let leastMs = atMs + offsetMs(zone, atMs) - backMs - LONGEST_FOLD_MS;
  let wall = cron.before(atMs + Math.max(...offsetsNear(zone, atMs)) + 1);
  for (; wall !== undefined && wall >= leastMs; wall = cron.before(wall)) {
    const found = momentsAt(cron, zone, wall).findLast((moment) => moment <= atMs);
    if (found === undefined || (newest !== undefined && found <= newest)) continue;
    newest = found;
    if (isSteady && steady(zone, found)) return found;
    // An earlier time can come later only by what the clock is moved.
    const offsets = offsetsNear(zone, found, atMs);
    leastMs = Math.max(leastMs, wall + Math.min(...offsets) - Math.max(...offsets));
  }
  return newest;
}

interface Answer {
  readonly active: boolean;
  /** It is so from then on, and until before this. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How long it stays closed: until the next moment, looked for within a day; by the minute where the clock is moved about then. */
function closedUntil(cron: Cron, zone: string, atMs: number): number {
  const offset = offsetMs(zone, atMs);
  if (!steady(zone, atMs) || offsetMs(zone, atMs + 2 * LONGEST_FOLD_MS) !== offset) return atMs + MINUTE_MS;
  const next = cron.after(atMs + offset) ?? Number.POSITIVE_INFINITY;
  return Math.min(next - offset, atMs + LONGEST_FOLD_MS);
}

function search(cron: Cron, zone: string, atMs: number, durationMs: number): Answer {
  const start = newestMoment(cron, zone, atMs, durationMs);
  if (start !== undefined && atMs - start < durationMs)
    return { active: true, fromMs: atMs, untilMs: start + durationMs };
  if (start !== undefined && isBetween(cron, zone, atMs, start, durationMs))
    return { active: true, fromMs: atMs, untilMs: atMs + MINUTE_MS };
  return { active: false, fromMs: atMs, untilMs: closedUntil(cron, zone, atMs) };
}

/**
 * By W2, and only where the clock was set back since: else a window that has ended has ended. What the wall clock shows later than the
 * window's end cannot meet it; of the rest the first moment counts, which need not be the first by the wall clock.
 */
function isBetween(cron: Cron, zone: string, atMs: number, start: number, durationMs: number): boolean {
  const set = offsetMs(zone, start);
  if (atMs - start >= durationMs + LONGEST_FOLD_MS || offsetMs(zone, atMs + LONGEST_FOLD_MS) >= set) return false;
  const mostMs = start + set + durationMs;
  let next = Number.POSITIVE_INFINITY;
  let wall = cron.after(atMs + Math.min(...offsetsNear(zone, atMs)) - 1);
  for (; wall !== undefined && wall <= mostMs; wall = cron.after(wall))
    next = Math.min(next, momentsAt(cron, zone, wall).find((moment) => moment > atMs) ?? next);
  return Number.isFinite(next) && next + offsetMs(zone, next) > start + set;
}

const MOST_ANSWERS = bound('answers kept for a cron line', 1_024);
const answers = new WeakMap<Cron, Map<string, Answer>>();

/** Whether a window of so many ms (whole minutes) of a line is open at this moment; looked up once for as long as it stays so. */
export function isOpen(cron: Cron, zone: string, atMs: number, durationMs: number): boolean {
  const minute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  const kept = answers.get(cron) ?? new Map<string, Answer>();
  answers.set(cron, kept);
  const key = `${zone} ${durationMs}`;
  const known = kept.get(key);
  if (known !== undefined && known.fromMs <= minute && minute < known.untilMs) return known.active;
  const answer = search(cron, zone, minute, durationMs);
  if (kept.size >= MOST_ANSWERS.value) kept.clear();
  kept.set(key, answer);
  return answer.active;
}
