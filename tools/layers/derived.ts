/**
 * Makes Biome's import rules and turbo's tags from the layer table, as values that are compared with the files in the tree.
 *
 * V1. One override of Biome per zone, with globs that no other zone's share, because the last override wins whole.
 * V2. Patterns are gitignore-style: a group refuses what its last matching pattern refuses.
 * V3. A turbo tag is a zone of packages; turbo knows packages, not folders, so that domain and compose are Biome's alone.
 */
import { ADAPTER_NAME, ADAPTER_PACKAGES, type Allowed, DRIVERS, RANKS, SCOPE, ZONES, type Zone } from './table.ts';

/** Declared once, in the root: any package's tests may import them, and our own scan keeps them out of its source. */
const FOR_TESTS = ['vitest', 'fast-check', `${SCOPE}testing`];

interface Pattern {
  readonly group: readonly string[];
  readonly message: string;
  readonly importNamePattern?: string;
}

const withSubpaths = (name: string): readonly string[] => (name.endsWith('*') ? [name] : [name, `${name}/**`]);

const except = (refused: readonly string[], allowed: Allowed): readonly string[] =>
  allowed === 'any'
    ? []
    : [...refused.flatMap(withSubpaths), ...allowed.flatMap(withSubpaths).map((name) => `!${name}`)];

function patterns(zone: Zone): readonly Pattern[] {
  const packages = zone.packages === 'any' ? 'any' : zone.packages.map((name) => SCOPE + name);
  const list: Pattern[] = [
    { group: except([`${SCOPE}*`, `${SCOPE}*/**`], packages), message: `${zone.name} must not import this package.` },
    { group: except(DRIVERS, zone.drivers), message: `${zone.name} must not import this driver.` },
    { group: except(['node:*', 'node:*/**'], zone.node), message: `${zone.name} does no I/O.` },
  ];
  if (zone.external === 'none')
    list.push({
      group: ['*', '@*/*', `!${SCOPE}*`, '!node:*', '!./**', '!../**'],
      message: `${zone.name} depends on nothing.`,
    });
  if (zone.notFrom.length > 0)
    list.push({
      group: zone.notFrom.map((name) => (name.endsWith('.ts') ? `../${name}` : `**/${name}/**`)),
      message: `${zone.name} must not import from here.`,
    });
  if (zone.adapters === 'none')
    list.push({
      group: ADAPTER_PACKAGES.map((name) => SCOPE + name),
      importNamePattern: `.*(${ADAPTER_NAME}).*`,
      message: 'Only compose.ts names an adapter.',
    });
  return list.filter((pattern) => pattern.group.length > 0);
}

export const biomeOverrides = (): readonly object[] =>
  ZONES.map((zone) => ({ zone, patterns: patterns(zone) }))
    .filter((each) => each.patterns.length > 0)
    .map(({ zone, patterns: made }) => ({
      includes: zone.files,
      linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns: made } } } } },
    }));

/** The tag of a package's folder (`shared/store`): what its turbo.json must hold. */
export function turboTag(folder: string): string | undefined {
  const [area, name] = folder.split('/') as [string, string | undefined];
  if (area === 'services') return 'service';
  if (area === 'deploy' || area === 'test') return area;
  return area === 'shared' ? name : undefined;
}

export function turboBoundaries(): object {
  const ranked = RANKS.flat();
  const zones = new Map(ZONES.map((zone) => [zone.name, zone.packages]));
  const tags = [...ranked, 'testing', 'cli'].map((name) => [name, zones.get(name) ?? []] as const);
  const allow = (names: Allowed) => ({ dependencies: { allow: names } });
  return {
    implicitDependencies: FOR_TESTS,
    tags: Object.fromEntries([
      ...tags.map(([name, names]) => [name, allow(names)]),
      ['service', allow(ranked)],
      ['deploy', allow([...ranked, 'service'])],
    ]),
  };
}
