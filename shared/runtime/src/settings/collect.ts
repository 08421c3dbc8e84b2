/**
 * Reads variables by their definitions and collects everything that is wrong, so that one start tells all of it. Pure but
 * for the `readFile` that it is given. Leaves throwing to read.ts and the rules across groups to backends.ts.
 *
 * 1. A secret's text is never part of a problem or a warning: it shows as `(hidden)`.
 * 2. `X` and `X_FILE` together are a problem, never a silent choice.
 * 3. A wrong value taken over from another variable is told once, under the variable that was set.
 */
import {
  type Env,
  expectedOf,
  type Place,
  placeOf,
  type Setting,
  type SettingGroup,
  type SettingGroups,
  type SettingProblem,
} from './definition.ts';
import { nearestName } from './look-alike.ts';

export interface CollectOptions {
  /** Content of a text file; throws when it cannot be read. */
  readFile(path: string): string;
  /** Throws for what is no folder that can be read. Absent: folders are not looked at. */
  readFolder?(path: string): unknown;
  /** Defaults that differ for this process, by variable. */
  readonly defaults?: Readonly<Record<string, string>>;
}

export interface Collected {
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly problems: readonly SettingProblem[];
  readonly warnings: readonly string[];
  readonly given: ReadonlySet<string>;
  readonly secrets: readonly string[];
}

/** A setting as it was found: the text, and the variable that it came from. */
interface Found {
  readonly text: string;
  readonly from: string;
  readonly own: boolean;
}

interface Reading {
  readonly env: Env;
  readonly options: CollectOptions;
  readonly problems: SettingProblem[];
  readonly given: Set<string>;
  readonly secrets: Set<string>;
}

export function collectSettings(groups: SettingGroups, env: Env, options: CollectOptions): Collected {
  const reading: Reading = { env, options, problems: [], given: new Set(), secrets: new Set() };
  const values: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [name, group] of Object.entries(groups)) {
    values[name] = readGroup(group, reading);
    reading.problems.push(...(group.check?.(reading.given) ?? []));
  }
  const warnings = [...laterWarnings(groups, reading.given), ...lookAlikeWarnings(groups, env)];
  const { problems, given, secrets } = reading;
  return { values, problems, warnings, given, secrets: [...secrets] };
}

function readGroup(group: SettingGroup, reading: Reading): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries(group.fields)) values[field] = readSetting(setting, reading);
  return group.derive ? group.derive(values) : values;
}

function readSetting(setting: Setting, reading: Reading): unknown {
  const found = find(setting, reading);
  if (found === undefined) return undefined;
  if (setting.secret) reading.secrets.add(found.text);
  const { success, data } = setting.format.safeParse(found.text);
  if (success && canRead(placeOf(setting.format), found.text, reading.options)) return data;
  if (found.own) {
    const shown = setting.secret ? '(hidden)' : showGiven(found.text);
    reading.problems.push({ variable: found.from, message: `given ${shown}, expected ${expectedOf(setting.format)}` });
  }
  return undefined;
}

function find(setting: Setting, reading: Reading): Found | undefined {
  const { variable } = setting;
  const own = lookUp(variable, setting.secret, reading);
  if (own !== undefined) {
    reading.given.add(variable);
    return own === 'unreadable' ? undefined : { ...own, own: true };
  }
  const other = setting.fallback === undefined ? undefined : lookUp(setting.fallback, setting.secret, reading, true);
  if (other !== undefined && other !== 'unreadable') return { ...other, own: false };
  const standard = reading.options.defaults?.[variable] ?? setting.default;
  return standard === undefined ? undefined : { text: standard, from: variable, own: true };
}

function lookUp(
  variable: string,
  mayBeFile: boolean,
  reading: Reading,
  quiet = false,
): Omit<Found, 'own'> | 'unreadable' | undefined {
  const text = setText(reading.env[variable]);
  const fileVariable = `${variable}_FILE`;
  const file = mayBeFile ? setText(reading.env[fileVariable]) : undefined;
  const refuse = (message: string): 'unreadable' => {
    if (!quiet) reading.problems.push({ variable: fileVariable, message });
    return 'unreadable';
  };
  if (text !== undefined && file !== undefined) return refuse(`set beside ${variable}; expected one of the two`);
  if (text !== undefined) return { text, from: variable };
  if (file === undefined) return undefined;
  try {
    const content = reading.options.readFile(file).replace(/\r?\n$/, '');
    if (content !== '') return { text: content, from: fileVariable };
    return refuse(`given ${showGiven(file)}, which is empty, expected a file that holds the value`);
  } catch {
    return refuse(`given ${showGiven(file)}, expected the path of a readable file of at most 1 MiB`);
  }
}

const setText = (given: string | undefined): string | undefined => {
  const trimmed = given?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed;
};

function canRead(place: Place | undefined, path: string, options: CollectOptions): boolean {
  try {
    if (place === 'file') options.readFile(path);
    if (place === 'folder') options.readFolder?.(path);
    return true;
  } catch {
    return false;
  }
}

const SHOWN_CHARACTERS = 120;

/** As it was given, but for what a URL may carry in front of its host. */
function showGiven(given: string): string {
  const safe = given.replace(/\/\/[^/@\s]*@/g, '//(hidden)@');
  return JSON.stringify(safe.length > SHOWN_CHARACTERS ? `${safe.slice(0, SHOWN_CHARACTERS)}...` : safe);
}

const settingsOf = (groups: SettingGroups): readonly Setting[] =>
  Object.values(groups).flatMap((group) => Object.values(group.fields));

const laterWarnings = (groups: SettingGroups, given: ReadonlySet<string>): readonly string[] =>
  settingsOf(groups)
    .filter((setting) => setting.later && given.has(setting.variable))
    .map((setting) => `${setting.variable} is set, but nothing in this release uses it`);

function lookAlikeWarnings(groups: SettingGroups, env: Env): readonly string[] {
  const settings = settingsOf(groups);
  const known = new Set(
    settings.flatMap(({ variable, secret }) => (secret ? [variable, `${variable}_FILE`] : [variable])),
  );
  const suggested = new Set(known);
  for (const setting of settings) if (setting.ambient) suggested.delete(setting.variable);
  return Object.keys(env).flatMap((name) => {
    const near = known.has(name) || setText(env[name]) === undefined ? undefined : nearestName(name, suggested);
    return near === undefined ? [] : [`${name} is no setting and has no effect; did you mean ${near}?`];
  });
}
