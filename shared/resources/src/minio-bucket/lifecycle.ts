/**
 * Lifecycle rules as S3's XML, both ways. Pure.
 *
 * 1. Our rules have ids of our own (`leasehold-...`); rules with other ids are kept as they are.
 * 2. One of our rules counts only while it is enabled and as we would write it; else its days read as `null`, a difference.
 */
import type { LifecycleDays } from './spec.ts';
import { elements, text } from './xml.ts';

type RuleName = keyof LifecycleDays;

const ID = {
  temp: 'leasehold-temp',
  cache: 'leasehold-cache',
  logs: 'leasehold-logs',
  oldVersions: 'leasehold-old-versions',
  incompleteUploads: 'leasehold-incomplete-uploads',
} as const satisfies Record<RuleName, string>;

const PREFIX: Readonly<Record<RuleName, string>> = {
  temp: 'temp/',
  cache: 'cache/',
  logs: 'logs/',
  oldVersions: '',
  incompleteUploads: '',
};

const DAYS_ELEMENT: Readonly<Record<RuleName, string>> = {
  temp: 'Days',
  cache: 'Days',
  logs: 'Days',
  oldVersions: 'NoncurrentDays',
  incompleteUploads: 'DaysAfterInitiation',
};

const NAMES = Object.keys(ID) as readonly RuleName[];

function action(name: RuleName, days: number): string {
  const element = `<${DAYS_ELEMENT[name]}>${days}</${DAYS_ELEMENT[name]}>`;
  if (name === 'incompleteUploads')
    return `<AbortIncompleteMultipartUpload>${element}</AbortIncompleteMultipartUpload>`;
  if (name !== 'oldVersions') return `<Expiration>${element}</Expiration>`;
  // A delete marker with nothing behind it would stay for ever once its versions have gone.
  const markers = '<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>';
  return `${markers}<NoncurrentVersionExpiration>${element}</NoncurrentVersionExpiration>`;
}

const rule = (name: RuleName, days: number): string =>
  `<ID>${ID[name]}</ID><Status>Enabled</Status><Filter><Prefix>${PREFIX[name]}</Prefix></Filter>${action(name, days)}`;

const OURS = new Set<string>(Object.values(ID));

/** @param present the bucket's configuration now, whose other rules stay. @returns undefined: no rule is left. */
export function lifecycleXml(wanted: LifecycleDays, present: string): string | undefined {
  const others = elements(present, 'Rule').filter((one) => !OURS.has(text(one, 'ID') ?? ''));
  const ours = NAMES.flatMap((name) => {
    const days = wanted[name];
    return days === null ? [] : [rule(name, days)];
  });
  const rules = [...others, ...ours].map((one) => `<Rule>${one}</Rule>`);
  return rules.length === 0 ? undefined : `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`;
}

export function lifecycleDays(present: string): LifecycleDays {
  const rules = new Map(elements(present, 'Rule').map((one) => [text(one, 'ID') ?? '', one] as const));
  return Object.fromEntries(NAMES.map((name) => [name, daysOf(name, rules.get(ID[name]))])) as unknown as LifecycleDays;
}

function daysOf(name: RuleName, found: string | undefined): number | null {
  if (found === undefined || text(found, 'Status') !== 'Enabled') return null;
  if ((text(found, 'Prefix') ?? '') !== PREFIX[name] || /<(Tag|And|ObjectSize\w+)>/.test(found)) return null;
  const days = Number(text(found, DAYS_ELEMENT[name]));
  return Number.isSafeInteger(days) && days > 0 ? days : null;
}
