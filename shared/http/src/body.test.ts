import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { DEFAULT_BOUNDS } from './app-options.ts';
import { readJson } from './body.ts';

const bounds = { ...DEFAULT_BOUNDS, bodyBytes: bound('test bytes', 32), bodyDepth: bound('test depth', 3) };
const JSON_TYPE = { 'content-type': 'application/json' };

/** Sent without a length, as by a client that does not know it. */
const streamed = (text: string) =>
  new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const byte of Buffer.from(text)) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });

const requestOf = (body: string | Uint8Array | ReadableStream | null, headers: Record<string, string> = JSON_TYPE) =>
  new Request('http://x/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

const outcomeOf = (request: Request): Promise<unknown> =>
  readJson(request, bounds).catch((error: { code: string; message: string }) => `${error.code}: ${error.message}`);

test.each([
  'application/json',
  'APPLICATION/JSON',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'application/merge-patch+json',
  'application/vnd.x-1.y+json ; charset = utf-8',
])('2: %s is JSON', async (type) => {
  expect(await outcomeOf(requestOf('{"a":1}', { 'content-type': type }))).toEqual({ a: 1 });
});

test.each([
  'text/json',
  'application/json; charset=latin1',
  'application/jsonp',
  'application/+json',
  'x-application/json',
  'application/json, text/plain',
  'application/json; boundary=x',
])('2: %s is not', async (type) => {
  expect(await outcomeOf(requestOf('{}', { 'content-type': type }))).toBe(
    `unsupported-media-type: The body's Content-Type is ${JSON.stringify(type)}, expected application/json.`,
  );
});

test('2: a body without a type is told that it is missing, and a long one is cut', async () => {
  const nameless = requestOf(new Uint8Array([0x7b, 0x7d]), { 'content-length': '2' });
  expect(await outcomeOf(nameless)).toContain("The body's Content-Type is missing, expected");
  expect(await outcomeOf(requestOf('{}', { 'content-type': `text/${'x'.repeat(200)}` }))).toContain(
    `"text/${'x'.repeat(95)}",`,
  );
});

test('2: an encoded body is refused before it is read; identity is none', async () => {
  expect(await outcomeOf(requestOf('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }))).toBe(
    'unsupported-media-type: The body is encoded as "gzip", expected none.',
  );
  expect(await outcomeOf(requestOf('[1]', { ...JSON_TYPE, 'content-encoding': 'identity' }))).toEqual([1]);
});

test('1: a body of exactly the bound is taken, a byte more is not, declared or not', async () => {
  const fits = JSON.stringify('x'.repeat(30));
  const over = JSON.stringify('x'.repeat(31));
  const declared = (text: string) => requestOf(text, { ...JSON_TYPE, 'content-length': String(text.length) });
  expect(await outcomeOf(declared(fits))).toBe('x'.repeat(30));
  expect(await outcomeOf(requestOf(streamed(fits)))).toBe('x'.repeat(30));
  const refusal = 'payload-too-large: A body may have at most 32 bytes.';
  expect(await outcomeOf(declared(over))).toBe(refusal);
  expect(await outcomeOf(requestOf(streamed(over)))).toBe(refusal);
});

test('1: a declared length over the bound is refused before anything else is looked at', async () => {
  const request = requestOf('{}', { 'content-type': 'text/plain', 'content-length': '33' });
  expect(await outcomeOf(request)).toContain('payload-too-large');
  expect(request.bodyUsed).toBe(false);
});

test('what is refused before it was read ends its connection', async () => {
  for (const request of [
    requestOf('{}', { ...JSON_TYPE, 'content-length': '33' }),
    requestOf('{}', { 'content-type': 'text/plain' }),
    requestOf('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  ]) {
    await expect(readJson(request, bounds)).rejects.toMatchObject({ options: { headers: { connection: 'close' } } });
  }
});

test('no body is no value: without one, of no length, and empty', async () => {
  expect(await readJson(requestOf(null, {}), bounds)).toBeUndefined();
  expect(await readJson(requestOf(null), bounds)).toBeUndefined();
  expect(await readJson(requestOf('', { 'content-length': '0' }), bounds)).toBeUndefined();
  expect(await readJson(requestOf(streamed('')), bounds)).toBeUndefined();
  expect(await readJson(requestOf(null, { ...JSON_TYPE, 'transfer-encoding': 'chunked' }), bounds)).toBeUndefined();
});

test('2: what is no UTF-8 and what is no JSON is told by its place, never by its words', async () => {
  const broken = requestOf(new Uint8Array([0x22, 0xff, 0x22]), { ...JSON_TYPE, 'content-length': '3' });
  expect(await outcomeOf(broken)).toBe('malformed-json: The body is not UTF-8.');
  expect(await outcomeOf(requestOf('{"a":1,\n}'))).toMatch(
    /^malformed-json: The body is not JSON: line 2, column 1\.$/,
  );
  expect(await outcomeOf(requestOf('secret'))).toBe(
    'malformed-json: The body is not JSON: it ends too early or holds something else.',
  );
  for (const text of ['{"a":secret}', 'secret', '"secret']) {
    expect(await outcomeOf(requestOf(text))).not.toContain('secret');
  }
});

test.each([
  ['[[[1]]]', true],
  ['[[[[1]]]]', false],
  ['{"a":{"b":[1]}}', true],
  ['{"a":{"b":[{}]}}', false],
  ['[[],[],[],[[]]]', true],
  ['["[[[[[["]', true],
  ['["\\"[[[["]', true],
  ['["\\\\",[[1]]]', true],
  ['["\\\\",[[[1]]]]', false],
  ['{"}}}}":[[1]]}', true],
])('the body %s has no more than three levels: %s', async (text, fits) => {
  const seen = await outcomeOf(requestOf(text));
  if (fits) expect(seen).toEqual(JSON.parse(text));
  else expect(seen).toBe('malformed-json: The body is nested deeper than 3 levels.');
});
