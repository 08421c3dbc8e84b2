/**
 * Asks an app every cell of its matrix. Two passes: all cells of the routes' access through the real pipeline with bare
 * handlers, and the refusals again on the app as it is composed, where nothing of a handler may run.
 *
 * 1. A foreign object's answer equals a missing one's in status, headers and body; only `instance` and `request_id` differ.
 */
import type { App } from '../app-options.ts';
import { type Route, routeName } from '../route.ts';
import { sourcesOf } from '../tenancy.ts';
import { type Caller, type Cell, matrix, STATUS_OF, type Target } from './cells.ts';
import { createProbe, FOREIGN, MISSING, OWN } from './probe.ts';

export interface MatrixCheck {
  readonly routes: readonly Route[];
  /** The app as it is composed, and tokens for it: tenant roles and `no-role` get the tenant `OWN`. */
  readonly real?: { readonly app: App; readonly token: (caller: Caller, tenantId: string) => Promise<string> };
}

export interface MatrixReport {
  readonly cells: number;
  /** One sentence each; empty is the goal. */
  readonly mismatches: readonly string[];
}

export async function checkMatrix({ routes, real }: MatrixCheck): Promise<MatrixReport> {
  const cells = matrix(routes);
  const probe = createProbe(routes);
  const mismatches = await ask(probe, cells, async (caller) => caller);
  if (real !== undefined) {
    const refusals = cells.filter((cell) => cell.expected !== 'allowed' && !isLoaded(cell.route));
    mismatches.push(...(await ask(real.app, refusals, (caller) => real.token(caller, OWN))));
  }
  return { cells: cells.length, mismatches };
}

const isLoaded = ({ access }: Route): boolean => access !== 'public' && access.tenant === 'loaded';

async function ask(app: App, cells: readonly Cell[], token: (caller: Caller) => Promise<string>): Promise<string[]> {
  const mismatches: string[] = [];
  const hidden = new Map<string, string>();
  for (const cell of cells) {
    const name = `${routeName(cell.route)} as ${cell.caller} on ${cell.target}`;
    const bearer = cell.caller === 'no-token' ? undefined : await token(cell.caller);
    const response = await app.fetch(requestFor(cell, bearer));
    const fits = cell.expected === 'allowed' ? response.status === 204 : response.status === STATUS_OF[cell.expected];
    if (!fits) mismatches.push(`${name}: expected ${cell.expected}, got ${response.status}`);
    if (cell.expected !== 'hidden') continue;
    const pair = `${routeName(cell.route)} as ${cell.caller}`;
    const seen = await fingerprint(response);
    const other = hidden.get(pair);
    if (other !== undefined && other !== seen)
      mismatches.push(`${pair}: foreign and missing can be told apart: ${other} and ${seen}`);
    hidden.set(pair, seen);
  }
  return mismatches;
}

async function fingerprint(response: Response): Promise<string> {
  const { instance: _instance, request_id: _id, ...body } = (await response.json()) as Record<string, unknown>;
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  return JSON.stringify([response.status, headers, body]);
}

const TENANTS: Readonly<Record<Target, string>> = { own: OWN, any: OWN, foreign: FOREIGN, missing: MISSING };

function requestFor({ route, target }: Cell, bearer: string | undefined): Request {
  const tenantId = TENANTS[target];
  const sources = route.access === 'public' ? [] : sourcesOf(route.access.tenant);
  const isNamed = (place: string, name: string): boolean => sources.some((source) => source === `${place}:${name}`);
  const path = route.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) =>
    isNamed('path', name) ? tenantId : isNamed('id', name) ? `op_${tenantId}_1` : 'x',
  );
  const fields = (wanted: string): [string, string][] =>
    sources
      .map((source) => source.split(':', 2) as [string, string])
      .filter(([place]) => place === wanted)
      .map(([, name]): [string, string] => [name, tenantId]);
  const query = new URLSearchParams(fields('query')).toString();
  const body = route.request?.body === undefined ? undefined : JSON.stringify(Object.fromEntries(fields('body')));
  return new Request(`http://probe${path}${query === '' ? '' : `?${query}`}`, {
    method: route.method,
    headers: {
      'x-request-id': `probe:${tenantId}`,
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });
}
