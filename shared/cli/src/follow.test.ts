/** A status that is followed over many connections (1 to 4), each as a test lists it. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { network } from '../test/fetching.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import { follow, statusPath } from './follow.ts';
import type { SseEvent } from './sse.ts';

type Piece = string | SseEvent | Error;
const event = (id: string, status: string): SseEvent => ({ id, event: 'status', data: JSON.stringify({ status }) });

/** Reads until so many statuses came, or it ends. @param connections the last goes on for ever */
async function read(connections: readonly (readonly Piece[])[], want: number) {
  const asked: (string | undefined)[] = [];
  const states: string[] = [];
  const slept: number[] = [];
  const client = {
    url: 'http://mesh',
    events: async function* ({ path, lastEventId, onOpen }: Parameters<Client['events']>[0]) {
      expect(path).toBe('/api/v1/tenants/a%2Fb/provisioning-status');
      const pieces = connections[Math.min(asked.length, connections.length - 1)] ?? [];
      asked.push(lastEventId);
      if (!(pieces[0] instanceof Error)) onOpen?.();
      for (const piece of pieces) {
        if (piece instanceof Error) throw piece;
        yield piece;
      }
    },
  } as unknown as Client;
  const clock = { now: () => 0, sleep: async (ms: number) => void slept.push(ms) };
  const around = { clock, rng: { ...seededRng(1), next: () => 1 } };
  const seen: string[] = [];
  const stop = new AbortController();
  const options = { client, tenantId: 'a/b', around, onConnection: (state: string) => states.push(state) };
  let error: unknown;
  try {
    for await (const { seen: now, over } of follow(options, stop.signal)) {
      seen.push(`${now.status}${over ? ' over' : ''}`);
      if (seen.length >= want) break;
    }
  } catch (thrown) {
    error = thrown;
  }
  return { asked, states, slept, seen, error };
}

test('the path of a status has the tenant as one part', () => {
  expect(statusPath('a/b')).toBe('/api/v1/tenants/a%2Fb/provisioning-status');
});

test('1: a lost connection is told once, made again after the last event that came, and told to be back', async () => {
  const lost = network('ECONNRESET');
  const { asked, states, slept, seen } = await read(
    [[event('1', 'pending'), lost], [lost], [lost], [event('2', 'completed')]],
    2,
  );
  expect(seen).toEqual(['pending', 'completed']);
  expect(asked).toEqual([undefined, '1', '1', '1']);
  expect(states).toEqual(['lost', 'back']);
  expect(slept).toEqual([200, 400, 800]);
});

test('2: a connection that ended without a word is followed by one from the beginning; one with a word is taken up', async () => {
  const { asked, states } = await read(
    [[event('1', 'pending')], [], [event('1', 'pending'), event('2', 'completed')]],
    3,
  );
  expect([asked, states]).toEqual([[undefined, '1', undefined], []]);
});

test('3: that nothing comes any more is told with the last status, and is no loss', async () => {
  const { seen, states } = await read([[event('1', 'suspended'), 'over']], 3);
  expect([seen, states]).toEqual([['suspended', 'suspended over', 'suspended'], []]);
});

test('3: of nothing seen, nothing is over', async () => {
  const { seen, asked } = await read([['over'], [event('1', 'suspended')]], 1);
  expect([seen, asked.length]).toEqual([['suspended'], 2]);
});

test('waits begin anew once something came', async () => {
  const lost = network('ECONNRESET');
  const { slept } = await read([[lost], [lost], [event('1', 'a'), lost], [lost], [event('2', 'b')]], 2);
  expect(slept).toEqual([200, 400, 200, 400]);
});

test('an event that is no JSON is left out', async () => {
  const odd: SseEvent = { id: '1', event: 'status', data: '<html>' };
  expect((await read([[odd, event('2', 'completed')]], 1)).seen).toEqual(['completed']);
});

test.each([
  ['a refusal', new Failure('refused', 'no', { code: 'forbidden' }), true],
  ['a failure', new Failure('failed', 'no', { code: 'x' }), true],
  ['too many requests', new Failure('refused', 'no', { code: 'too-many-requests' }), false],
  ['a server that is not ready', new Failure('unreachable', 'no', { code: 'unavailable' }), false],
])('4: %s ends it, or is tried again', async (_what, failure, ends) => {
  const { error, seen } = await read([[failure], [event('1', 'completed')]], 1);
  expect([error, seen]).toEqual(ends ? [failure, []] : [undefined, ['completed']]);
});

test('4: sixty failures in a row end it, as what they were', async () => {
  const own = await read([[new Failure('unreachable', 'not ready', { code: 'unavailable' })]], 1);
  expect([own.asked.length, own.error]).toMatchObject([60, { code: 'unavailable' }]);
  const lost = await read([[network('ECONNREFUSED')]], 1);
  expect([lost.asked.length, lost.error]).toMatchObject([
    60,
    { exit: 'unreachable', message: expect.stringContaining('http://mesh') },
  ]);
  expect(Math.max(...lost.slept)).toBe(5_000);
});
