/**
 * Cron lines of five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps and English names, as crontab(5)
 * has them; day of month and day of week are joined by "or" when both are restricted. croner reads a line and finds its times; this
 * file says which lines are taken (none with seconds, `L`, `W`, `#` or a nickname) and names the field that is wrong.
 *
 * C1. A line means wall-clock time in its zone; what that is where the clock is moved is the business of `moments.ts`.
 * C2. A line that can never happen (30 February) is unknown.
 * C3. A line whose minute or hour is `*`, with a step or without, or names them all, repeats: it means every turn of the clock. Any other
 *     is bound to its times of day.
 */
import { bound } from '@leasehold/kernel';
import { CronPattern, Cron as Schedule } from 'croner';

/** Times are ms of a wall clock, as if it were UTC. */
export interface Cron {
  /** The newest time of the line before this one. */
  before(wallMs: number): number | undefined;
  /** The first time of the line after this one. */
  after(wallMs: number): number | undefined;
  /** By C3. */
  readonly repeats: boolean;
}

export type CronOutcome =
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'unknown'; readonly message: string };

interface Field {
  readonly name: string;
  readonly most: number;
  readonly names: string;
}

const FIELDS: readonly Field[] = [
  { name: 'minute', most: 59, names: '' },
  { name: 'hour', most: 23, names: '' },
  { name: 'day of month', most: 31, names: '' },
  { name: 'month', most: 12, names: '|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec' },
  { name: 'day of week', most: 7, names: '|sun|mon|tue|wed|thu|fri|sat' },
];

const PARTS = FIELDS.map(({ names }) => {
  const value = `(?:\\d{1,2}${names})`;
  return new RegExp(`^(\\*|${value}(?:-${value})?)(?:/(\\d{1,2}))?$`, 'i');
});

const OPTIONS = { mode: '5-part', utcOffset: 0 } as const;

/** `5/15` means from the fifth on, which croner wants to be told. @returns undefined where it is none of ours. */
function readField(text: string, index: number): string | undefined {
  const { most } = FIELDS[index] as Field;
  const parts = text.split(',').map((part) => {
    const [, range = '', step] = (PARTS[index] as RegExp).exec(part) ?? [];
    if (range === '') return undefined;
    const whole = step === undefined || range === '*' || range.includes('-') ? range : `${range}-${most}`;
    return step === undefined ? whole : `${whole}/${step}`;
  });
  return parts.includes(undefined) ? undefined : parts.join(',');
}

/** What croner refuses of one field; the others of the line are open. */
function isTaken(field: string, index: number): boolean {
  try {
    new CronPattern(FIELDS.map((_, at) => (at === index ? field : '*')).join(' '), undefined, OPTIONS);
    return true;
  } catch {
    return false;
  }
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

/** Reads a line anew; what is read so shares no windows that were found with others of the same line. */
export function readCron(line: string): CronOutcome {
  const texts = line.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) return unknown('must be a cron line of five fields such as "0 8 * * mon-fri"');
  const fields = texts.map(readField);
  const wrong = fields.findIndex((field, index) => field === undefined || !isTaken(field, index));
  if (wrong >= 0) return unknown(`must be a cron line; its ${(FIELDS[wrong] as Field).name} is not understood`);
  const whole = fields.join(' ');
  const [minute, hour, day, , weekday] = texts as [string, string, string, string, string];
  // A field that begins with `*` restricts no day, with a step or without.
  const schedule = new Schedule(whole, { ...OPTIONS, domAndDow: day.startsWith('*') || weekday.startsWith('*') });
  const after = (wallMs: number) => schedule.nextRun(new Date(wallMs))?.getTime();
  if (after(0) === undefined) return unknown('must be a cron line that can happen; no month has that day');
  const pattern = new CronPattern(whole, undefined, OPTIONS);
  const isEvery = (text: string, found: readonly number[]) => text.startsWith('*') || found.every(Boolean);
  const cron: Cron = {
    before: (wallMs) => schedule.previousRuns(1, new Date(wallMs))[0]?.getTime(),
    after,
    repeats: isEvery(minute, pattern.minute) || isEvery(hour, pattern.hour),
  };
  return { kind: 'cron', cron };
}

/** Stands in for a line that was not understood, beside the problem that says so. */
export const NEVER: Cron = { before: () => undefined, after: () => undefined, repeats: false };
