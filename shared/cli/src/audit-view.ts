/**
 * The audit as a table: one line an entry, its reasons or, where there are none, what it changed. Pure.
 *
 * 1. What nobody asked for (a grace that ended, a run) shows as `-`: the mesh itself did it.
 * 2. What was asked in somebody's name, or with a reason, shows both.
 */
import { shortInstant } from './duration.ts';
import type { Paint } from './paint.ts';
import { align, plain } from './text.ts';
import { type Fields, fields, items, maybeText, text } from './wire.ts';

const SHOWN = 60;

export function auditTable(found: readonly Fields[], paint: Paint): readonly string[] {
  const head = ['AT', 'TENANT', 'WHO', 'WHAT', 'OUTCOME', 'WHY'].map((word) => paint.dim(word));
  const rows = found.map((entry) => [
    shortInstant(text(entry['at'])),
    text(entry['tenant_id'], '-'),
    whoOf(entry),
    text(entry['command'], '-'),
    text(entry['disposition'], '-'),
    whyOf(entry),
  ]);
  return align([head, ...rows]);
}

function whoOf(entry: Fields): string {
  const actor = text(entry['actor'], '-');
  const name = maybeText(entry['requested_by']);
  return name === undefined || name === actor ? actor : `${actor} for ${name}`;
}

function whyOf(entry: Fields): string {
  const said = maybeText(entry['reason']);
  const words = said === undefined ? [] : [`"${said}"`];
  const found = items(entry['reasons']).map((reason) => text(reason['message']));
  const reasons = [...found.filter((message) => message !== said), ...words];
  if (reasons.length > 0) return reasons.join('; ');
  const [before, after] = [fields(entry['before']), fields(entry['after'])];
  return Object.keys(after)
    .map((name) => `${plain(name)}: ${short(before[name])} -> ${short(after[name])}`)
    .join('; ');
}

const short = (value: unknown): string => plain(JSON.stringify(value ?? null).slice(0, SHOWN));
