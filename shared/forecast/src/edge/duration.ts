/**
 * Durations as people write them on a command line: a number and a unit, `90s`, `5m`, `24h`, `7d`.
 *
 * 1. Nothing is guessed: without a unit it is no duration.
 */
const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,9})([smhd])$/;

/** ms, or undefined for what is no duration above 0. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
  return ms > 0 ? ms : undefined;
}
