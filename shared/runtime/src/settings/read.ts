/**
 * Settings as typed values, or one fault that names everything wrong. Owns the message; collect.ts owns the reading.
 *
 * 1. A start is refused with one `Invalid` (`BadSettings`), never with the first of several problems.
 */
import { type Fault, invalid } from '@leasehold/kernel';
import { type CollectOptions, collectSettings } from './collect.ts';
import type { Env, ReadSettings, SettingGroups, SettingValues } from './definition.ts';

/** Errors: `Invalid` with code `BadSettings`. */
export function readSettings<const G extends SettingGroups>(
  groups: G,
  env: Env,
  options: CollectOptions,
): ReadSettings<G> {
  const { values, problems, warnings, given, secrets } = collectSettings(groups, env, options);
  if (problems.length > 0) throw badSettings(problems.map(({ variable, message }) => `${variable}: ${message}`));
  return { values: values as SettingValues<G>, warnings, given, secrets };
}

export function badSettings(problems: readonly string[]): Fault {
  const head = problems.length === 1 ? 'one setting is' : `${problems.length} settings are`;
  return invalid([`${head} wrong or missing:`, ...problems.map((line) => `  ${line}`)].join('\n'), {
    code: 'BadSettings',
  });
}
