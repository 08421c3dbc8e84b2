/**
 * Durations as people write and read them.
 */
import { isoTime, parseInstant } from '@leasehold/kernel';
import { usage } from './failure.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 30 * 86_400_000;

/** `90s`, `5m`, `1h30m`, `500ms`; a number alone is seconds. @returns milliseconds. @throws Failure `usage` */
export function parseDuration(text: string, option: string): number {
  const whole = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  const parts = [...whole.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit as string] ?? 0), 0);
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== whole || ms <= 0 || ms > LONGEST_MS)
    throw usage(
      `${option} expects a duration such as 5 (seconds), 90s, 5m or 1h30m (at most 30d), got ${JSON.stringify(text)}`,
    );
  return ms;
}

export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 1_440)} days`;
}

/** `2026-01-31 12:00:05Z`: to the second, in UTC. Anything that is no instant comes back as it is. */
export function shortInstant(iso: string): string {
  const ms = parseInstant(iso);
  return ms === undefined ? iso : `${isoTime(ms).slice(0, 10)} ${isoTime(ms).slice(11, 19)}Z`;
}
