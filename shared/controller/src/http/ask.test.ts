/** How routes ask for a decision: who asked and when, what is refused, and how that is told. */
import { ProblemError } from '@leasehold/http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ID, openStoreroom, type Storeroom } from '../../test/storeroom.ts';
import { askOwner, type Caller, restSource } from './ask.ts';

let room: Storeroom;
beforeEach(async () => {
  room = await openStoreroom();
});
afterEach(() => room.close());

const caller = (tracestate?: string): Caller =>
  ({
    principal: { sub: 'eve', roles: [], expiresAtMs: 0 },
    requestId: 'r7',
    clock: room.world.clock,
    signal: new AbortController().signal,
    trace: { traceparent: '00-a-b-01', ...(tracestate === undefined ? {} : { tracestate }) },
  }) as unknown as Caller;

test('a command of a person says who asked, in which request, when, and in which trace', () => {
  const source = { type: 'rest', subject: 'eve', requestId: 'r7', atMs: room.world.nowMs };
  expect(restSource(caller())).toEqual({ ...source, trace: { traceparent: '00-a-b-01' } });
  expect(restSource(caller('v=1'))).toEqual({ ...source, trace: { traceparent: '00-a-b-01', tracestate: 'v=1' } });
});

test('what is asked for is decided in the caller’s name, with what was asked before, and told as it is then', async () => {
  const state = await askOwner(room.owners, caller(), ID, { kind: 'open', sizeCm: 30 }, undefined);
  expect(state).toMatchObject({ phase: 'open', sizeCm: 30, operation: { requestedBy: 'eve' } });
  expect(await room.state()).toEqual(state);
});

test('what is refused is a problem with the words of the service; what is not there is not found', async () => {
  const asking = (command: Parameters<typeof askOwner>[3], word?: string) =>
    askOwner(room.owners, caller(), ID, command as never, word);
  const refused = asking({ kind: 'open', sizeCm: 30 } as never, 'no room');
  await expect(refused).rejects.toBeInstanceOf(ProblemError);
  await expect(refused).rejects.toMatchObject({ code: 'conflict', message: 'There is no room.' });
  const missing = asking({ kind: 'close' });
  await expect(missing).rejects.toMatchObject({ code: 'not-found' });
  // Not what the service says of it: who may not know of an owner must not be told whether there was one.
  await expect(missing).rejects.not.toMatchObject({ message: 'There is no such shelf.' });
});
