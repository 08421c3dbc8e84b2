/**
 * What the fake OpenProject holds, and how its collections and filters answer.
 */
import { failure, type Hal, type Reply, reply } from './openproject-hal.ts';

export interface Project {
  readonly id: number;
  identifier: string;
  /** What it was called before; a server remembers those. */
  former?: readonly string[];
  name: string;
  active: boolean;
  public: boolean;
  description: { readonly format: 'markdown'; readonly raw: string };
  /** Reads that still find it after its deletion. */
  leaving: number | undefined;
  workPackages: number;
}

export interface Membership {
  readonly id: number;
  readonly project: number;
  readonly group: number;
  roles: readonly number[];
}

/** Of the one key that there is. */
export interface Rights {
  /** Administrators see all projects. */
  admin: boolean;
  /** Whether it may make projects at all. */
  mayAdd: boolean;
  /** Projects that it does not see while it is no administrator's. */
  readonly hidden: Set<number>;
}

export interface FakeOpenProjectOptions {
  readonly apiKey: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly deletionLooks?: number;
  readonly copyLooks?: number;
}

export interface World extends FakeOpenProjectOptions {
  readonly projects: Map<number, Project>;
  readonly memberships: Map<number, Membership>;
  readonly jobs: Map<string, { looks: number; readonly project: number }>;
  readonly rights: Rights;
  /** What the server takes as an identifier, as its settings have it. */
  identifiers: RegExp;
  serial: number;
  base: string;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export const sees = ({ rights }: World, { id }: Project): boolean => rights.admin || !rights.hidden.has(id);

export const NOT_FOUND = failure(404, 'NotFound', 'The requested resource could not be found.');

export function page(asked: Asked, elements: readonly Hal[]): Reply {
  const size = Number(asked.query.get('pageSize') ?? 20);
  const offset = Number(asked.query.get('offset') ?? 1);
  const shown = elements.slice((offset - 1) * size, offset * size);
  const body = { _type: 'Collection', total: elements.length, count: shown.length, pageSize: size, offset };
  return reply(200, { ...body, _embedded: { elements: shown } });
}

type Filters = readonly Readonly<Record<string, { readonly operator: string; readonly values: readonly string[] }>>[];
export const filtersOf = ({ query }: Asked): Filters => JSON.parse(query.get('filters') ?? '[]') as Filters;

export const idIn = (link: { readonly href: string } | undefined): number => Number(link?.href.split('/').at(-1));
