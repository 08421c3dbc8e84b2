import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor, until } from '../test/scripted-broker.ts';
import { askHandshake } from './handshake-answer.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const ask = (signal: AbortSignal = new AbortController().signal) =>
  askHandshake(
    { url: new URL(`${door.wsUrl}/ws/v2/x?y=1`), headers: { authorization: 'Bearer t' }, tls: undefined },
    signal,
  );

test('a redirect and a refusal are told with their status and address, and their connections go', async () => {
  door.handshake(() => ({ status: 307, headers: { location: 'http://other/x' } }));
  expect(await ask()).toEqual({ status: 307, location: 'http://other/x' });
  door.handshake(() => ({ status: 401 }));
  expect(await ask()).toEqual({ status: 401, location: undefined });
  await until(() => door.connections === 0);
  expect(door.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /ws/v2/x?y=1', 'GET /ws/v2/x?y=1']);
});

test('it is the question of a WebSocket, with the headers as they are given', async () => {
  door.handshake(() => ({ status: 401 }));
  await ask();
  expect(door.asked[0]?.headers).toMatchObject({
    authorization: 'Bearer t',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
  });
});

test('1: a handshake that is accepted this time is given up at once', async () => {
  expect(await ask()).toEqual({ status: 101, location: undefined });
  await until(() => door.peers[0]?.isGone === true);
  expect(door.connections).toBe(0);
});

test('2: aborting the signal ends the question', async () => {
  door.handshake(() => 'mute');
  const stop = new AbortController();
  const asked = expect(ask(stop.signal)).rejects.toThrow('aborted');
  await until(() => door.asked.length === 1);
  stop.abort();
  await asked;
  await until(() => door.connections === 0);
});

test('a server that is not there rejects', async () => {
  await door.close();
  await expect(ask()).rejects.toThrow('ECONNREFUSED');
  door = await openDoor();
});

test('an encrypted handshake is asked encrypted', async () => {
  const first = Promise.withResolvers<number | undefined>();
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', (data: Buffer) => {
        first.resolve(data[0]);
        socket.destroy();
      });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const question = { url: new URL(`wss://127.0.0.1:${port}/ws/v2/x`), headers: {}, tls: undefined };
  await expect(askHandshake(question, new AbortController().signal)).rejects.toThrow();
  // A handshake record of TLS.
  expect(await first.promise).toBe(0x16);
  await new Promise((resolve) => server.close(resolve));
});
