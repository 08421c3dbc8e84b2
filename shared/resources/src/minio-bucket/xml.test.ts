/** What goes into XML comes out of a parser that is not ours, and what no parser takes is known beforehand. */
import { readText } from '@leasehold/testing/fakes/s3-content';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elements, escapeXml, isXmlText, text, unescapeXml } from './xml.ts';

const anyChar = fc.oneof(
  fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCodePoint(code)),
  fc.constantFrom('\ufffe', '\uffff', '\ud800', '\udfff', '\r\n', '&#13;', '&amp;lt;', ']]>', '\u2028'),
);
const anyText = fc.array(anyChar, { maxLength: 12 }).map((chars) => chars.join(''));

test('1 2 a strict parser reads what was escaped, or refuses exactly what is told to be unsayable', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      expect(readText(escapeXml(value))).toBe(isXmlText(value) ? value : undefined);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['\r', '&#13;'],
  ['a\nb\tc', 'a&#10;b&#9;c'],
  ['&lt;', '&#38;lt;'],
  ['<Key>"\'', '&#60;Key&#62;&#34;&#39;'],
  ['ä\u{1f600}', 'ä\u{1f600}'],
])('1 %j is written %j', (value, written) => {
  expect(escapeXml(value)).toBe(written);
});

test.each(['\u0000', 'a\u0001', '\u0008', '\u000b', '\u000c', '\u001f', '\ufffe', '\uffff', '\ud83d', '\ude00x'])(
  '2 XML cannot say %j',
  (value) => {
    expect(isXmlText(value)).toBe(false);
  },
);

test.each(['\t\n\r', '\u007f\u0085\u009f', '\ufffd', '\u{1f600}', '\u{1ffff}'])('2 XML can say %j', (value) => {
  expect(isXmlText(value)).toBe(true);
});

test.each([
  ['&#x41;&#66;&amp;&quot;&apos;', 'AB&"\''],
  ['&amp;lt;', '&lt;'],
  ['&#x110000;&#99999999;&nosuch;', '&#x110000;&#99999999;&nosuch;'],
])('%j is read as %j', (xml, value) => {
  expect(unescapeXml(xml)).toBe(value);
});

test('text that looks like a number stays text, and prefixes of namespaces do not matter', () => {
  expect(text('<Value>007</Value>', 'Value')).toBe('007');
  expect(text('<a:Value b="c"> x </a:Value >', 'Value')).toBe(' x ');
  expect(text('<Value><![CDATA[<&amp;>]]>&amp;</Value>', 'Value')).toBe('<&amp;>&');
  expect(elements('<Version>1</Version><VersionId>2</VersionId><Version/><Version />', 'Version')).toEqual([
    '1',
    '',
    '',
  ]);
  expect(text('<Key/>', 'Key')).toBe('');
  expect(text('', 'Key')).toBeUndefined();
});
