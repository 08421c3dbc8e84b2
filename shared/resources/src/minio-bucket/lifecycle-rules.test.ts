/** A rule of ours that somebody changed, in whichever way, is seen: it does not count as in order. */
import { expect, test } from 'vitest';
import { hasOthers, lifecycleDays, lifecycleXml, plainLifecycleXml } from './lifecycle.ts';
import type { LifecycleDays } from './spec.ts';

const NONE: LifecycleDays = { temp: null, cache: null, logs: null, oldVersions: null, incompleteUploads: null };
type Name = keyof LifecycleDays;

/** Rules as a store tells them back, written by hand. */
const RULES: Readonly<Record<Name, string>> = {
  temp: '<ID>leasehold-temp</ID><Status>Enabled</Status><Filter><Prefix>temp/</Prefix></Filter><Expiration><Days>9</Days></Expiration>',
  cache:
    '<ID>leasehold-cache</ID><Status>Enabled</Status><Filter><Prefix>cache/</Prefix></Filter><Expiration><Days>9</Days></Expiration>',
  logs: '<ID>leasehold-logs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>9</Days></Expiration>',
  oldVersions:
    '<ID>leasehold-old-versions</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration><NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration>',
  incompleteUploads:
    '<ID>leasehold-incomplete-uploads</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>9</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
};
const NAMES = Object.keys(RULES) as readonly Name[];
const told = (rule: string) => `<LifecycleConfiguration><Rule>${rule}</Rule></LifecycleConfiguration>`;
const daysOf = (name: Name, rule: string) => lifecycleDays(told(rule))[name];

test.each(NAMES)('2 %s as we write it is written so, read so, and is nobody else’s', (name) => {
  expect(lifecycleXml({ ...NONE, [name]: 9 }, '')).toBe(told(RULES[name]));
  expect(lifecycleDays(told(RULES[name]))).toEqual({ ...NONE, [name]: 9 });
  expect(hasOthers(told(RULES[name]))).toBe(false);
});

const PREFIXES: Readonly<Record<Name, string>> = {
  temp: 'temp/',
  cache: 'cache/',
  logs: 'logs/',
  oldVersions: '',
  incompleteUploads: '',
};

/** What somebody can have made of a rule, of any name. */
const CHANGED: readonly (readonly [string, (rule: string, name: Name) => string])[] = [
  ['disabled', (rule) => rule.replace('Enabled', 'Disabled')],
  ['without a status', (rule) => rule.replace('<Status>Enabled</Status>', '')],
  [
    'for a tag alone',
    (rule, name) => rule.replace(`<Prefix>${PREFIXES[name]}</Prefix>`, '<Tag><Key>k</Key><Value>v</Value></Tag>'),
  ],
  [
    'for a tag too',
    (rule, name) =>
      rule.replace(
        `<Prefix>${PREFIXES[name]}</Prefix>`,
        `<And><Prefix>${PREFIXES[name]}</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And>`,
      ),
  ],
  [
    'for large objects alone',
    (rule, name) =>
      rule.replace(`<Prefix>${PREFIXES[name]}</Prefix>`, '<ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>'),
  ],
  [
    'for small objects too',
    (rule, name) =>
      rule.replace(
        `<Prefix>${PREFIXES[name]}</Prefix>`,
        `<And><Prefix>${PREFIXES[name]}</Prefix><ObjectSizeLessThan>9</ObjectSizeLessThan></And>`,
      ),
  ],
  [
    'for a folder below',
    (rule, name) => rule.replace(`<Prefix>${PREFIXES[name]}</Prefix>`, `<Prefix>${PREFIXES[name]}a/</Prefix>`),
  ],
  ['for another folder', (rule, name) => rule.replace(`<Prefix>${PREFIXES[name]}</Prefix>`, '<Prefix>other/</Prefix>')],
  ['in no days', (rule) => rule.replace('>9<', '>0<')],
  ['in days that are none', (rule) => rule.replace('>9<', '>soon<')],
  ['in half days', (rule) => rule.replace('>9<', '>1.5<')],
  ['without days', (rule) => rule.replace(/<(\w*Days\w*)>9<\/\1>/, '')],
  ['on a day', (rule) => rule.replace(/<(\w*Days\w*)>9<\/\1>/, '$&<Date>2030-01-01T00:00:00Z</Date>')],
  ['moving objects', (rule) => `${rule}<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>`],
  [
    'moving versions',
    (rule) => `${rule}<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionTransition>`,
  ],
  [
    'keeping some versions',
    (rule) => rule.replace(/<(\w*Days\w*)>9<\/\1>/, '$&<NewerNoncurrentVersions>3</NewerNoncurrentVersions>'),
  ],
  [
    'taking all versions',
    (rule) => rule.replace(/<(\w*Days\w*)>9<\/\1>/, '$&<ExpiredObjectAllVersions>true</ExpiredObjectAllVersions>'),
  ],
  ['taking delete markers', (rule) => `${rule}<DelMarkerExpiration><Days>1</Days></DelMarkerExpiration>`],
  ['taking everything', (rule) => `${rule}<AllVersionsExpiration><Days>1</Days></AllVersionsExpiration>`],
];

