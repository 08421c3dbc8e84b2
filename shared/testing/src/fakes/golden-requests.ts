/**
 * Requests that a server should get, read from a file that was written by hand: several in one, each behind a line `### why`, then
 * `METHOD /path`, headers that matter, an empty line, the body. Lines that begin with `# ` are remarks.
 */
import { readFileSync } from 'node:fs';

export interface SentRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON as a value, XML without the space between its elements; undefined: none. */
  readonly body?: unknown;
}

/** @param file beside the test: `new URL('./fixtures/x.http', import.meta.url)` */
export const goldenRequests = (file: URL): readonly SentRequest[] =>
  readFileSync(file, 'utf8')
    .split(/^###.*$/m)
    .map((block) => block.replaceAll(/^# .*\n/gm, '').trim())
    .filter((block) => block !== '')
    .map(requestIn);

function requestIn(block: string): SentRequest {
  const [head = '', ...rest] = block.split(/\n\n/);
  const [line = '', ...headers] = head.split('\n');
  const [method = '', path = ''] = line.split(' ');
  return {
    method,
    path,
    headers: Object.fromEntries(headers.map((header) => header.split(': ') as [string, string])),
    body: sentBody(rest.join('\n\n').trim()),
  };
}

export function sentBody(text: string): unknown {
  if (text === '') return undefined;
  if (text.startsWith('<')) return text.replaceAll(/>\s+</g, '><');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What was sent, in the form in which the golden requests are told: of the headers, those that they name. */
export const sentLike = (golden: readonly SentRequest[], sent: readonly SentRequest[]): readonly SentRequest[] =>
  sent.map(({ method, path, headers, body }, index) => {
    const named = Object.keys(golden[index]?.headers ?? {});
    return { method, path, headers: Object.fromEntries(named.map((name) => [name, headers[name] ?? ''])), body };
  });
