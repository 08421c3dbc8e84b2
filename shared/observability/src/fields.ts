/**
 * Log fields as plain, small, harmless JSON: errors become data, secrets are withheld, depth and size are bounded.
 *
 * 1. The result is a tree without cycles, at most 6 deep, 100 entries a level, 8,192 characters a text.
 * 2. An error shows name, class, code, message and its chain of causes; a stack only where somebody must debug it: for a
 *    `Bug` and for what is no fault at all. Drivers put stacks and dumps into their messages: a cause is its first line.
 */
import { type Bound, bound, Fault, type LogFields } from '@leasehold/kernel';
import { isSecretName, REDACTED } from './secrets.ts';

const DEPTH: Bound = bound('log field depth', 6);
const ENTRIES: Bound = bound('log field entries', 100);
const TEXT: Bound = bound('log text characters', 8192);
const CAUSES: Bound = bound('logged causes', 5);

/** A line's own names; a field that is called so gets an underscore, rather than a second meaning. */
const OWN = new Set(['level', 'time', 'msg']);

export const safeFields = (fields: LogFields): Record<string, unknown> =>
  safeEntries(
    Object.entries(fields).map(([name, value]) => [OWN.has(name) ? `${name}_` : name, value] as const),
    DEPTH.value,
  );

function safeEntries(entries: readonly (readonly [string, unknown])[], depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of entries.slice(0, ENTRIES.value)) {
    if (value === undefined) continue;
    out[name] =
      isSecretName(name) && value !== null && typeof value !== 'boolean' ? REDACTED : safeValue(value, depth - 1);
  }
  if (entries.length > ENTRIES.value) out['...'] = `${entries.length - ENTRIES.value} more`;
  return out;
}

function safeValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cut(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      return cut(String(value));
  }
  if (value === null) return null;
  if (value instanceof Error) return errorFields(value);
  if (depth <= 0) return '...';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.slice(0, ENTRIES.value).map((item) => safeValue(item, depth - 1));
  if (value instanceof Map || value instanceof Set) return safeValue([...value], depth);
  return safeEntries(Object.entries(value), depth);
}

/** An error as data: `{name, class?, code?, message, backend?, causes?, stack?}`. */
export function errorFields(error: Error): Record<string, unknown> {
  const fault = error instanceof Fault ? error : undefined;
  const code = fault?.code ?? (error as { readonly code?: unknown }).code;
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < CAUSES.value; cause = causeOf(cause)) {
    causes.push(cut(describe(cause)));
  }
  const source = deepestError(error);
  return {
    name: error.name,
    ...(fault && { class: fault.class }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    message: cut(error.message),
    ...(fault?.backend !== undefined && { backend: fault.backend }),
    ...(fault?.unknownOutcome && { unknown_outcome: true }),
    ...(causes.length > 0 && { causes }),
    ...((!fault || fault.class === 'Bug') && source.stack !== undefined && { stack: cut(source.stack) }),
  };
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

/** A bug that wraps what was thrown: the stack worth reading is the inner one. */
const deepestError = (error: Error): Error => {
  let deepest = error;
  for (let step = 0; step < CAUSES.value && deepest.cause instanceof Error; step++) deepest = deepest.cause;
  return deepest;
};

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { readonly code?: unknown }).code;
  const kind = error instanceof Fault ? error.class : error.name;
  const [message = ''] = error.message.split('\n', 1);
  return typeof code === 'string' || typeof code === 'number' ? `${kind} ${code}: ${message}` : `${kind}: ${message}`;
}

const cut = (text: string): string =>
  text.length <= TEXT.value ? text : `${text.slice(0, TEXT.value)}... (${text.length} characters)`;
