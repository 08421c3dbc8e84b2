/**
 * Lifecycle rules as S3's XML, both ways. Pure.
 *
 * 1. Our rules have ids of our own (`leasehold-...`); rules with other ids are kept as they are.
 * 2. One of our rules counts only while it is enabled and as we would write it; else its days read as `null`, a difference.
 * 3. A prefix stands in a rule itself, as it did at first, or in its filter; AWS takes one form in a configuration. So all rules are
 *    written in one: with filters, which can say everything; without, for stores that know no filters, where nothing needs one.
 */
import type { LifecycleDays } from './spec.ts';
import { childOf, type Node, node, parseXml, textAt, writeXml } from './xml-tree.ts';

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

const DAYS_AT: Readonly<Record<RuleName, readonly [string, string]>> = {
  temp: ['Expiration', 'Days'],
  cache: ['Expiration', 'Days'],
  logs: ['Expiration', 'Days'],
  oldVersions: ['NoncurrentVersionExpiration', 'NoncurrentDays'],
  incompleteUploads: ['AbortIncompleteMultipartUpload', 'DaysAfterInitiation'],
};

const MARKER = 'ExpiredObjectDeleteMarker';
const NAMES = Object.keys(ID) as readonly RuleName[];
const OURS = new Set<string>(Object.values(ID));

function rule(name: RuleName, days: number): Node {
  const [action, element] = DAYS_AT[name];
  // A delete marker with nothing behind it would stay for ever once its versions have gone.
  const markers = node('Expiration', [node(MARKER, 'true')]);
  return node('Rule', [
    node('ID', ID[name]),
    node('Status', 'Enabled'),
    filterOf(PREFIX[name]),
    ...(name === 'oldVersions' ? [markers] : []),
    node(action, [node(element, String(days))]),
  ]);
}

const filterOf = (prefix: string): Node => node('Filter', [node('Prefix', prefix)]);

const rulesIn = (present: string): readonly Node[] =>
  (parseXml(present)?.children ?? []).filter((child) => child.name === 'Rule');

const othersIn = (present: string): readonly Node[] =>
  rulesIn(present).filter((one) => !OURS.has(textAt(one, 'ID') ?? ''));

export const hasOthers = (present: string): boolean => othersIn(present).length > 0;

/** A rule with a filter, in the place of the prefix that it had (3); one with neither is for all objects. */
function withFilter(one: Node): Node {
  const prefix = childOf(one, 'Prefix');
  const hasFilter = childOf(one, 'Filter') !== undefined;
  if (prefix === undefined) return hasFilter ? one : { ...one, children: [...one.children, filterOf('')] };
  // Some stores tell an empty prefix beside a filter, and take none.
  if (hasFilter)
    return prefix.text === '' ? { ...one, children: one.children.filter((child) => child !== prefix) } : one;
  return { ...one, children: one.children.map((child) => (child === prefix ? filterOf(prefix.text) : child)) };
}

/** undefined: it says more than a prefix. */
function withoutFilter(one: Node): Node | undefined {
  const filter = childOf(one, 'Filter');
  if (filter === undefined) return one;
  if (filter.children.some((child) => child.name !== 'Prefix')) return undefined;
  const prefix = node('Prefix', textAt(filter, 'Prefix') ?? '');
  return { ...one, children: one.children.map((child) => (child === filter ? prefix : child)) };
}

/** @param present the bucket's configuration now, whose other rules stay. */
function allRules(wanted: LifecycleDays, present: string): readonly Node[] {
  const ours = NAMES.flatMap((name) => {
    const days = wanted[name];
    return days === null ? [] : [rule(name, days)];
  });
  return [...othersIn(present).map(withFilter), ...ours];
}

const written = (rules: readonly Node[]): string | undefined =>
  rules.length === 0 ? undefined : writeXml(node('LifecycleConfiguration', rules));

/** @param present the bucket's configuration now, whose other rules stay. @returns undefined: no rule is left. */
export const lifecycleXml = (wanted: LifecycleDays, present: string): string | undefined =>
  written(allRules(wanted, present));

/** The same without filters (3). @returns undefined where that cannot be. */
export function plainLifecycleXml(wanted: LifecycleDays, present: string): string | undefined {
  const rules = allRules(wanted, present).map(withoutFilter);
  return rules.some((one) => one === undefined) ? undefined : written(rules.filter((one) => one !== undefined));
}

export function lifecycleDays(present: string): LifecycleDays {
  const rules = new Map(rulesIn(present).map((one) => [textAt(one, 'ID') ?? '', one] as const));
  return Object.fromEntries(NAMES.map((name) => [name, daysOf(name, rules.get(ID[name]))])) as unknown as LifecycleDays;
}

/** What makes a rule of ours another one: it does more, or spares some. The last three are MinIO's own. */
const MORE = new Set([
  'Transition',
  'NoncurrentVersionTransition',
  'NewerNoncurrentVersions',
  'Date',
  'ExpiredObjectAllVersions',
  'DelMarkerExpiration',
  'AllVersionsExpiration',
]);
const ACTIONS: ReadonlySet<string> = new Set(Object.values(DAYS_AT).map(([action]) => action));

function daysOf(name: RuleName, found: Node | undefined): number | null {
  if (found === undefined || textAt(found, 'Status') !== 'Enabled') return null;
  const filter = childOf(found, 'Filter');
  const conditions = (childOf(filter, 'And') ?? filter)?.children ?? [];
  if (conditions.some((one) => one.name !== 'Prefix') || doesMore(name, found)) return null;
  const prefix = conditions[0]?.text ?? textAt(found, 'Prefix') ?? '';
  const days = Number(textAt(found, ...DAYS_AT[name]));
  return prefix === PREFIX[name] && Number.isSafeInteger(days) && days > 0 ? days : null;
}

/** A rule has one action, but for the delete markers that go with old versions. */
const doesMore = (name: RuleName, found: Node): boolean =>
  hasAny(found, MORE) ||
  found.children
    .filter((child) => ACTIONS.has(child.name) && child.name !== DAYS_AT[name][0])
    .some((action) => action.children.some((child) => child.name !== MARKER && isSaid(child)));

const hasAny = (tree: Node, names: ReadonlySet<string>): boolean =>
  tree.children.some((child) => (names.has(child.name) && isSaid(child)) || hasAny(child, names));

/** Some stores name what a rule does not do. */
const isSaid = ({ children, text }: Node): boolean => children.length > 0 || !NOT_SAID.includes(text.trim());
const NOT_SAID: readonly string[] = ['', '0', 'false'];
