/**
 * Reads the fields of an untrusted object and collects what is wrong with each, so that a caller mends everything in one go.
 *
 * F1. A message tells what is asked for and the value received, cut to a bound.
 * F2. A wrong value reads as absent: checks that build on it stay silent instead of piling up.
 */
import { bound } from '@leasehold/kernel';

export interface Problem {
  /** RFC 6901. */
  readonly pointer: string;
  readonly message: string;
}

export interface Problems {
  add(pointer: string, message: string): void;
  list(): readonly Problem[];
}

export interface Range {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
  /** Strictly above `least`, strictly below `most`. */
  readonly aboveLeast?: boolean;
  readonly belowMost?: boolean;
}

export interface Fields {
  readonly raw: unknown;
  has(name: string): boolean;
  only(names: readonly string[]): void;
  problem(name: string, message: string, received: unknown): void;
  missing(name: string): undefined;
  number(name: string, range: Range): number | undefined;
  flag(name: string): boolean | undefined;
  text(name: string): string | undefined;
  decimal(name: string): number | undefined;
  oneOf(name: string, values: readonly string[]): string | undefined;
  object(name: string): Fields | undefined;
  list(name: string, most: number): readonly Fields[];
  ordered(low: string, lowValue: number | undefined, high: string, highValue: number | undefined): void;
}

const MOST_PROBLEMS = bound('policy problems told', 100);
const MOST_SHOWN = bound('characters of a received value shown', 60);
const DECIMAL = /^\d{1,12}(\.\d{1,6})?$/;

export function createProblems(): Problems {
  const found: Problem[] = [];
  return {
    add: (pointer, message) => {
      if (found.length < MOST_PROBLEMS.value) found.push({ pointer, message });
    },
    list: () => found,
  };
}

function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > MOST_SHOWN.value ? `${text.slice(0, MOST_SHOWN.value)}...` : text;
}

/** Levenshtein's distance, for names of a few dozen characters. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + same);
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Letters that are only left out at the end count as one. */
const apart = (name: string, known: string): number => (known.startsWith(name) ? 1 : distance(name, known));

const nearest = (name: string, known: readonly string[]): string =>
  known.reduce((best, each) => (apart(name, each) < apart(name, best) ? each : best));

function rangeText(range: Range): string {
  const kind = range.whole === true ? 'a whole number' : 'a number';
  return `must be ${kind} ${range.aboveLeast === true ? 'above' : 'from'} ${range.least} ${range.belowMost === true ? 'and below' : 'to'} ${range.most}`;
}

const inside = (value: number, range: Range): boolean =>
  Number.isFinite(value) &&
  (range.whole !== true || Number.isInteger(value)) &&
  (range.aboveLeast === true ? value > range.least : value >= range.least) &&
  (range.belowMost === true ? value < range.most : value <= range.most);

/** @returns undefined, and a problem, when the input is no object. */
export function readFields(input: unknown, pointer: string, problems: Problems): Fields | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    problems.add(pointer, `must be an object, got ${show(input)}`);
    return undefined;
  }
  const raw = input as Readonly<Record<string, unknown>>;
  const at = (name: string): string =>
    name === '' ? pointer : `${pointer}/${name.replace(/~/g, '~0').replace(/\//g, '~1')}`;
  const has = (name: string): boolean => Object.hasOwn(raw, name) && raw[name] !== undefined && raw[name] !== null;
  const problem = (name: string, message: string, received: unknown): void =>
    problems.add(at(name), `${message}, got ${show(received)}`);
  const read = <T>(name: string, text: string, accept: (value: unknown) => T | undefined): T | undefined => {
    if (!has(name)) return undefined;
    const value = accept(raw[name]);
    if (value === undefined) problem(name, text, raw[name]);
    return value;
  };
  return {
    raw,
    has,
    problem,
    missing: (name) => {
      if (!has(name)) problems.add(at(name), 'is required');
      return undefined;
    },
    only: (names) => {
      for (const name of Object.keys(raw))
        if (!names.includes(name))
          problems.add(at(name), `is not known; the nearest known name is ${nearest(name, names)}`);
    },
    number: (name, range) =>
      read(name, rangeText(range), (value) => (typeof value === 'number' && inside(value, range) ? value : undefined)),
    flag: (name) => read(name, 'must be true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    text: (name) =>
      read(name, 'must be text', (value) => (typeof value === 'string' && value !== '' ? value : undefined)),
    decimal: (name) =>
      read(name, 'must be a decimal in quotes, such as "1.25"', (value) =>
        typeof value === 'string' && DECIMAL.test(value) ? Number(value) : undefined,
      ),
    oneOf: (name, values) =>
      read(name, `must be one of ${values.join(', ')}`, (value) => values.find((each) => each === value)),
    object: (name) => (has(name) ? readFields(raw[name], at(name), problems) : undefined),
    list: (name, most) => {
      const items = read(name, `must be a list of at most ${most}`, (value) =>
        Array.isArray(value) && value.length <= most ? (value as readonly unknown[]) : undefined,
      );
      return (items ?? []).flatMap((item, i) => readFields(item, `${at(name)}/${i}`, problems) ?? []);
    },
    ordered: (low, lowValue, high, highValue) => {
      if (lowValue !== undefined && highValue !== undefined && lowValue > highValue)
        problem(low, `must not be above ${high} (${highValue})`, lowValue);
    },
  };
}
