/**
 * Values of rows by their text. The rows of an owner are looked at many times between two commits (by runs, followers, the API), and
 * their text is the same each time; parsing it anew was a fifth of what this service computes.
 *
 * 1. A text stands for one value: what was written is what parsing its text gives, so a value may be remembered either way.
 * 2. Values are shared, which is safe because everything here is readonly. So a part of a state that a decision has left alone
 *    is the same object as before, and its text is made once.
 * 3. At most two generations of `PARSED_ROWS` texts are kept; what was not asked for in the younger one goes.
 */
import { type Bound, bound } from '@leasehold/kernel';
import type { OwnedState } from '../model/state.ts';

const PARSED_ROWS: Bound = bound('parsed-rows', 96);

let young = new Map<string, unknown>();
let old = new Map<string, unknown>();

function keep(text: string, value: unknown): void {
  if (young.size >= PARSED_ROWS.value) {
    old = young;
    young = new Map();
  }
  young.set(text, value);
}

export function parseRow<T>(text: string): T {
  const known = young.get(text);
  if (known !== undefined) return known as T;
  const value = old.get(text) ?? (JSON.parse(text) as T);
  keep(text, value);
  return value as T;
}

/** The text of a value, which will be read again soon. @param value of plain JSON, without keys that are `undefined`. */
export function writeRow(value: object): string {
  const text = JSON.stringify(value);
  keep(text, value);
  return text;
}

const texts = new WeakMap<object, string>();

function textOf(part: object): string {
  let text = texts.get(part);
  if (text === undefined) {
    text = JSON.stringify(part);
    texts.set(part, text);
  }
  return text;
}

/** As `writeRow`, for the value that is written most and changes least: of its parts only those that changed are spelled out. */
export function writeState(state: OwnedState): string {
  const { graph, records, ...rest } = state;
  const head = JSON.stringify(rest).slice(0, -1);
  const text = `${head},"graph":${textOf(graph)},"records":[${records.map(textOf).join(',')}]}`;
  keep(text, state);
  return text;
}
