/**
 * Spans of time that many parts of the scaler count in, and how many days of a past it keeps: one name each, so that what is kept and what
 * is asked for cannot fall apart.
 */
import { bound } from '@leasehold/kernel';

export const MINUTE_MS = 60_000;
export const HOUR_S = 3_600;
export const DAY_S = 86_400;
export const DAY_MS = 86_400_000;
export const WEEK_DAYS = 7;
export const WEEK_S = 604_800;
export const WEEK_MINUTES = 10_080;

/** Four weeks and the day that is running. */
export const MOST_DAYS = bound('days kept of a past', 29);
