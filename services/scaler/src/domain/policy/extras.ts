/**
 * Checks of the two parts of a policy that the wire contract leaves open, `vertical` and `business_hours`: what can be said of any
 * such object is said at once, and fields of other names are kept for who reads them.
 *
 * E1. A number is finite and not negative; `min_x` is not above `max_x`; replicas are whole.
 * E2. A time zone is one that is known; a time of day reads HH:MM, and a day is a day of the week.
 */
import type { Fields } from './fields.ts';
import { isZone } from './zone.ts';

const LARGEST = 1e15;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function checkNumbers(fields: Fields): void {
  const raw = fields.raw as Readonly<Record<string, unknown>>;
  const names = Object.keys(raw);
  const read = new Map(
    names
      .filter((name) => typeof raw[name] === 'number' || name.endsWith('_replicas'))
      .map((name) => [name, fields.number(name, { least: 0, most: LARGEST, whole: name.endsWith('_replicas') })]),
  );
  for (const low of names.filter((name) => name.startsWith('min_'))) {
    const high = `max_${low.slice('min_'.length)}`;
    fields.ordered(low, read.get(low), high, read.get(high));
  }
}

export function checkVertical(fields: Fields): void {
  fields.flag('enabled');
  checkNumbers(fields);
}

export function checkBusinessHours(fields: Fields): void {
  fields.flag('enabled');
  checkNumbers(fields);
  const zone = fields.text('timezone');
  if (zone !== undefined && !isZone(zone))
    fields.problem('timezone', 'must be an IANA time zone such as Europe/Vienna', zone);
  for (const name of ['start', 'end']) {
    const time = fields.text(name);
    if (time !== undefined && !TIME_OF_DAY.test(time))
      fields.problem(name, 'must be a time of day such as "08:30"', time);
  }
  const { days } = fields.raw as Readonly<Record<string, unknown>>;
  if (days === undefined || days === null) return;
  const known = (day: unknown): boolean => typeof day === 'string' && DAYS.includes(day.toLowerCase().slice(0, 3));
  if (!Array.isArray(days) || !days.every(known))
    fields.problem('days', 'must be a list of days of the week such as ["mon", "tue"]', days);
}
