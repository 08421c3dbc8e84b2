/**
 * Finds the zone of a file, and answers whether a zone may import a specifier.
 *
 * Z1. Globs behave as in Biome: the last one that matches decides.
 * Z2. A specifier is one of: our own package, a module of Node, a relative path, another package.
 */
import { matchesGlob } from 'node:path';
import { ADAPTER_NAME, ADAPTER_PACKAGES, type Allowed, DRIVERS, SCOPE, ZONES, type Zone } from './table.ts';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Names as exported by the other side; `*` for a namespace, a dynamic import or a bare one. */
  readonly names: readonly string[];
}

const holds = (globs: readonly string[], path: string): boolean =>
  globs.reduce((held, glob) => {
    const taken = glob.startsWith('!');
    return matchesGlob(path, taken ? glob.slice(1) : glob) ? !taken : held;
  }, false);

export const zoneOf = (path: string): Zone | undefined => ZONES.find((zone) => holds(zone.files, path));

const under = (specifier: string, name: string): boolean =>
  name.endsWith('/*')
    ? specifier.startsWith(name.slice(0, -1))
    : specifier === name || specifier.startsWith(`${name}/`);

const allows = (allowed: Allowed, specifier: string): boolean =>
  allowed === 'any' || allowed.some((name) => under(specifier, name));

/** Why the zone must not import it, or undefined. @param path the importing file, from the root with `/`. */
export function refusal(zone: Zone, path: string, found: Import): string | undefined {
  const { specifier } = found;
  if (specifier.startsWith('.')) return relativeRefusal(zone, path, specifier);
  if (specifier.startsWith(SCOPE)) return packageRefusal(zone, path, found);
  if (DRIVERS.some((driver) => under(specifier, driver)))
    return allows(zone.drivers, specifier) ? undefined : `${zone.name} must not import the driver ${specifier}`;
  if (specifier.startsWith('node:'))
    return allows(zone.node, specifier) ? undefined : `${zone.name} must not import ${specifier}`;
  return zone.external === 'any' ? undefined : `${zone.name} must not import ${specifier}`;
}

function packageRefusal(zone: Zone, path: string, found: Import): string | undefined {
  const inside = found.specifier.slice(SCOPE.length);
  const name = inside.split('/')[0] as string;
  const itself = path.split('/')[1] === name;
  if (itself) return `a package reaches its own files by path, not as ${found.specifier}`;
  if (!allows(zone.packages, inside)) return `${zone.name} must not import ${found.specifier}`;
  if (zone.adapters === 'any' || !ADAPTER_PACKAGES.includes(name)) return undefined;
  const pattern = new RegExp(ADAPTER_NAME);
  const adapter = found.names.find((each) => each === '*' || pattern.test(each));
  return adapter === undefined ? undefined : `${zone.name} must not name the adapter ${adapter} of ${found.specifier}`;
}

/** A path that climbs out of its package, or into a folder that the zone must not see. */
function relativeRefusal(zone: Zone, path: string, specifier: string): string | undefined {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  const [area, name] = path.split('/');
  const free = area === 'test' || area === 'tools' || zone.name === 'tools';
  if (!free && !target.startsWith(`${area}/${name}/`)) return `${specifier} leaves the package: import it by its name`;
  if (free && /^(shared|services|deploy)\//.test(target)) return `${specifier} enters a package: import it by its name`;
  const inside = target.split('/').slice(3);
  const first = inside[0] ?? '';
  return zone.notFrom.includes(first) ? `${zone.name} must not import from ${first}` : undefined;
}
