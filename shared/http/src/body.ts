/**
 * The body of a request as JSON, within its bounds.
 *
 * 1. Never more than the bound is held: a declared length is judged before a byte is read, an undeclared one while reading.
 * 2. Anything but UTF-8 JSON under a JSON media type is refused by what is wrong with it: 415, 413 or 400.
 * 3. A body that breaks off is the caller's doing: 400, and nobody's bug.
 */
import type { AppBounds } from './app-options.ts';
import { ProblemError, problem } from './problem.ts';

const JSON_TYPE = /^application\/(?:json|[a-z0-9.+-]+\+json)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Later stages would lose a member of this name without a word. */
const PROTOTYPE = '__proto__';

/** @returns the value; undefined for no body at all. Throws 400, 413, 415. */
export async function readJson(request: Request, bounds: AppBounds): Promise<unknown> {
  const declared = request.headers.get('content-length');
  const type = request.headers.get('content-type');
  // On a socket a request without length and coding has no body, though the server shows a stream; elsewhere a body without
  // either has a type at least.
  const undeclared = declared === null && request.headers.get('transfer-encoding') === null;
  if (declared === '0' || (undeclared && (type === null || request.body === null))) return undefined;
  if (declared !== null && Number(declared) > bounds.bodyBytes.value) throw tooLarge(bounds);
  const encoding = request.headers.get('content-encoding');
  if (type === null || !JSON_TYPE.test(type)) {
    throw problem(
      'unsupported-media-type',
      `The body's Content-Type is ${type === null ? 'missing' : JSON.stringify(type.slice(0, 100))}, expected application/json.`,
      closing,
    );
  }
  if (encoding !== null && encoding !== 'identity') {
    throw problem(
      'unsupported-media-type',
      `The body is encoded as ${JSON.stringify(encoding.slice(0, 100))}, expected none.`,
      closing,
    );
  }
  const bytes = await (declared === null ? readBounded(request, bounds) : readDeclared(request)).catch(brokenOff);
  if (bytes.byteLength > bounds.bodyBytes.value) throw tooLarge(bounds);
  return bytes.byteLength === 0 ? undefined : parseJson(bytes, bounds);
}

/** An answer before the body was read: the rest is not worth reading, so the connection ends. */
const closing = { headers: { connection: 'close' } } as const;

const tooLarge = (bounds: AppBounds) =>
  problem('payload-too-large', `A body may have at most ${bounds.bodyBytes.value} bytes.`, closing);

const readDeclared = async (request: Request): Promise<Uint8Array> => new Uint8Array(await request.arrayBuffer());

/** 3. What fails while bytes come is the caller's connection. */
function brokenOff(cause: unknown): never {
  if (cause instanceof ProblemError) throw cause;
  throw problem('malformed-json', 'The body broke off before its end.', { ...closing, cause });
}

async function readBounded(request: Request, bounds: AppBounds): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let total = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    total += chunk.byteLength;
    if (total > bounds.bodyBytes.value) throw tooLarge(bounds);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(bytes: Uint8Array, bounds: AppBounds): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw problem('malformed-json', 'The body is not UTF-8.', { cause });
  }
  if (tooDeep(text, bounds.bodyDepth.value)) {
    throw problem('malformed-json', `The body is nested deeper than ${bounds.bodyDepth.value} levels.`);
  }
  let value: unknown;
  let namesPrototype = false;
  const watch = (name: string, member: unknown): unknown => {
    namesPrototype ||= name === PROTOTYPE;
    return member;
  };
  try {
    // Escapes may spell any name; without one the plain parser is three times as quick.
    value = JSON.parse(text, /__proto__|\\u/i.test(text) ? watch : undefined);
  } catch (cause) {
    throw problem('malformed-json', `The body is not JSON: ${place(cause)}.`, { cause });
  }
  if (namesPrototype) throw problem('malformed-json', `The body has a member ${PROTOTYPE}, which nothing here has.`);
  return value;
}

/** The parser's words hold a piece of the body, which may be a secret: only the place is kept. */
function place(error: unknown): string {
  const found = /position (\d+)(?: \(line (\d+) column (\d+)\))?/.exec(error instanceof Error ? error.message : '');
  if (found === null) return 'it ends too early or holds something else';
  return found[2] === undefined ? `character ${found[1]}` : `line ${found[2]}, column ${found[3]}`;
}

/** Later stages recurse over the value, so its depth is bounded before it is parsed. */
function tooDeep(text: string, depth: number): boolean {
  let level = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inText) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inText = false;
    } else if (char === 0x22) inText = true;
    else if (char === 0x5b || char === 0x7b) {
      level++;
      if (level > depth) return true;
    } else if (char === 0x5d || char === 0x7d) level--;
  }
  return false;
}
