/**
 * What the fake S3 store holds in its buckets, and how it tells and deletes it. Names are bytes, kept as Latin-1 strings.
 */
export interface FakeObject {
  /** One character for each byte. */
  readonly name: string;
  readonly versionId: string;
  readonly isMarker: boolean;
  /** The store refuses to delete it, with this code. */
  heldBy: string | undefined;
}

export interface FakeUpload {
  readonly name: string;
  readonly uploadId: string;
}

export interface FakeBucket {
  tags: string | undefined;
  lifecycle: string | undefined;
  /** JSON, as it was put. */
  policy?: string | undefined;
  versioning: string;
  readonly objects: FakeObject[];
  readonly uploads: FakeUpload[];
}

export const bytesOf = (name: string | Uint8Array): string => Buffer.from(name as string, 'utf8').toString('latin1');

const unreserved = /[A-Za-z0-9_.~-]/;

const encoded = (name: string): string =>
  Array.from(name, (char) => {
    if (unreserved.test(char)) return char;
    return char === ' ' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

const raw = (name: string): string =>
  name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');

/** @returns the XML as Latin-1. */
export function listing(
  root: string,
  items: readonly { readonly element: string; readonly name: string; readonly ids: string }[],
  query: URLSearchParams,
  options: { readonly isEncoding: boolean; readonly limit: number; readonly marker: string },
): string {
  const isUrl = options.isEncoding && query.get('encoding-type') === 'url';
  const write = isUrl ? encoded : raw;
  const after = query.get(options.marker);
  const start = after === null ? 0 : items.findIndex(({ name }) => name === bytesOf(after)) + 1;
  const page = items.slice(start, start + options.limit);
  const isTruncated = start + page.length < items.length;
  const last = page.at(-1);
  const next = isTruncated && last !== undefined ? `<NextKeyMarker>${write(last.name)}</NextKeyMarker>` : '';
  const each = page.map(({ element, name, ids }) => `<${element}><Key>${write(name)}</Key>${ids}</${element}>`);
  const encoding = isUrl ? '<EncodingType>url</EncodingType>' : '';
  return `<${root}>${encoding}<IsTruncated>${isTruncated}</IsTruncated>${next}${each.join('')}</${root}>`;
}

/** As strict as a parser of XML 1.0, and as free with line ends. @returns undefined: not well-formed. */
export function readText(xml: string): string | undefined {
  let isWellFormed = true;
  const plain = xml.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const text = plain.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (_whole, hex?: string, decimal?: string, word = '') => {
      if (hex === undefined && decimal === undefined) return ENTITIES[word] ?? '?';
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      if (!isChar(code)) isWellFormed = false;
      return isWellFormed ? String.fromCodePoint(code) : '';
    },
  );
  return isWellFormed && [...plain].every((char) => isChar(char.codePointAt(0) ?? 0)) ? text : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const isChar = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code < 0xd800) ||
  (code > 0xdfff && code < 0xfffe) ||
  (code > 0xffff && code <= 0x10ffff);
