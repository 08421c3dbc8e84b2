/**
 * One log record as one line for a person at a terminal: time, level, message, fields. Pure. Machines get the JSON.
 */
import { isoTime } from '@leasehold/kernel';

const COLOURS: Readonly<Record<string, string>> = { debug: '90', info: '36', warn: '33', error: '31' };
const OWN = new Set(['time', 'level', 'msg']);

export interface LogRecord {
  readonly time?: unknown;
  readonly level?: unknown;
  readonly msg?: unknown;
  readonly [field: string]: unknown;
}

/** @returns one line that ends in a line feed; a stack, where there is one, follows on lines of its own. */
export function formatLine(record: LogRecord, colour: boolean): string {
  const level = String(record.level ?? 'info');
  const time = typeof record.time === 'number' ? isoTime(record.time) : String(record.time ?? '');
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const fields: string[] = [];
  let stack = '';
  for (const [name, value] of Object.entries(record)) {
    if (OWN.has(name)) continue;
    if (isErrorRecord(value)) {
      const { stack: inner, ...rest } = value;
      if (typeof inner === 'string' && inner !== '') stack = `\n${visible(inner).replaceAll(/^/gm, '    ')}`;
      fields.push(`${name}=${plain(rest)}`);
    } else fields.push(`${name}=${plain(value)}`);
  }
  const tail = fields.length > 0 ? ` ${paint('90', fields.join(' '))}` : '';
  const message = visible(String(record.msg ?? '')).replaceAll('\n', ' ');
  return `${time.slice(11, 23)} ${paint(COLOURS[level] ?? '0', level.padEnd(5))} ${message}${tail}${stack}\n`;
}

const isErrorRecord = (value: unknown): value is { readonly stack?: unknown } =>
  typeof value === 'object' && value !== null && 'stack' in value;

const plain = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);

/** Control characters of somebody else's text must not move the cursor of the reader's terminal. */
const visible = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what is taken out
  text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?');
