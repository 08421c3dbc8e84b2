/**
 * What is wrong with a route before it is ever called: said at start, as a bug, with the route's name.
 */
import { bug } from '@leasehold/kernel';
import type { z } from 'zod';
import { type Access, isRole } from './access.ts';
import type { Route } from './route.ts';

export function checkRoute(route: Route): void {
  const name = `${route.method} ${route.path}`;
  const wrong = (what: string): never => {
    throw bug(`route ${name}: ${what}`);
  };
  if (!/^\/(?:[a-z0-9._-]+|\{[a-z_]+\})?(?:\/(?:[a-z0-9._-]+|\{[a-z_]+\}))*$/.test(route.path))
    wrong('the path is not well-formed');
  checkAccess(route.access, route, wrong);
  const statuses = Object.keys(route.responses).map(Number);
  if (statuses.length === 0) wrong('has no responses');
  for (const status of statuses) {
    if (!(status >= 200 && status < 400)) wrong(`response ${status} is a problem; problems are thrown, not declared`);
  }
  if (route.ifMatch !== undefined && route.method === 'GET') wrong('a read cannot require If-Match');
  if (route.request?.body !== undefined && route.method === 'GET') wrong('a GET has no body');
  const loose = route.request?.body && looseObject(route.request.body, '', new Set());
  if (loose !== undefined)
    wrong(`the body's object at "${loose}" drops unknown fields: use z.strictObject or z.looseObject`);
}

function checkAccess(access: Access | undefined, route: Route, wrong: (what: string) => never): void {
  if (access === 'public') return;
  if (access === undefined || access.roles.length === 0) throw wrong('declares no access');
  for (const role of access.roles) if (!isRole(role)) wrong(`unknown role "${role}"`);
  if (access.tenant === 'none' || access.tenant === 'list' || access.tenant === 'loaded') return;
  for (const source of typeof access.tenant === 'string' ? [access.tenant] : access.tenant) {
    const [place, name] = source.split(':', 2) as [string, string];
    const inPath = route.path.includes(`{${name}}`);
    if ((place === 'path' || place === 'id') && !inPath)
      wrong(`access names the path parameter ${name}, which is not there`);
    if (place === 'body' && route.request?.body === undefined) wrong('access names a body field, but there is no body');
    if (place === 'query' && route.request?.query?.shape[name] === undefined)
      wrong(`access names the query parameter ${name}, which is not there`);
  }
}

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly catchall?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly getter?: () => z.core.$ZodType;
  readonly [part: string]: unknown;
}

const INNER = ['innerType', 'element', 'in', 'left', 'right', 'valueType'] as const;

/** The pointer of the first object that would drop unknown fields. */
function looseObject(schema: z.core.$ZodType, pointer: string, visited: Set<z.core.$ZodType>): string | undefined {
  if (visited.has(schema)) return undefined;
  visited.add(schema);
  const def = schema._zod.def as unknown as Def;
  if (def.type === 'object' && def.catchall === undefined) return pointer;
  const inner: [string, z.core.$ZodType][] = Object.entries(def.shape ?? {});
  for (const option of def.options ?? []) inner.push(['', option]);
  for (const part of INNER) {
    const child = def[part];
    if (typeof child === 'object' && child !== null && '_zod' in child) inner.push(['', child as z.core.$ZodType]);
  }
  if (def.type === 'lazy' && def.getter) inner.push(['', def.getter()]);
  for (const [name, child] of inner) {
    const found = looseObject(child, name === '' ? pointer : `${pointer}/${name}`, visited);
    if (found !== undefined) return found;
  }
  return undefined;
}
