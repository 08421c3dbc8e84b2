/**
 * The flags of `npm run bench`. Pure.
 */
import { bound, invalid } from '@leasehold/kernel';

const SECTIONS = ['tenant', 'fleet', 'ledger', 'bus', 'embedded', 'settled', 'many'] as const;
export type Section = (typeof SECTIONS)[number];
/** Filling a store with a hundred thousand tenants takes long: it is measured when it is named. */
export const BY_DEFAULT: readonly Section[] = SECTIONS.filter((section) => section !== 'many');

export interface Options {
  readonly pairs: number;
  readonly sections: readonly Section[];
  readonly jsonFile: string | undefined;
  readonly action: 'print' | 'check' | 'record';
}

const USAGE = `npm run bench -- [flags]
  --pairs N        pairs of each figure (default 20)
  --quick          three pairs
  --only A,B       sections: ${SECTIONS.join(', ')} (many is left out unless it is named)
  --json FILE      write every pair
  --check          fail when a ratio leaves the range kept in test/bench/ranges.json
  --record         keep the ranges of this run there`;

const PAIRS = bound('bench-pairs', 1_000);
const QUICK_PAIRS = 3;
const DEFAULT_PAIRS = 20;

const refused = (message: string) => invalid(`${message}\n${USAGE}`, { code: 'BadFlag' });

function pairsOf(text: string): number {
  const pairs = Number(text);
  if (Number.isSafeInteger(pairs) && pairs >= 1 && pairs <= PAIRS.value) return pairs;
  throw refused(`--pairs takes a whole number from 1 to ${PAIRS.value}, got ${JSON.stringify(text)}`);
}

function sectionsOf(text: string): readonly Section[] {
  const names = text.split(',');
  const unknown = names.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) throw refused(`--only: there is no section ${JSON.stringify(unknown)}`);
  return SECTIONS.filter((section) => names.includes(section));
}

/** Errors: `Invalid` (code `BadFlag`) with the usage. */
export function parseOptions(args: readonly string[]): Options {
  let options: Options = { pairs: DEFAULT_PAIRS, sections: BY_DEFAULT, jsonFile: undefined, action: 'print' };
  const words = args.flatMap((arg) => (/^--\w+=/.test(arg) ? arg.split(/=(.*)/s).slice(0, 2) : [arg]));
  const next = (flag: string): string => {
    const value = words.shift();
    if (value === undefined || value.startsWith('--')) throw refused(`${flag} needs a value`);
    return value;
  };
  for (let flag = words.shift(); flag !== undefined; flag = words.shift()) {
    if (flag === '--pairs') options = { ...options, pairs: pairsOf(next(flag)) };
    else if (flag === '--quick') options = { ...options, pairs: QUICK_PAIRS };
    else if (flag === '--only') options = { ...options, sections: sectionsOf(next(flag)) };
    else if (flag === '--json') options = { ...options, jsonFile: next(flag) };
    else if (flag === '--check') options = { ...options, action: 'check' };
    else if (flag === '--record') options = { ...options, action: 'record' };
    else throw refused(`unknown flag ${JSON.stringify(flag)}`);
  }
  return options;
}
