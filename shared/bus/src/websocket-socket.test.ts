import { bound } from '@leasehold/kernel';
import { type ManualClock, manualClock } from '@leasehold/testing/fakes/manual-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor, type Peer, until } from '../test/scripted-broker.ts';
import { busBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import type { AdminCall } from './pulsar-admin.ts';
import { parseTopicName } from './topic-name.ts';
import { createSocketMaker, type Socket } from './websocket-socket.ts';

const CONNECT_MS = 1_000;
const CLOSE_MS = 500;
const PATH = '/ws/v2/consumer/persistent/t/n/x/s?pullMode=true';

let door: Door;
let clock: ManualClock;
beforeEach(async () => {
  door = await openDoor();
  clock = manualClock();
});
afterEach(() => door.close());

/** A maker of sockets to the door; `lookup` is what the admin API answers when it is asked about the topic. */
function setUp(change: { readonly token?: string; readonly wsUrl?: string; readonly lookup?: number } = {}) {
  const calls: AdminCall[] = [];
  const texts: string[] = [];
  const closes: string[] = [];
  const sockets = createSocketMaker({
    wsUrl: change.wsUrl ?? door.wsUrl,
    token: change.token,
    admin: {
      call: async (call) => {
        calls.push(call);
        if (change.lookup === undefined) throw busUnavailable('Pulsar cannot be reached', { away: true });
        return { status: change.lookup, headers: new Headers(), text: '', json: () => undefined };
      },
    },
    clock,
    bounds: busBounds({
      connectMs: bound('bus.connectMs', CONNECT_MS),
      closeMs: bound('bus.closeMs', CLOSE_MS),
    }),
  });
  const handlers = { onText: (text: string) => void texts.push(text), onClose: (why: string) => void closes.push(why) };
  return {
    ...{ calls, texts, closes },
    open: () => sockets.open(PATH, parseTopicName('persistent://t/n/x'), handlers),
  };
}

async function opened(open: () => Promise<Socket>): Promise<{ readonly socket: Socket; readonly peer: Peer }> {
  const socket = await open();
  return { socket, peer: door.peers.at(-1) as Peer };
}

test('a socket is opened below the address, with the token in a header, and carries texts both ways', async () => {
  const { open, texts } = setUp({ token: 'secret', wsUrl: `${door.wsUrl}//` });
  const { socket, peer } = await opened(open);
  expect([peer.asked.url, peer.asked.headers.authorization, socket.isOpen()]).toEqual([PATH, 'Bearer secret', true]);
  socket.send('{"type":"permit"}');
  peer.sendBytes(Buffer.from('bytes'));
  peer.send('one');
  peer.send('two');
  await until(() => texts.length === 2);
  expect([texts, peer.takeTexts()]).toEqual([['one', 'two'], ['{"type":"permit"}']]);
  expect(clock.sleepers()).toBe(0);
});

test('without a token there is no header', async () => {
  const { peer } = await opened(setUp().open);
  expect(peer.asked.headers.authorization).toBeUndefined();
});

test.each([
  [1009, '', 'code 1009'],
  [4000, 'bye', 'code 4000: bye'],
])('1: a goodbye of the broker with %i %j ends it once, and is told', async (code, reason, why) => {
  const { open, closes } = setUp();
  const { socket, peer } = await opened(open);
  peer.close(code, reason);
  await until(() => peer.isGone);
  await until(() => closes.length > 0);
  expect([closes, socket.isOpen()]).toEqual([[why], false]);
  socket.send('into the void');
  socket.abandon('again');
  await socket.close();
  expect(closes).toEqual([why]);
});

test('1: a connection that breaks ends it once', async () => {
  const { open, closes } = setUp();
  const { socket, peer } = await opened(open);
  peer.destroy();
  await until(() => closes.length > 0);
  await new Promise((resolve) => setImmediate(resolve));
  expect([closes.length, socket.isOpen()]).toEqual([1, false]);
  expect(closes[0]).toMatch(/broke|1006/);
});

test('1, 2: closing says goodbye, resolves with that of the other side, and leaves no connection and no timer', async () => {
  const { open, closes } = setUp();
  const { socket, peer } = await opened(open);
  await socket.close();
  expect([closes.length, socket.isOpen(), clock.sleepers()]).toEqual([1, false, 0]);
  await until(() => peer.isGone && door.connections === 0);
  expect(peer.goodbye).toBe(1005);
});

test('2: closing waits for a mute broker no longer than its bound, and then destroys the connection', async () => {
  const { open, closes } = setUp();
  const { socket, peer } = await opened(open);
  peer.mute();
  let closed = false;
  const closing = socket.close().then(() => {
    closed = true;
  });
  await until(() => peer.goodbye !== undefined);
  await clock.advance(CLOSE_MS - 1);
  expect([closed, closes, peer.isGone]).toEqual([false, [], false]);
  await clock.advance(1);
  await closing;
  expect(closes).toEqual(['closed by us']);
  await until(() => peer.isGone);
  expect(door.connections).toBe(0);
});

test('1, 2: abandoning tells at once, gives nothing more to its user, and leaves no connection', async () => {
  const { open, closes, texts } = setUp();
  const { socket, peer } = await opened(open);
  peer.mute();
  socket.abandon('silent');
  expect([closes, socket.isOpen()]).toEqual([['silent'], false]);
  peer.send('late');
  await until(() => peer.isGone);
  expect([texts, closes]).toEqual([[], ['silent']]);
});

test('a broker that does not answer the handshake in time is away, and its connection goes', async () => {
  door.handshake(() => 'mute');
  const { open, closes, calls } = setUp();
  const failed = expect(open()).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'BusUnavailable',
    message: 'Pulsar did not open a socket in time',
    away: true,
  });
  await until(() => door.asked.length === 1);
  await clock.advance(CONNECT_MS - 1);
  expect(door.connections).toBe(1);
  await clock.advance(1);
  await failed;
  await until(() => door.connections === 0);
  expect([closes, calls, clock.sleepers()]).toEqual([[], [], 0]);
});

