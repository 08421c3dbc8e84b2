/** What the command line takes for a duration, a time, a number, a state, a text or a name, and what it refuses. */
import { Command } from 'commander';
import { expect, test } from 'vitest';
import * as option from './option.ts';

/** The value of an option, or the word of what refused it. */
function read(make: (flags: string, description: string) => import('commander').Option, given: string): unknown {
  const command = new Command().exitOverride().addOption(make('--it <value>', 'what it is'));
  try {
    command.parse(['--it', given], { from: 'user' });
    return command.opts()['it'];
  } catch (error) {
    return (error as Error).message;
  }
}
const got = (given: string) => `got ${JSON.stringify(given)}`;

test.each([
  ['duration', option.durationOption, ['5m', 300_000], ['soon', '--it expects a duration']],
  ['time', option.instantOption, ['2026-01-31', '2026-01-31'], ['tomorrow', '--it expects a time']],
  ['number', option.wholeOption, ['12', 12], ['1.5', '--it expects whole numbers']],
  ['number with spaces around it', option.wholeOption, [' 12 ', 12], ['', '--it expects whole numbers']],
  ['number of six digits', option.wholeOption, ['999999', 999_999], ['1000000', '--it expects whole numbers']],
  ['numbers', option.wholesOption, ['1,2, 3', [1, 2, 3]], ['1,,2', '--it expects whole numbers']],
  ['hours', option.hoursOption, ['1.5', 1.5], ['-1', '--it expects hours from 0 to 8760']],
  ['hours at their bound', option.hoursOption, ['8760', 8_760], ['8760.5', '--it expects hours']],
  ['no hours', option.hoursOption, ['0', 0], ['1h', '--it expects hours']],
  ['state', option.stateOption, ['paused', 'paused'], ['off', '--it expects running or paused']],
  ['other state', option.stateOption, ['running', 'running'], ['', '--it expects running or paused']],
  ['text', option.filledOption, [' because ', ' because '], ['  ', '--it expects text']],
] as const)('a %s', (_what, make, [good, value], [bad, why]) => {
  expect(read(make, good)).toEqual(value);
  expect(read(make, bad)).toContain(why);
  if (bad !== '1,,2') expect(read(make, bad)).toContain(got(bad));
});

test('a duration may have a preset, which is shown as it is written', () => {
  const preset = option.durationOption('--timeout <duration>', 'how long', '5m');
  expect([preset.defaultValue, preset.defaultValueDescription]).toEqual([300_000, '5m']);
  expect(option.durationOption('--timeout <duration>', 'how long').defaultValue).toBeUndefined();
});

test('a plan is shown at once, so that nothing waits for it', () => {
  const command = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .option('--wait')
    .option('--watch')
    .option('--force')
    .addOption(option.dryRunOption('watch'));
  for (const other of ['--wait', '--watch'])
    expect(() => command.parse(['--dry-run', other], { from: 'user' })).toThrow('cannot be used with');
  expect(command.parse(['--dry-run', '--force'], { from: 'user' }).opts()).toMatchObject({ dryRun: true, force: true });
});

test('a name is one part of a path', () => {
  const name = (given: string): unknown => option.nameArgument('id', 'whose').parseArg?.(given, undefined);
  for (const good of ['acme', 'a.b', '..a', 'a b', 'x'.repeat(512)]) expect(name(good)).toBe(good);
  for (const bad of ['', ' acme', 'acme ', '.', '..', '...', 'x'.repeat(513)])
    expect(() => name(bad), bad).toThrow('id expects a name');
  expect(() => name('x'.repeat(9_000))).toThrow(/got "x{512}"$/);
});
