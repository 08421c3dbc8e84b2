/**
 * Names of objects as they are on the wire. A name is bytes, mostly UTF-8, and any of them can be in it. Pure.
 *
 * 1. Here a name is a string in which a byte that is no UTF-8 stands as a lone surrogate (U+DC80 to U+DCFF, as Python does it),
 *    so that what a listing said can be said back byte by byte.
 * 2. A name goes into a path or a query by `encodeName`; into XML only where `isXmlText` allows it.
 */
import { isUtf8 } from 'node:buffer';

const LONE = 0xdc00;

/** What is UTF-8, on the bytes as Latin-1: https://www.unicode.org/versions/latest/core-spec/chapter-3/#G27506, table 3-7. */
const UTF8_OR_BYTE = new RegExp(
  '((?:[\\x00-\\x7f]|[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|' +
    '\\xed[\\x80-\\x9f][\\x80-\\xbf]|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}|' +
    '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2})+)|[\\x80-\\xff]',
  'g',
);

/** Bytes as text; see 1. */
export function fromBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes
    .toString('latin1')
    .replace(UTF8_OR_BYTE, (found, utf8?: string) =>
      utf8 === undefined
        ? String.fromCharCode(LONE + found.charCodeAt(0))
        : Buffer.from(utf8, 'latin1').toString('utf8'),
    );
}

/** The bytes of a name, percent-encoded by RFC 3986: nothing but what is unreserved stays. */
export const encodeName = (name: string): string =>
  isPlain(name) ? encodeUtf8(name) : Array.from(name, encodeChar).join('');

/** No lone surrogate is in it. */
const isPlain = (name: string): boolean => name.isWellFormed();

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

const encodeUtf8 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => percent(char.charCodeAt(0)));

function encodeChar(char: string): string {
  const code = char.charCodeAt(0);
  if (char.length > 1 || code < 0xd800 || code > 0xdfff) return encodeUtf8(char);
  if (code >= LONE + 0x80 && code <= LONE + 0xff) return percent(code - LONE);
  // A surrogate that a server named by its number: the three bytes that lenient encoders make of it.
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)].map(percent).join('');
}

/** In a path the separators stay. */
export const encodePath = (name: string): string => name.split('/').map(encodeName).join('/');

/** A name of a listing with `EncodingType` `url`: percent-encoded, a space as `+`. */
export function decodeName(encoded: string): string {
  const plain = encoded.replaceAll('+', ' ');
  if (!plain.includes('%')) return plain;
  const parts = plain.split(/((?:%[0-9a-fA-F]{2})+)/);
  const bytes = parts.map((part, index) =>
    index % 2 === 1 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part, 'utf8'),
  );
  return fromBytes(Buffer.concat(bytes));
}
