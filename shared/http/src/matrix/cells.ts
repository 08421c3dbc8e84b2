/**
 * The authorisation matrix: what each role may do on each route, for its own tenant, another one and one that does not exist.
 * Written from the contract's words, not with the function that decides, so that the two can disagree.
 */
import { isPlatformWide, ROLES, type Role } from '../access.ts';
import { type Route, routeName } from '../route.ts';

/** The roles, a token without any, and no token at all. */
export const CALLERS = [...ROLES, 'no-role', 'no-token'] as const;
export type Caller = (typeof CALLERS)[number];

/** Whose object the request is about, seen from the caller's token; `any` where the route names no tenant. */
export type Target = 'own' | 'foreign' | 'missing' | 'any';

/** `allowed`: the handler is reached. */
export type Expected = 'allowed' | 'forbidden' | 'hidden' | 'unauthenticated';

export interface Cell {
  readonly route: Route;
  readonly caller: Caller;
  readonly target: Target;
  readonly expected: Expected;
}

export const STATUS_OF: Readonly<Record<Exclude<Expected, 'allowed'>, number>> = {
  forbidden: 403,
  hidden: 404,
  unauthenticated: 401,
};

/** Every route, every caller, every target. */
export const matrix = (routes: readonly Route[]): readonly Cell[] =>
  routes.flatMap((route) =>
    CALLERS.flatMap((caller) =>
      targetsOf(route).map((target): Cell => ({ route, caller, target, expected: expectedOf(route, caller, target) })),
    ),
  );

function targetsOf({ access }: Route): readonly Target[] {
  const tenantless = access === 'public' || access.tenant === 'none' || access.tenant === 'list';
  return tenantless ? ['any'] : ['own', 'foreign', 'missing'];
}

function expectedOf({ access }: Route, caller: Caller, target: Target): Expected {
  if (access === 'public') return 'allowed';
  if (caller === 'no-token') return 'unauthenticated';
  const strong = caller !== 'no-role' && access.roles.includes(caller);
  // A platform-wide role passes to what is missing, and learns there that it is; after a load that is `hidden` already.
  if (caller !== 'no-role' && isPlatformWide(caller)) {
    if (!strong) return 'forbidden';
    return access.tenant === 'loaded' && target === 'missing' ? 'hidden' : 'allowed';
  }
  if (target === 'foreign' || target === 'missing') return 'hidden';
  return strong ? 'allowed' : 'forbidden';
}

const SIGNS: Readonly<Record<Expected, string>> = {
  allowed: 'yes',
  forbidden: '403',
  hidden: '404',
  unauthenticated: '401',
};

/** A Markdown table for people: one row a route, one column a role; "yes/404" is own tenant / another's. */
export function renderMatrix(routes: readonly Route[]): string {
  const cells = matrix(routes);
  const entry = (route: Route, role: Role): string => {
    const of = cells.filter((cell) => cell.route === route && cell.caller === role && cell.target !== 'missing');
    return [...new Set(of.map((cell) => SIGNS[cell.expected]))].join('/');
  };
  const rows = routes.map(
    (route) => `| \`${routeName(route)}\` | ${ROLES.map((role) => entry(route, role)).join(' | ')} |`,
  );
  return [`| route | ${ROLES.join(' | ')} |`, `| --- |${' --- |'.repeat(ROLES.length)}`, ...rows, ''].join('\n');
}
