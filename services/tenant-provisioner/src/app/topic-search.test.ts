/** Whose own topics are heard here (Q1 to Q3): what costs a read, whose turn it is, who is told as unheard. */
import { silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import type { TenantState } from '../domain/state.ts';
import type { TenantSummary } from '../domain/summary.ts';
import { createTopicSearch, type TopicSearchParts } from './topic-search.ts';

const signal = new AbortController().signal;
const has = (status: string, objects?: TenantSummary['objects']): TenantSummary => ({
  tier: 'free',
  status,
  ...(objects ? { objects } : {}),
});

/** Hears so many tenants at most; each is active once it is read. */
function searchOver(
  known: Map<string, TenantSummary>,
  most: number,
  over: Partial<{ onBus: boolean; first: number; odd: string; ended: ReadonlySet<string> }> = {},
) {
  const heard = new Set<string>();
  const reads: string[] = [];
  const unheard: number[] = [];
  const asked: number[] = [];
  const { look } = createTopicSearch({
    inventory: { entries: () => known },
    topics: {
      hears: (id: string) => heard.has(id),
      heard: () => [...heard],
      count: () => heard.size,
      room: () => most - heard.size,
      retire: (count: number) => {
        for (const id of [...heard].slice(0, count)) heard.delete(id);
      },
      follow: ({ tenantId, phase }: TenantState) =>
        void (phase === 'active' ? heard.add(tenantId) : heard.delete(tenantId)),
    },
    tenants: {
      find: async (tenantId: string) => {
        reads.push(tenantId);
        if (tenantId === over.odd) throw new SyntaxError('not JSON');
        const isGone = over.ended?.has(tenantId) || known.get(tenantId)?.status === 'deleted';
        const phase = isGone ? 'gone' : 'active';
        return { state: { tenantId, phase } };
      },
    },
    deps: {
      clock: { now: () => 0, sleep: async () => undefined },
      log: silentLog,
      ledger: { store: { exclusive: true } },
      tenantTopicsOnBus: over.onBus ?? true,
      metrics: { unheardTenants: { set: (_labels: object, value: number) => void unheard.push(value) } },
      rng: {
        int: (below: number) => {
          asked.push(below);
          return over.first ?? 0;
        },
      },
    },
  } as unknown as TopicSearchParts);
  return { look: () => look(signal), heard, reads, unheard, asked };
}

test('Q1: who has a namespace is read once and followed; who is heard, has none, or waits for nothing costs no read', async () => {
  const known = new Map([
    ['a', has('completed', { 'pulsar-namespace': 1 })],
    ['b', has('completed', { 'minio-bucket': 1 })],
    ['c', has('provisioning')],
    ['d', has('suspended')],
    ['e', has('deleted')],
  ]);
  const { look, heard, reads, unheard } = searchOver(known, 10);
  await look();
  await look();
  expect([[...heard], reads, unheard]).toEqual([
    ['a', 'c'],
    ['a', 'c'],
    [0, 0],
  ]);
  known.set('a', has('deleted'));
  await look();
  expect([[...heard], reads]).toEqual([['c'], ['a', 'c', 'a']]);
});

test('who is heard and is in the inventory no more, as another replica ended it, is heard no more; it is read once', async () => {
  const known = new Map(['a', 'b'].map((id) => [id, has('completed')]));
  const ended = new Set<string>();
  const { look, heard, reads } = searchOver(known, 10, { ended });
  await look();
  known.delete('a');
  ended.add('a');
  await look();
  await look();
  expect([[...heard], reads]).toEqual([['b'], ['a', 'b', 'a']]);
});

test('Q2: with more tenants than room each has its turn, in the order of the names, and the first is heard again at last', async () => {
  const known = new Map(['d', 'b', 'e', 'a', 'c'].map((id) => [id, has('completed')]));
  const { look, heard, unheard, asked } = searchOver(known, 2, { first: 1 });
  const turns: string[][] = [];
  for (let turn = 0; turn < 4; turn++) {
    await look();
    turns.push([...heard]);
  }
  expect(turns).toEqual([
    ['b', 'c'],
    ['d', 'e'],
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(asked).toEqual([5]);
  // Q3: five there are, two are heard.
  expect(unheard).toEqual([3, 3, 3, 3]);
});

test('Q4: a tenant in a form that is not understood here keeps nobody behind it from being heard', async () => {
  const known = new Map(['a', 'b'].map((id) => [id, has('completed')]));
  const { look, heard } = searchOver(known, 10, { odd: 'a' });
  await look();
  expect([...heard]).toEqual(['b']);
});

test('where tenants have no topics on this bus nobody is looked for', async () => {
  const { look, reads, unheard } = searchOver(new Map([['a', has('completed')]]), 1, { onBus: false });
  await look();
  expect([reads, unheard]).toEqual([[], []]);
});
