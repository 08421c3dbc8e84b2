/**
 * Where an interval stands in its day and week, in steps and as angles. UTC throughout: a shift of the local clock is a level shift
 * of an hour that the models learn, where a guessed time zone would be wrong all year.
 */
const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;

export interface Calendar {
  readonly startMs: number;
  readonly stepMs: number;
  /** Steps in a day, at least 1. */
  readonly day: number;
  /** Steps in five minutes, at least 1: the width that smoothing is told in. */
  readonly unit: number;
}

export const calendarOf = (startMs: number, stepMs: number): Calendar => ({
  startMs,
  stepMs,
  day: Math.max(1, Math.round(DAY_MS / stepMs)),
  unit: Math.max(1, Math.round(300_000 / stepMs)),
});

/** 0..2 pi over the day at which the interval starts. */
export const dayAngle = (calendar: Calendar, index: number): number =>
  (2 * Math.PI * ((calendar.startMs + index * calendar.stepMs) % DAY_MS)) / DAY_MS;

export function isWeekend(calendar: Calendar, index: number): boolean {
  const days = Math.floor((calendar.startMs + index * calendar.stepMs) / DAY_MS) + EPOCH_WEEKDAY;
  const weekday = ((days % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}
