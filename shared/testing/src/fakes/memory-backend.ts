/**
 * A backend in memory for tests of what works on providers: things under their kind and name, whose they are, and what a look finds of
 * them. What a kind wants of a thing, and more of the provider port, the test says itself.
 *
 * M1. A look, a listing and an effect are noted before they are answered; a kind that is away answers none.
 * M2. Only what is there is found: a thing of another owner is `foreign`, one of nobody's is `none`.
 */
import { ABSENT, type Provider, type Ref, type SeenBase } from '@leasehold/engine';
import { bound, unavailable } from '@leasehold/kernel';
import { z } from 'zod';

export interface Thing {
  /** The tenant in its mark, if it has one. */
  readonly owner?: string | undefined;
  /** What a look finds of it beside the mark. */
  readonly told?: Readonly<Record<string, unknown>>;
}

export interface MemoryBackend {
  /** By `kind name`. */
  readonly things: Map<string, Thing>;
  /** `kind verb`, in order: `look`, `list`, `make`, `delete`. */
  readonly calls: string[];
  /** Kinds that do not answer. */
  readonly away: Set<string>;
  /** What happens between a look and its answer. */
  onLook: () => unknown;
  /** How often a kind, or any, was asked so. */
  asked(verb: string, kind?: string): number;
  /** A provider of one kind that makes what is missing and finds nothing wrong with what is there. */
  provider(kind: string, over?: Partial<Provider>): Provider;
  providers(...kinds: readonly string[]): Map<string, Provider>;
}

const LIMITS: Provider['bounds'] = {
  timeoutMs: bound('memory-backend-call-ms', 1_000),
  parallelism: bound('memory-backend-calls', 8),
  ceiling: undefined,
};

const seenOf = ({ owner, told }: Thing, tenantId: string): SeenBase => ({
  mark: owner === undefined ? 'none' : owner === tenantId ? 'ours' : 'foreign',
  ...told,
});

export function createMemoryBackend(): MemoryBackend {
  const things: MemoryBackend['things'] = new Map();
  const calls: string[] = [];
  const away = new Set<string>();
  const ask = (kind: string, verb: string): void => {
    calls.push(`${kind} ${verb}`);
    if (away.has(kind)) throw unavailable('away', { code: 'Away', away: true, backend: kind });
  };
  const provider = (kind: string, over: Partial<Provider> = {}): Provider => {
    const keyOf = ({ name }: Pick<Ref, 'name'>): string => `${kind} ${name}`;
    const mine = (): readonly (readonly [string, Thing])[] =>
      [...things].flatMap(([key, thing]) => (key.startsWith(`${kind} `) ? [[key.slice(kind.length + 1), thing]] : []));
    return {
      kind,
      backend: kind,
      holdsData: true,
      hasAccess: true,
      embedded: false,
      spec: z.unknown(),
      bounds: LIMITS,
      observe: async (ref) => {
        ask(kind, 'look');
        await backend.onLook();
        const thing = things.get(keyOf(ref));
        return thing === undefined ? ABSENT : seenOf(thing, ref.tenantId);
      },
      observeAll: async function* () {
        ask(kind, 'list');
        for (const [name, thing] of mine()) {
          const { owner: tenantId } = thing;
          if (tenantId !== undefined)
            yield [{ kind, name, tenantId, generation: 1, tier: '' }, seenOf(thing, tenantId)] as const;
        }
      },
      listNames: async () => {
        ask(kind, 'list');
        return mine().map(([name]) => name);
      },
      plan: (_ref, _spec, seen) =>
        'absent' in seen ? [{ path: '', from: undefined, to: 'present', weight: 'data' }] : [],
      ensure: async (ref) => {
        ask(kind, 'make');
        things.set(keyOf(ref), { owner: ref.tenantId });
        return {};
      },
      delete: async (ref) => {
        ask(kind, 'delete');
        things.delete(keyOf(ref));
      },
      ...over,
    };
  };
  const backend: MemoryBackend = {
    things,
    calls,
    away,
    onLook: () => undefined,
    asked: (verb, kind) =>
      calls.filter((call) => (kind ? call === `${kind} ${verb}` : call.endsWith(` ${verb}`))).length,
    provider,
    providers: (...kinds) => new Map(kinds.map((kind) => [kind, provider(kind)])),
  };
  return backend;
}
