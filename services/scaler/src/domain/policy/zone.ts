/**
 * IANA time zones by what the platform knows of them (Intl), as offsets from UTC at a moment.
 *
 * Z1. An offset is looked up once a quarter of an hour and zone. Where it changes within one (some zones once moved their clock at a
 *     minute past midnight) it is looked up by the minute. The table is bounded.
 */
import { bound } from '@leasehold/kernel';
import { MINUTE_MS } from '../time.ts';

const QUARTER_MS = 900_000;
const MOST_OFFSETS = bound('time zone offsets kept', 20_000);
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(zone, made);
  return made;
}

export function isZone(zone: string): boolean {
  if (/^[+-]/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** @returns ms that the wall clock of the zone is ahead of UTC at this moment. */
export function offsetMs(zone: string, atMs: number): number {
  const slot = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  const offset = lookUp(zone, slot);
  return offset === lookUp(zone, slot + QUARTER_MS) ? offset : lookUp(zone, Math.floor(atMs / MINUTE_MS) * MINUTE_MS);
}

function lookUp(zone: string, atMs: number): number {
  const key = `${zone} ${atMs}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(atMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const { year, month, day, hour, minute } = parts as Record<string, number>;
  const wall = Date.UTC(year as number, (month as number) - 1, day as number, hour as number, minute as number);
  const offset = wall - Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  if (offsets.size >= MOST_OFFSETS.value) offsets.clear();
  offsets.set(key, offset);
  return offset;
}
