/**
 * Watches, while a test does its worst, whether the product's word holds: a tenant that is `completed` before and after a raw
 * look has its keyspace, its bucket and both namespaces in that look. Runs beside the test until it is ended.
 *
 * 1. The servers are asked between two questions to the product, so that a lie cannot be excused by a change in between.
 * 2. A process or server that is away says nothing, and that is no lie.
 */
import type { Api } from './api.ts';
import { pause } from './poll.ts';
import type { Spy } from './servers.ts';
import { bucketOf, keyspaceOf, namespacesOf } from './tenant-facts.ts';

export interface TruthWatch {
  /** Stops watching. @returns one sentence for each lie, and how much was seen. */
  end(): Promise<{ readonly lies: readonly string[]; readonly looks: number; readonly seen: ReadonlySet<string> }>;
}

export interface Watched {
  readonly api: Api;
  readonly spy: Spy;
  readonly tenantIds: readonly string[];
  readonly pulsarTenant: string;
  readonly everyMs: number;
}

type Words = Readonly<Record<string, string>>;

async function look(watched: Watched, seen: Set<string>): Promise<readonly string[]> {
  const { api, spy, tenantIds, pulsarTenant } = watched;
  const first = await api.statuses(tenantIds);
  const [keyspaces, buckets, namespaces] = await Promise.all([
    spy.keyspaces(),
    spy.buckets(),
    spy.namespaces(pulsarTenant),
  ]);
  const second: Words = await api.statuses(tenantIds);
  for (const word of Object.values(second)) seen.add(word);
  const both = (word: string) => tenantIds.filter((id) => first[id] === word && second[id] === word);
  const objects = (id: string) => [
    ...[keyspaceOf(id)].map((name) => ({ name, there: keyspaces.has(name) })),
    ...[bucketOf(id)].map((name) => ({ name, there: buckets.has(name) })),
    ...namespacesOf(pulsarTenant, id).map((name) => ({ name, there: namespaces.has(name) })),
  ];
  const lie = (word: string, there: boolean) =>
    both(word).flatMap((id) =>
      objects(id)
        .filter((object) => object.there === there)
        .map(({ name }) => `${id} was ${word} while ${name} was ${there ? 'still there' : 'missing'}`),
    );
  return [...lie('completed', false), ...lie('deleted', true)];
}

export function watchTruth(watched: Watched): TruthWatch {
  const seen = new Set<string>();
  const lies = new Set<string>();
  let looks = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      try {
        for (const each of await look(watched, seen)) lies.add(each);
        looks += 1;
      } catch {
        // Somebody is being killed: that is what the test is about.
      }
      await pause(watched.everyMs);
    }
  })();
  return {
    end: async () => {
      over = true;
      await watching;
      return { lies: [...lies], looks, seen };
    },
  };
}