for (const [how, change] of CHANGED) {
  test.each(NAMES)(`2 %s, ${how}, does not count`, (name) => {
    const changed = change(RULES[name], name);
    expect(changed).not.toBe(RULES[name]);
    expect(daysOf(name, changed)).toBeNull();
  });
}

test('2 a rule of ours that has another’s action beside its own does not count', () => {
  const old = '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>';
  const uploads =
    '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>';
  const objects = '<Expiration><Days>1</Days></Expiration>';
  expect(daysOf('temp', RULES.temp + old)).toBeNull();
  expect(daysOf('logs', RULES.logs + uploads)).toBeNull();
  expect(daysOf('incompleteUploads', RULES.incompleteUploads + objects)).toBeNull();
  const marker = '<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>';
  const worse = RULES.oldVersions.replace(marker, '<Days>1</Days>');
  expect(daysOf('oldVersions', worse), 'all objects would go').toBeNull();
});

test('2 what a store names of a rule and says is not so changes nothing', () => {
  const more = '<ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker>';
  expect(daysOf('temp', RULES.temp.replace('<Days>9</Days>', `<Days>9</Days>${more}`))).toBe(9);
  expect(daysOf('temp', `${RULES.temp}<Transition/><NoncurrentVersionExpiration/>`)).toBe(9);
  const none =
    '<NewerNoncurrentVersions>0</NewerNoncurrentVersions><ExpiredObjectAllVersions> false </ExpiredObjectAllVersions>';
  expect(daysOf('oldVersions', RULES.oldVersions.replace('<NoncurrentDays>', `${none}<NoncurrentDays>`))).toBe(9);
});

test('2 a rule of ours is found by its whole id, and a prefix in its old place counts', () => {
  expect(daysOf('temp', RULES.temp.replace('leasehold-temp', 'leasehold-temp2'))).toBeNull();
  expect(daysOf('temp', RULES.temp.replace('<ID>leasehold-temp</ID>', ''))).toBeNull();
  const old = RULES.temp.replace('<Filter><Prefix>temp/</Prefix></Filter>', '<Prefix>temp/</Prefix>');
  expect(daysOf('temp', old)).toBe(9);
  expect(daysOf('oldVersions', RULES.oldVersions.replace('<Filter><Prefix></Prefix></Filter>', ''))).toBe(9);
  expect(daysOf('temp', RULES.temp.replace('<Filter><Prefix>temp/</Prefix></Filter>', ''))).toBeNull();
  const alone = RULES.temp.replace(/<Filter>.*<\/Filter>/, '<Filter><And><Prefix>temp/</Prefix></And></Filter>');
  expect(daysOf('temp', alone)).toBe(9);
});

test('no rule is left, no configuration is written', () => {
  expect(lifecycleXml(NONE, '')).toBeUndefined();
  expect(lifecycleXml(NONE, told(RULES.temp))).toBeUndefined();
  expect(plainLifecycleXml(NONE, told(RULES.temp))).toBeUndefined();
  expect(lifecycleDays('')).toEqual(NONE);
  expect(hasOthers('')).toBe(false);
  expect(hasOthers(told(RULES.temp.replace('leasehold-', '')))).toBe(true);
  expect(hasOthers(told('<Status>Enabled</Status>')), 'without an id it is not ours').toBe(true);
});

test('3 without filters each rule says its prefix by itself, others’ too', () => {
  const theirs =
    '<ID>t</ID><Filter><Prefix>x/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>2</Days></Expiration>';
  expect(plainLifecycleXml({ ...NONE, incompleteUploads: 3 }, told(theirs))).toBe(
    '<LifecycleConfiguration><Rule><ID>t</ID><Prefix>x/</Prefix><Status>Enabled</Status><Expiration><Days>2</Days></Expiration></Rule>' +
      '<Rule><ID>leasehold-incomplete-uploads</ID><Status>Enabled</Status><Prefix></Prefix>' +
      '<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>',
  );
});
