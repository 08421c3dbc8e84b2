import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDoor, until } from '../test/scripted-broker.ts';
import { createDispatcher, createSingleConnection, type Dispatcher } from './http-agent.ts';

/** A server that remembers the first bytes of each connection and says nothing. */
let server: Server;
let port: number;
let seen: { first: Buffer; gone: boolean; readonly socket: Socket }[];
beforeEach(async () => {
  seen = [];
  server = createServer((socket) => {
    const one = { first: Buffer.alloc(0), gone: false, socket };
    seen.push(one);
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      one.first = Buffer.concat([one.first, data]);
    });
    socket.on('close', () => {
      one.gone = true;
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const { socket } of seen) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (url: string, dispatcher: Dispatcher): Promise<unknown> =>
  fetch(url, { dispatcher } as unknown as RequestInit).then(
    ({ status }) => status,
    (error: Error) => error,
  );

test('an encrypted connection begins with a greeting that names the host it wants, and the one protocol that it speaks', async () => {
  const connection = await createSingleConnection({});
  const asked = ask(`https://localhost:${port}/`, connection.dispatcher);
  await until(() => (seen[0]?.first.length ?? 0) > 200);
  const greeting = seen[0]?.first ?? expect.unreachable();
  // A handshake record of TLS.
  expect(greeting[0]).toBe(0x16);
  expect(greeting.includes('localhost')).toBe(true);
  expect(greeting.includes('\u0008http/1.1')).toBe(true);
  expect(greeting.includes('h2')).toBe(false);
  connection.destroy();
  expect(await asked).toBeInstanceOf(TypeError);
});

test('a host that is an address is not named in the greeting', async () => {
  const connection = await createSingleConnection();
  const asked = ask(`https://127.0.0.1:${port}/`, connection.dispatcher);
  await until(() => (seen[0]?.first.length ?? 0) > 200);
  expect(seen[0]?.first.includes('127.0.0.1')).toBe(false);
  connection.destroy();
  await asked;
});

test('1: a connection is destroyed at once, whatever the other side does', async () => {
  const connection = await createSingleConnection();
  const asked = ask(`http://127.0.0.1:${port}/x`, connection.dispatcher);
  await until(() => (seen[0]?.first.length ?? 0) > 0);
  expect(seen[0]?.first.toString()).toMatch(/^GET \/x HTTP\/1\.1\r\n/);
  connection.destroy();
  await until(() => seen[0]?.gone === true);
  expect(await asked).toBeInstanceOf(TypeError);
});

test('1: one that is destroyed before it was made never carries anything', async () => {
  const connection = await createSingleConnection();
  connection.destroy();
  const asked = ask(`http://127.0.0.1:${port}/`, connection.dispatcher);
  expect(await asked).toMatchObject({ cause: { message: 'the connection was given up' } });
  expect(seen.map(({ first }) => first.length).filter((length) => length > 0)).toEqual([]);
});

test('a server that is not there is told by what is wrong', async () => {
  const door = await openDoor();
  await door.close();
  const error = (await ask(door.url, (await createSingleConnection()).dispatcher)) as Error;
  expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
});

test('a dispatcher for plain requests carries them, several over time, until it is closed', async () => {
  const door = await openDoor();
  const dispatcher = await createDispatcher({});
  expect([await ask(door.url, dispatcher), await ask(`${door.url}/again`, dispatcher)]).toEqual([200, 200]);
  await dispatcher.close();
  expect(await ask(door.url, dispatcher)).toBeInstanceOf(TypeError);
  expect(door.asked).toHaveLength(2);
  await door.close();
});

test('3: the agent is of the major version of the client inside Node, whose handlers it calls', async () => {
  const { default: installed } = await import('undici/package.json', { with: { type: 'json' } });
  expect(installed.version.split('.')[0]).toBe(process.versions['undici']?.split('.')[0]);
});
