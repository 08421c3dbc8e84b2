/**
 * Cron lines of five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps and English names, as crontab(5)
 * has them; day of month and day of week are joined by "or" when both are restricted.
 *
 * C1. A line means wall-clock time in its zone; what that is where the clock is moved is the business of `moments.ts`.
 * C2. A line that can never happen (30 February) is unknown.
 * C3. A line whose minute or hour is `*`, with a step or without, or names them all, repeats: it means every turn of the clock. Any other
 *     is bound to its times of day.
 */
import { bound } from '@leasehold/kernel';

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both day fields are restricted: either may match. */
  readonly eitherDay: boolean;
  /** By C3. */
  readonly repeats: boolean;
}

export type CronOutcome =
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'unknown'; readonly message: string };

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

const repeats = (text: string, values: readonly number[], all: number): boolean =>
  text.startsWith('*') || values.length === all;

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
    repeats: repeats(texts[0] as string, minutes, 60) || repeats(texts[1] as string, hours, 24),
  };
  return { kind: 'cron', cron };
}

/** @param wallMs midnight of the day, as if the wall clock were UTC. */
export function matchesDay(cron: Cron, wallMs: number): boolean {
  const date = new Date(wallMs);
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const day = cron.days.has(date.getUTCDate());
  const weekday = cron.weekdays.has(date.getUTCDay());
  return cron.eitherDay ? day || weekday : day && weekday;
}

/** Stands in for a line that was not understood, beside the problem that says so. */
export const NEVER: Cron = {
  minutes: [],
  hours: [],
  days: new Set(),
  months: new Set(),
  weekdays: new Set(),
  eitherDay: false,
  repeats: false,
};