test('3: a redirect is followed with the token and the path that it names', async () => {
  const owner = await openDoor();
  door.handshake(({ url }) => ({ status: 307, headers: { location: `${owner.url}${url}` } }));
  const { open, texts } = setUp({ token: 'secret' });
  await open();
  const peer = owner.peers[0] as Peer;
  expect([peer.asked.url, peer.asked.headers.authorization]).toEqual([PATH, 'Bearer secret']);
  // Asked twice: as a WebSocket, which shows no status, and as plain HTTP.
  expect(door.asked.map(({ url }) => url)).toEqual([PATH, PATH]);
  expect(door.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
  peer.send('hello');
  await until(() => texts.length > 0);
  await owner.close();
});

test('3: redirects in a circle are refused as what they are', async () => {
  door.handshake(({ url }) => ({ status: 307, headers: { location: url } }));
  const error = await setUp()
    .open()
    .catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ class: 'Unavailable', code: 'BusUnavailable' });
  expect((error as Error).message).toMatch(/^Pulsar .*\(RedirectLoop: a WebSocket of x\)$/);
});

test('3: a refused handshake is explained: no namespace, or a socket refused although there is one', async () => {
  door.handshake(() => ({ status: 404 }));
  const absent = setUp({ lookup: 404 });
  await expect(absent.open()).rejects.toThrow('Pulsar has no namespace t/n');
  expect(absent.calls).toEqual([{ method: 'GET', path: '/lookup/v2/topic/persistent/t/n/x', expect: [404] }]);
  door.handshake(() => ({ status: 401 }));
  await expect(setUp({ lookup: 200 }).open()).rejects.toThrow('Pulsar refused the socket although');
  // Whoever is asked why may know better.
  await expect(setUp().open()).rejects.toThrow('Pulsar cannot be reached');
  await until(() => door.connections === 0);
});

test('3: a broker that cannot be reached is asked why all the same', async () => {
  const gone = await openDoor();
  await gone.close();
  const { open, calls } = setUp({ wsUrl: gone.wsUrl });
  await expect(open()).rejects.toMatchObject({ message: 'Pulsar cannot be reached', away: true });
  expect(calls).toHaveLength(1);
});

test('3: a handshake that is refused as a WebSocket and never answered as plain HTTP ends in time', async () => {
  door.handshake(() => (door.asked.length === 1 ? { status: 503 } : 'mute'));
  const failed = expect(setUp({ lookup: 200 }).open()).rejects.toThrow('refused the socket although');
  await until(() => door.asked.length === 2);
  await clock.advance(CONNECT_MS);
  await failed;
  await until(() => door.connections === 0);
});
