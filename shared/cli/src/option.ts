/**
 * Options and arguments that are checked while the command line is read: a wrong one ends the command before anything is sent.
 *
 * 1. What takes a value is made here or is free text; a test goes over all commands and holds them to it.
 */
import { parseInstant } from '@leasehold/kernel';
import { Argument, Option } from 'commander';
import { parseDuration } from './duration.ts';
import { usage } from './failure.ts';

/** @throws Failure `usage` */
type Parse<T> = (text: string, name: string) => T;

const HOURS_MAX = 8_760;
const SEGMENT_MAX = 512;
const STATES = ['running', 'paused'];

function optionOf<T>(flags: string, description: string, parse: Parse<T>): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => parse(text, option.long ?? flags));
}

/** Milliseconds. */
export function durationOption(flags: string, description: string, preset?: string): Option {
  const option = optionOf(flags, description, parseDuration);
  return preset === undefined ? option : option.default(parseDuration(preset, flags), preset);
}

export const instantOption = (flags: string, description: string): Option =>
  optionOf(flags, description, (text, name) => {
    if (parseInstant(text) === undefined)
      throw usage(`${name} expects a time such as 2026-01-31 or 2026-01-31T12:00:00Z, got ${JSON.stringify(text)}`);
    return text;
  });

export const wholeOption = (flags: string, description: string): Option => optionOf(flags, description, whole);

export const wholesOption = (flags: string, description: string): Option =>
  optionOf(flags, description, (text, name) => text.split(',').map((size) => whole(size, name)));

export const hoursOption = (flags: string, description: string): Option =>
  optionOf(flags, description, (text, name) => {
    const hours = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(hours <= HOURS_MAX)) throw usage(`${name} expects hours from 0 to ${HOURS_MAX}, got ${JSON.stringify(text)}`);
    return hours;
  });

export const stateOption = (flags: string, description: string): Option =>
  optionOf(flags, description, (text, name) => {
    if (!STATES.includes(text)) throw usage(`${name} expects running or paused, got ${JSON.stringify(text)}`);
    return text;
  });

/** Text that may say anything but nothing. */
export const filledOption = (flags: string, description: string): Option =>
  optionOf(flags, description, (text, name) => {
    if (text.trim() === '') throw usage(`${name} expects text, got ${JSON.stringify(text)}`);
    return text;
  });

/** A plan is shown at once: `waiting` are the options that would wait for it, beside `--wait`. */
export const dryRunOption = (...waiting: readonly string[]): Option =>
  new Option('--dry-run', 'show the plan and touch nothing').conflicts(['wait', ...waiting]);

function whole(given: string, option: string): number {
  if (!/^\d{1,6}$/.test(given.trim())) throw usage(`${option} expects whole numbers, got ${JSON.stringify(given)}`);
  return Number(given);
}

/**
 * A name that becomes one part of a path: an empty one, or one of dots, would make another path of it. What a good name is
 * beyond that is the server's to judge.
 */
export const nameArgument = (name: string, description?: string): Argument =>
  new Argument(name, description).argParser((text: string) => {
    if (text.trim() !== text || text === '' || /^\.+$/.test(text) || text.length > SEGMENT_MAX)
      throw usage(`${name} expects a name, got ${JSON.stringify(text.slice(0, SEGMENT_MAX))}`);
    return text;
  });
