/**
 * Times as text, read in one strict way: the only place that turns words of others into an instant.
 *
 * 1. ISO 8601 in its extended form, as RFC 3339 has it: a date, or a date and a time to the minute or finer, from 1970 to 9999. A
 *    day that no calendar has, a 25th hour and every other spelling are no time.
 * 2. Without a zone it is UTC, whatever zone the machine is in.
 * 3. HTTP dates are a form of their own (RFC 9110, IMF-fixdate), and only that one is read.
 */
const DATE = String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})`;
const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;
const ZONE = String.raw`(?<zone>[Zz]|(?<sign>[+-])(?<zoneHour>\d{2})(?::?(?<zoneMinute>\d{2}))?)`;
const ISO = new RegExp(`^${DATE}(?:[Tt ]${TIME}${ZONE}?)?$`);

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const HTTP = new RegExp(
  String.raw`^(?<name>${DAYS.join('|')}), (?<day>\d{2}) (?<month>${MONTHS.join('|')}) (?<year>\d{4}) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}) GMT$`,
);

const MINUTE_MS = 60_000;
/** 9999-12-31T23:59:59.999Z: the last instant that ISO 8601 writes with a year of four digits. */
export const LAST_INSTANT_MS = 253_402_300_799_999;
const EARLIEST_YEAR = 1969;

/** @returns whether it is a number of milliseconds from 1970 to 9999, UTC. */
export const isInstant = (ms: number): boolean => Number.isFinite(ms) && ms >= 0 && ms <= LAST_INSTANT_MS;

/**
 * @param zone `required`: a time without its zone is none, as is a date alone.
 * @returns milliseconds since the epoch, or undefined for what is no time.
 */
export function parseInstant(text: string, zone: 'required' | 'or-utc' = 'or-utc'): number | undefined {
  const parts = ISO.exec(text)?.groups;
  if (parts === undefined || (zone === 'required' && parts['zone'] === undefined)) return undefined;
  const number = (name: string): number => Number(parts[name] ?? 0);
  const [zoneHour, zoneMinute] = [number('zoneHour'), number('zoneMinute')];
  if (zoneHour > 23 || zoneMinute > 59) return undefined;
  const wallMs = wallTimeMs(number('year'), number('month'), number('day'), [
    number('hour'),
    number('minute'),
    number('second'),
  ]);
  if (wallMs === undefined) return undefined;
  const ahead = (zoneHour * 60 + zoneMinute) * MINUTE_MS * (parts['sign'] === '-' ? -1 : 1);
  const ms = wallMs + Number((parts['fraction'] ?? '').padEnd(3, '0').slice(0, 3)) - ahead;
  return isInstant(ms) ? ms : undefined;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`. @returns milliseconds since the epoch, or undefined. */
export function parseHttpDate(text: string): number | undefined {
  const parts = HTTP.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const month = MONTHS.indexOf(parts['month'] as string) + 1;
  const ms = wallTimeMs(Number(parts['year']), month, Number(parts['day']), [
    Number(parts['hour']),
    Number(parts['minute']),
    Number(parts['second']),
  ]);
  if (ms === undefined || !isInstant(ms)) return undefined;
  return DAYS[new Date(ms).getUTCDay()] === parts['name'] ? ms : undefined;
}

/**
 * How long the header `Retry-After` asks to wait: whole seconds or, where the caller says what time it is, an HTTP date.
 * @returns milliseconds, or undefined for nothing and for what is neither.
 */
export function retryAfterMs(header: string | null | undefined, nowMs?: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  if (nowMs === undefined) return undefined;
  const atMs = parseHttpDate(text);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

/** The instant that a calendar and a clock in UTC show, or undefined where none ever shows it. */
function wallTimeMs(
  year: number,
  month: number,
  day: number,
  [hour, minute, second]: readonly [number, number, number],
): number | undefined {
  // A second 60 is a leap second: it is there, and counted as the one after it.
  if (year < EARLIEST_YEAR || hour > 23 || minute > 59 || second > 60) return undefined;
  if (second === 60 && minute !== 59) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // A day that the month has not, and day 0, fall into another one.
  if (midnight.getUTCMonth() !== month - 1) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000;
}
