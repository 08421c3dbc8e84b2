/**
 * Cron lines of five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps and English names, as crontab(5)
 * has them; day of month and day of week are joined by "or" when both are restricted.
 *
 * C1. A line means wall-clock time in its zone. A time that the clock leaps over in spring happens later by the leap; one
 *     that comes twice in autumn happens the first time.
 * C2. A line that can never happen (30 February) is unknown.
 */
import { bound } from '@leasehold/kernel';
import { offsetMs } from './zone.ts';

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both day fields are restricted: either may match. */
  readonly eitherDay: boolean;
}

export type CronOutcome =
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'unknown'; readonly message: string };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 7, names: WEEKDAYS },
];

function numberIn(text: string, field: Field): number | undefined {
  const named = field.names.indexOf(text.toLowerCase());
  const value =
    named >= 0 ? named + (field.name === 'month' ? 1 : 0) : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.least && value <= field.most ? value : undefined;
}

function readPart(part: string, field: Field): readonly number[] | undefined {
  const [range, step, extra] = part.split('/');
  const every = step === undefined ? 1 : /^\d{1,2}$/.test(step) ? Number(step) : 0;
  if (range === undefined || extra !== undefined || every < 1) return undefined;
  const [from, to, more] = range === '*' ? [String(field.least), String(field.most)] : range.split('-');
  if (more !== undefined || from === undefined) return undefined;
  const first = numberIn(from, field);
  const last = to === undefined ? (step === undefined ? first : field.most) : numberIn(to, field);
  if (first === undefined || last === undefined || first > last) return undefined;
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every);
}

function readField(text: string, field: Field): readonly number[] | undefined {
  const parts = text.split(',').map((part) => readPart(part, field));
  if (parts.some((part) => part === undefined)) return undefined;
  return [...new Set((parts as readonly (readonly number[])[]).flat())].sort((a, b) => a - b);
}

const unknown = (message: string): CronOutcome => ({ kind: 'unknown', message });

const MOST_LINES = bound('cron lines kept', 4_096);
const read = new Map<string, CronOutcome>();

/** The same line is read once: many policies share few lines. */
export function parseCron(line: string): CronOutcome {
  const known = read.get(line);
  if (known !== undefined) return known;
  const outcome = readCron(line);
  if (read.size >= MOST_LINES.value) read.clear();
  read.set(line, outcome);
  return outcome;
}

function readCron(line: string): CronOutcome {
  const texts = line.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) return unknown('must be a cron line of five fields such as "0 8 * * mon-fri"');
  const fields = FIELDS.map((field, i) => readField(texts[i] as string, field));
  const wrong = fields.indexOf(undefined);
  if (wrong >= 0) return unknown(`must be a cron line; its ${(FIELDS[wrong] as Field).name} is not understood`);
  const [minutes, hours, days, months, weekdays] = fields as unknown as readonly [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const eitherDay = !(texts[2] as string).startsWith('*') && !(texts[4] as string).startsWith('*');
  if (!eitherDay && !months.some((month) => days.some((day) => day <= (LONGEST[month - 1] as number))))
    return unknown('must be a cron line that can happen; no month has that day');
  const cron: Cron = {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((day) => day % 7)),
    eitherDay,
  };
  return { kind: 'cron', cron };
}

function matchesDay(cron: Cron, wallMs: number): boolean {
  const date = new Date(wallMs);
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const day = cron.days.has(date.getUTCDate());
  const weekday = cron.weekdays.has(date.getUTCDay());
  return cron.eitherDay ? day || weekday : day && weekday;
}

/** The moment at which the wall clock of a zone shows this time, by C1. */
export function instantOf(zone: string, wallMs: number): number {
  const before = wallMs - offsetMs(zone, wallMs - DAY_MS);
  if (before + offsetMs(zone, before) === wallMs) return before;
  const after = wallMs - offsetMs(zone, wallMs + DAY_MS);
  return after + offsetMs(zone, after) === wallMs ? after : before;
}

/** Times of day, latest first, at which a line happens on its days; ms after midnight. */
function* timesOf(cron: Cron): Generator<number> {
  for (let h = cron.hours.length - 1; h >= 0; h--)
    for (let m = cron.minutes.length - 1; m >= 0; m--)
      yield ((cron.hours[h] as number) * 60 + (cron.minutes[m] as number)) * MINUTE_MS;
}

interface Answer {
  minute: number;
  active: boolean;
}

const MOST_ANSWERS = bound('answers kept for a cron line', 1_024);
const answers = new WeakMap<Cron, Map<string, Answer>>();

/** Whether a line happened within the last `durationMs` (whole minutes), this moment included; looked up once a minute. */
export function happenedWithin(cron: Cron, zone: string, atMs: number, durationMs: number): boolean {
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

function search(cron: Cron, zone: string, atMs: number, durationMs: number): boolean {
  const midnight = Math.floor((atMs + offsetMs(zone, atMs)) / DAY_MS) * DAY_MS;
  for (let day = midnight; day > midnight - durationMs - 2 * DAY_MS; day -= DAY_MS) {
    if (!matchesDay(cron, day)) continue;
    for (const time of timesOf(cron)) {
      const happened = instantOf(zone, day + time);
      if (happened > atMs) continue;
      return atMs - happened < durationMs;
    }
  }
  return false;
}

/** Stands in for a line that was not understood, beside the problem that says so. */
export const NEVER: Cron = {
  minutes: [],
  hours: [],
  days: new Set(),
  months: new Set(),
  weekdays: new Set(),
  eitherDay: false,
};
