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
import { type Cron, matchesDay } from './cron.ts';
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
  const shown = [first, second].filter((atMs) => atMs + offsetMs(zone, atMs) === wallMs).sort((a, b) => a - b);
  return shown.length > 0 ? shown : [first];
}

/** Times of day at which a line happens on its days, latest first; ms after midnight. */
function* timesOf(cron: Cron): Generator<number> {
  for (let h = cron.hours.length - 1; h >= 0; h--)
    for (let m = cron.minutes.length - 1; m >= 0; m--)
      yield ((cron.hours[h] as number) * 60 + (cron.minutes[m] as number)) * MINUTE_MS;
}

const steady = (zone: string, atMs: number): boolean =>
  offsetMs(zone, atMs - LONGEST_FOLD_MS) === offsetMs(zone, atMs + LONGEST_FOLD_MS);

const midnightOf = (zone: string, atMs: number): number => Math.floor((atMs + offsetMs(zone, atMs)) / DAY_MS) * DAY_MS;

function momentsAt(cron: Cron, zone: string, wallMs: number): readonly number[] {
  const moments = momentsOf(zone, wallMs);
  return cron.repeats ? moments : moments.slice(0, 1);
}

/** The newest moment of a line that is not after `atMs`; looked for no farther back than asked. */
function newestMoment(cron: Cron, zone: string, atMs: number, backMs: number): number | undefined {
  const midnight = midnightOf(zone, atMs);
  let newest: number | undefined;
  let enoughMs = Number.NEGATIVE_INFINITY;
  for (let day = midnight + (steady(zone, atMs) ? 0 : DAY_MS); day > midnight - backMs - 2 * DAY_MS; day -= DAY_MS) {
    if (!matchesDay(cron, day)) continue;
    for (const time of timesOf(cron)) {
      if (day + time < enoughMs) return newest;
      const found = momentsAt(cron, zone, day + time).findLast((moment) => moment <= atMs);
      if (found === undefined || (newest !== undefined && found <= newest)) continue;
      newest = found;
      if (steady(zone, atMs) && steady(zone, found)) return found;
      enoughMs = Math.max(enoughMs, day + time - LONGEST_FOLD_MS);
    }
  }
  return newest;
}

/** The first moment of a line after `atMs`, within one fold. */
function nextMoment(cron: Cron, zone: string, atMs: number): number | undefined {
  const midnight = midnightOf(zone, atMs);
  let next: number | undefined;
  for (let day = midnight - DAY_MS; day <= midnight + 2 * DAY_MS; day += DAY_MS) {
    if (!matchesDay(cron, day)) continue;
    for (const time of timesOf(cron))
      for (const moment of momentsAt(cron, zone, day + time))
        if (moment > atMs && moment <= atMs + LONGEST_FOLD_MS) next = Math.min(next ?? moment, moment);
  }
  return next;
}

function search(cron: Cron, zone: string, atMs: number, durationMs: number): boolean {
  const start = newestMoment(cron, zone, atMs, durationMs);
  if (start === undefined) return false;
  if (atMs - start < durationMs) return true;
  // By W2, and only where the clock was set back since: else a window that has ended has ended.
  const set = offsetMs(zone, start);
  if (atMs - start >= durationMs + LONGEST_FOLD_MS || offsetMs(zone, atMs + LONGEST_FOLD_MS) >= set) return false;
  const next = nextMoment(cron, zone, atMs);
  if (next === undefined) return false;
  const apartMs = next - start + offsetMs(zone, next) - set;
  return apartMs > 0 && apartMs <= durationMs;
}

interface Answer {
  minute: number;
  active: boolean;
}

const MOST_ANSWERS = bound('answers kept for a cron line', 1_024);
const answers = new WeakMap<Cron, Map<string, Answer>>();

/** Whether a window of so many ms (whole minutes) of a line is open at this moment; looked up once a minute. */
export function isOpen(cron: Cron, zone: string, atMs: number, durationMs: number): boolean {
  const minute = Math.floor(atMs / MINUTE_MS);
  const kept = answers.get(cron) ?? new Map<string, Answer>();
  answers.set(cron, kept);
  const key = `${zone} ${durationMs}`;
  const known = kept.get(key);
  if (known?.minute === minute) return known.active;
  const active = search(cron, zone, minute * MINUTE_MS, durationMs);
  if (kept.size >= MOST_ANSWERS.value) kept.clear();
  kept.set(key, { minute, active });
  return active;
}
