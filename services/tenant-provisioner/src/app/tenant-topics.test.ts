/** Consumers on a tenant's own topics: opened when it has them, gone before they are taken down (O1 to O3). */
import { silentLog } from '@leasehold/kernel';
import type { Consumers } from '@leasehold/runtime';
import { expect, test } from 'vitest';
import { emptyState, type TenantState } from '../domain/state.ts';
import { createTenantTopics } from './tenant-topics.ts';

const TOPIC = 'persistent://platformq/acme/tenant-upgraded-events';

function stage(most = 10) {
  const leaving = new Map<string, PromiseWithResolvers<void>>();
  const open = new Set<string>();
  const told: string[] = [];
  const consumers = {
    add: async (topic: string) => void open.add(topic),
    remove: (topic: string) => {
      if (open.delete(topic)) leaving.set(topic, Promise.withResolvers<void>());
      return leaving.get(topic)?.promise ?? Promise.resolve();
    },
  } as unknown as Consumers;
  const topics = createTenantTopics({
    consumers,
    deps: {
      tenantTopicsOnBus: true,
      pulsarTenant: 'platformq',
      log: {
        ...silentLog,
        warn: (_message: string, fields?: { readonly bound?: string }) => told.push(`${fields?.bound}`),
      },
      bounds: { tenantTopics: { name: 'most', value: most } },
    } as unknown as Parameters<typeof createTenantTopics>[0]['deps'],
  });
  return { topics, open, leaving, told };
}

const state = (phase: TenantState['phase'], tenantId = 'acme'): TenantState =>
  ({
    ...emptyState(tenantId),
    phase,
    records: [{ id: 'pulsar-namespace', status: phase === 'deleting' ? 'deleting' : 'ready' }],
  }) as unknown as TenantState;

test('O3: a removal waits until the consumers are closed, also when a commit had begun to close them', async () => {
  const { topics, open, leaving } = stage();
  topics.follow(state('active'));
  expect([...open]).toEqual([TOPIC]);
  topics.follow(state('deleting'));
  let closed = false;
  const closing = topics.close('acme').then(() => {
    closed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([closed, topics.hears('acme')]).toEqual([false, false]);
  leaving.get(TOPIC)?.resolve();
  await closing;
});

test('beyond the bound nobody is added, which is told once and to who looks for more; with room again the next one is', async () => {
  const { topics, open, leaving, told } = stage(1);
  expect(topics.room()).toBe(1);
  topics.follow(state('active'));
  expect([topics.room(), told]).toEqual([0, []]);
  for (const other of ['other', 'third', 'other']) topics.follow(state('active', other));
  expect([...open]).toEqual([TOPIC]);
  expect([topics.count(), topics.hears('other'), told]).toEqual([1, false, ['most']]);
  const closing = topics.close('acme');
  leaving.get(TOPIC)?.resolve();
  await closing;
  expect(topics.room()).toBe(1);
  topics.follow(state('active', 'other'));
  expect([...open]).toEqual([TOPIC.replace('acme', 'other')]);
  expect([topics.room(), topics.hears('other')]).toEqual([0, true]);
});

test('those that have been heard longest give way, and no more than are asked for', () => {
  const { topics, open } = stage(3);
  for (const id of ['first', 'second', 'third']) topics.follow(state('active', id));
  topics.retire(2);
  expect([...open]).toEqual([TOPIC.replace('acme', 'third')]);
  expect([topics.room(), topics.hears('first'), topics.hears('third')]).toEqual([2, false, true]);
  topics.follow(state('active', 'first'));
  topics.retire(1);
  expect([...open]).toEqual([TOPIC.replace('acme', 'first')]);
});
