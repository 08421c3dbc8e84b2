import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lifecycleDays, lifecycleXml } from './lifecycle.ts';
import type { LifecycleDays } from './spec.ts';
import { elements, escapeXml, text, unescapeXml } from './xml.ts';

const days = fc.option(fc.integer({ min: 1, max: 36_500 }));
const rules = fc.record({ temp: days, cache: days, logs: days, oldVersions: days, incompleteUploads: days });

test('2 rules read back as they were written', () => {
  fc.assert(
    fc.property(rules, (wanted: LifecycleDays) => {
      expect(lifecycleDays(lifecycleXml(wanted, '') ?? '')).toEqual(wanted);
    }),
  );
});

test('1 a rule of somebody else stays, whatever ours become', () => {
  const theirs = '<ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>x/</Prefix></Filter>';
  fc.assert(
    fc.property(rules, (wanted: LifecycleDays) => {
      const once = lifecycleXml(wanted, `<LifecycleConfiguration><Rule>${theirs}</Rule></LifecycleConfiguration>`);
      expect(elements(lifecycleXml(wanted, once ?? '') ?? '', 'Rule')[0]).toBe(theirs);
    }),
  );
});

test('2 a rule of ours that was disabled or moved to another prefix reads as absent', () => {
  const none = { temp: 3, cache: null, logs: null, oldVersions: null, incompleteUploads: null };
  const xml = lifecycleXml(none, '') ?? '';
  expect(lifecycleDays(xml).temp).toBe(3);
  expect(lifecycleDays(xml.replace('Enabled', 'Disabled')).temp).toBeNull();
  expect(lifecycleDays(xml.replace('temp/', 'tmp/')).temp).toBeNull();
});

test('any text survives the XML, and one that looks like a number stays text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      expect(unescapeXml(escapeXml(value))).toBe(value);
      expect(text(`<Tag><Value>${escapeXml(value)}</Value></Tag>`, 'Value')).toBe(value);
    }),
  );
  expect(text('<Value>007</Value>', 'Value')).toBe('007');
});
