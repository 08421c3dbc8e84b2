/**
 * The little XML that S3 speaks: flat elements, no attributes that matter, now and then a prefix of a namespace. Text stays
 * text: a tag whose value is `007` is not the number 7. Pure.
 *
 * 1. What is escaped comes out of any parser as it went in: line ends are written as numbers, for a parser makes `\r` a `\n`.
 * 2. XML has no way at all to say some characters, not even by number: `isXmlText` tells.
 */
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** https://www.w3.org/TR/xml/#charsets */
const UNSAYABLE = /(?![\t\n\r\u007f-\u009f])\p{Control}|[\ufffe\uffff]|\p{Surrogate}/u;

export const isXmlText = (text: string): boolean => !UNSAYABLE.test(text);

/** Besides what marks up: line ends, tabs, and what parsers are known to take for such. */
const ESCAPED = /[&<>"'\t\n\r\u007f-\u009f\u2028\u2029]/g;

export const escapeXml = (text: string): string => text.replace(ESCAPED, (char) => `&#${char.charCodeAt(0)};`);

export const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return numbered(Number.parseInt(hex, 16)) ?? whole;
    if (decimal !== undefined) return numbered(Number(decimal)) ?? whole;
    return ENTITIES[name ?? ''] ?? whole;
  });

const numbered = (code: number): string | undefined => (code <= 0x10ffff ? String.fromCodePoint(code) : undefined);

/** The inner XML of each element of that name; elements of one name do not nest in S3's answers. */
export function elements(xml: string, name: string): readonly string[] {
  const tag = `(?:[\\w.-]+:)?${name}`;
  const found = xml.matchAll(new RegExp(`<${tag}(?:\\s[^>]*?)?(?:/>|>([\\s\\S]*?)</${tag}\\s*>)`, 'g'));
  return [...found].map((match) => match[1] ?? '');
}

export function text(xml: string, name: string): string | undefined {
  const inner = elements(xml, name)[0];
  if (inner === undefined) return undefined;
  const parts = inner.split(/<!\[CDATA\[([\s\S]*?)\]\]>/);
  return parts.map((part, index) => (index % 2 === 1 ? part : unescapeXml(part))).join('');
}
