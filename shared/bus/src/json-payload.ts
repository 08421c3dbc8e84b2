/**
 * JSON payloads: strict UTF-8, strict JSON, no number that silently lost digits.
 *
 * 1. A whole number beyond 2^53 - 1 becomes its decimal text, as Avro longs do.
 * 2. A payload that starts as a JSON object and parses as one may still be Avro by accident; `looksLikeJsonObject` only
 *    says that somebody has to ask.
 */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const OPEN_BRACE = 0x7b;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BOM = [0xef, 0xbb, 0xbf];
const WHOLE = /^-?\d+$/;

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  context.source !== undefined &&
  WHOLE.test(context.source)
    ? context.source
    : value;

/** @throws SyntaxError, TypeError (not UTF-8) or RangeError (nested too deep). */
export const parseJsonPayload = (payload: Uint8Array): unknown =>
  JSON.parse(UTF8.decode(payload), keepDigits as (key: string, value: unknown) => unknown);

function firstByte(payload: Uint8Array): number | undefined {
  const start = BOM.every((byte, index) => payload[index] === byte) ? BOM.length : 0;
  for (let at = start; at < payload.length; at += 1) {
    const byte = payload[at] as number;
    if (!BLANKS.has(byte)) return byte;
  }
  return undefined;
}

export function looksLikeJsonObject(payload: Uint8Array): boolean {
  if (firstByte(payload) !== OPEN_BRACE) return false;
  try {
    parseJsonPayload(payload);
    return true;
  } catch {
    return false;
  }
}
