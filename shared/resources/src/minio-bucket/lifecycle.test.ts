import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lifecycleDays, lifecycleXml, plainLifecycleXml } from './lifecycle.ts';
import type { LifecycleDays } from './spec.ts';

const days = fc.option(fc.integer({ min: 1, max: 36_500 }));
const rules = fc.record({ temp: days, cache: days, logs: days, oldVersions: days, incompleteUploads: days });

test('2 rules read back as they were written', () => {
  fc.assert(
    fc.property(rules, (wanted: LifecycleDays) => {
      expect(lifecycleDays(lifecycleXml(wanted, '') ?? '')).toEqual(wanted);
    }),
  );
});

const COMMON = '<ID>theirs &amp; &#34;co&#34;</ID><Status>Enabled</Status>';
const DATE = '<Date>2030-01-01T00:00:00Z</Date>';

/** What an operator can have written, and what of it must still be said afterwards. */
const THEIRS: Readonly<Record<string, string>> = {
  tag: `${COMMON}<Filter><Tag><Key>k</Key><Value>a&lt;b&#13;</Value></Tag></Filter><Expiration>${DATE}</Expiration>`,
  and: `${COMMON}<Filter><And><Prefix>x/&amp;lt;</Prefix><Tag><Key>a</Key><Value>b</Value></Tag><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Expiration><Days>3</Days></Expiration>`,
  moves: `${COMMON}<Filter><Prefix></Prefix></Filter><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition><Transition><Days>9</Days><StorageClass>DEEP_ARCHIVE</StorageClass></Transition><NoncurrentVersionTransition><NoncurrentDays>4</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>`,
  markers: `${COMMON}<Filter><Prefix>m/</Prefix></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`,
  uploads: `${COMMON}<Filter><Prefix>u/</Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
  vendor: `${COMMON}<Filter><Prefix>v/</Prefix></Filter><DelMarkerExpiration><Days>7</Days></DelMarkerExpiration>`,
  nameless: '<Status>Disabled</Status><Filter><Prefix>n/</Prefix></Filter><Expiration><Days>3</Days></Expiration>',
};

for (const [kind, theirs] of Object.entries(THEIRS)) {
  test(`1 a rule of somebody else (${kind}) stays to the letter, whatever ours become`, () => {
    fc.assert(
      fc.property(rules, (wanted: LifecycleDays) => {
        const once = lifecycleXml(wanted, `<LifecycleConfiguration><Rule>${theirs}</Rule></LifecycleConfiguration>`);
        const twice = lifecycleXml(wanted, once ?? '') ?? '';
        const others = twice
          .split(/<\/?Rule>/)
          .filter((part) => part.includes('<Status>') && !part.includes('>leasehold-'));
        expect(others).toEqual([theirs.replaceAll('&amp;', '&#38;').replaceAll('&lt;', '&#60;')]);
      }),
    );
  });
}

test('3 every rule has a filter, whichever form it had; an empty prefix beside a filter goes', () => {
  const none = { temp: 3, cache: null, logs: null, oldVersions: null, incompleteUploads: null };
  const rule = (inner: string) => `<Rule><ID>t</ID>${inner}<Status>Enabled</Status></Rule>`;
  const first = (inner: string) => (lifecycleXml(none, `<C>${rule(inner)}</C>`) ?? '').split('</Rule>')[0];
  const open = '<LifecycleConfiguration><Rule><ID>t</ID>';
  const end = '<Status>Enabled</Status>';
  expect(first('<Prefix>a&amp;b/</Prefix>')).toBe(`${open}<Filter><Prefix>a&#38;b/</Prefix></Filter>${end}`);
  expect(first('<Prefix/>')).toBe(`${open}<Filter><Prefix></Prefix></Filter>${end}`);
  expect(first('')).toBe(`${open}${end}<Filter><Prefix></Prefix></Filter>`);
  expect(first('<Prefix></Prefix><Filter><Tag/></Filter>')).toBe(`${open}<Filter><Tag></Tag></Filter>${end}`);
  expect(plainLifecycleXml(none, `<C>${rule('<Filter><Tag/></Filter>')}</C>`)).toBeUndefined();
  expect(plainLifecycleXml(none, `<C>${rule('<Filter/>')}</C>`)).not.toContain('Filter');
});

test('a configuration with prefixes of a namespace, comments and line breaks is read and written in plain', () => {
  const xml = `<?xml version="1.0"?>
    <s3:LifecycleConfiguration xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/"><!-- <Rule>no</Rule> -->
      <s3:Rule>
        <s3:ID><![CDATA[a<b]]></s3:ID> <s3:Status>Enabled</s3:Status>
        <s3:Filter><s3:Prefix>x</s3:Prefix></s3:Filter><s3:Expiration><s3:Days>4</s3:Days></s3:Expiration>
      </s3:Rule>
      <s3:Rule><s3:ID>leasehold-temp</s3:ID><s3:Prefix>temp/</s3:Prefix><s3:Status>Enabled</s3:Status>
        <s3:Expiration><s3:Days>6</s3:Days></s3:Expiration></s3:Rule>
    </s3:LifecycleConfiguration>`;
  const wanted = lifecycleDays(xml);
  expect(wanted).toEqual({ temp: 6, cache: null, logs: null, oldVersions: null, incompleteUploads: null });
  expect(lifecycleXml({ ...wanted, temp: null }, xml)).toBe(
    '<LifecycleConfiguration><Rule><ID>a&#60;b</ID><Status>Enabled</Status><Filter><Prefix>x</Prefix></Filter><Expiration><Days>4</Days></Expiration></Rule></LifecycleConfiguration>',
  );
});

test('2 a rule of ours that does more, or for fewer objects, reads as absent', () => {
  const none = { temp: 3, cache: null, logs: null, oldVersions: 4, incompleteUploads: null };
  const xml = lifecycleXml(none, '') ?? '';
  const changed = (from: string, to: string) => {
    expect(xml).toContain(from);
    return lifecycleDays(xml.replace(from, to));
  };
  const tag = '<Filter><And><Prefix>temp/</Prefix><Tag><Key>a</Key></Tag></And></Filter>';
  expect(changed('<Filter><Prefix>temp/</Prefix></Filter>', tag).temp).toBeNull();
  const alone = '<Filter><And><Prefix>temp/</Prefix></And></Filter>';
  expect(changed('<Filter><Prefix>temp/</Prefix></Filter>', alone).temp).toBe(3);
  const more = '<NewerNoncurrentVersions>9</NewerNoncurrentVersions>';
  expect(changed('<NoncurrentDays>', `${more}<NoncurrentDays>`).oldVersions).toBeNull();
});

test('2 a rule of ours that was disabled or moved to another prefix reads as absent', () => {
  const none = { temp: 3, cache: null, logs: null, oldVersions: null, incompleteUploads: null };
  const xml = lifecycleXml(none, '') ?? '';
  expect(lifecycleDays(xml).temp).toBe(3);
  expect(lifecycleDays(xml.replace('Enabled', 'Disabled')).temp).toBeNull();
  expect(lifecycleDays(xml.replace('temp/', 'tmp/')).temp).toBeNull();
});
