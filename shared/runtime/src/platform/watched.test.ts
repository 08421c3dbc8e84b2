/** Store and bus with an ear for what is away: every call is passed on as it is, and each that fails so is told of once. */
import type { Bus, Consumer, IncomingMessage } from '@leasehold/bus';
import { conflict, unavailable } from '@leasehold/kernel';
import type { Store } from '@leasehold/store';
import { expect, test } from 'vitest';
import { watchBus, watchStore } from './watched.ts';

const away = unavailable('away', { code: 'StoreUnavailable', away: true });

/** Each function answers with what it was called with, or fails. */
function echo(names: readonly string[], state: { fault?: unknown }) {
  const answer =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      if (state.fault !== undefined) throw state.fault;
      return [name, ...args];
    };
  return Object.fromEntries(names.map((name) => [name, answer(name)]));
}

type Call = (...args: readonly unknown[]) => Promise<unknown>;

const STORE = ['load', 'commit', 'scan', 'due', 'clear', 'list'];
const LEASES = ['acquire', 'release', 'read'];

function watchedStore() {
  const state: { fault?: unknown; told: number } = { told: 0 };
  const store = { kind: 'simulated', ...echo(STORE, state), ping: async () => undefined, leases: echo(LEASES, state) };
  const watched = watchStore(store as unknown as Store, () => {
    state.told += 1;
  });
  const { leases, ...own } = watched as unknown as { readonly leases: Record<string, Call> } & Record<string, Call>;
  return { state, store, calls: { ...own, ...leases } as Readonly<Record<string, Call>> };
}

test.each([...STORE, ...LEASES])(
  'the store’s %s is passed on as it is, and one that is away is told of',
  async (name) => {
    const { state, calls } = watchedStore();
    expect(await calls[name]?.('a', { b: 1 })).toEqual([name, 'a', { b: 1 }]);
    expect(state.told).toBe(0);
    state.fault = away;
    await expect(calls[name]?.('a')).rejects.toBe(away);
    expect(state.told).toBe(1);
  },
);

test.each([
  ['a conflict', conflict('taken', { code: 'Taken' })],
  ['a bug', new TypeError('oops')],
])('%s says nothing about the store', async (_, fault) => {
  const { state, calls } = watchedStore();
  state.fault = fault;
  await expect(calls['load']?.('a')).rejects.toBe(fault);
  expect(state.told).toBe(0);
});

test('what is no call on the store’s data is the store’s own: a look at it is told by whoever looks', () => {
  const { store, calls } = watchedStore();
  expect(calls['ping']).toBe(store.ping);
});

test('the bus is heard in publishing, subscribing, making topics and acks, and a consumer stays as it is', async () => {
  const state: { fault?: unknown; told: number } = { told: 0 };
  const acks = echo(['ack'], state);
  const inner = { topic: 't', subscription: 's', ...acks, receive: async () => ({}) as IncomingMessage };
  const bus = { kind: 'simulated', ...echo(['publish', 'ensure'], state), ping: async () => undefined };
  const subscribe: Call = async () => {
    if (state.fault !== undefined) throw state.fault;
    return inner;
  };
  const watched = watchBus({ ...bus, subscribe } as unknown as Bus, () => {
    state.told += 1;
  });
  const calls = watched as unknown as Readonly<Record<string, Call>>;
  const consumer = (await calls['subscribe']?.({ topic: 't' })) as Consumer;
  const message = { id: '1' } as IncomingMessage;
  expect([await calls['publish']?.('m'), await calls['ensure']?.('p'), await consumer.ack(message)]).toEqual([
    ['publish', 'm'],
    ['ensure', 'p'],
    ['ack', message],
  ]);
  expect([consumer.topic, consumer.receive, calls['ping'], state.told]).toEqual(['t', inner.receive, bus.ping, 0]);
  state.fault = away;
  for (const call of [calls['publish'], calls['ensure'], calls['subscribe'], () => consumer.ack(message)])
    await expect(call?.({})).rejects.toBe(away);
  expect(state.told).toBe(4);
});
