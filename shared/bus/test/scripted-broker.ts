/**
 * For this package's tests: the door of a broker on loopback. Calls and handshakes are answered by hand, WebSocket frames are
 * bytes (RFC 6455). Not part of the package's interface.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface CannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The other end of one WebSocket. */
export interface Peer {
  readonly asked: Asked;
  /** Texts of our side since the last look. */
  takeTexts(): readonly string[];
  /** The code that our side said goodbye with. */
  readonly goodbye: number | undefined;
  readonly isGone: boolean;
  send(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  /** Says goodbye. */
  close(code: number, reason?: string): void;
  /** The connection goes without a goodbye. */
  destroy(): void;
  /** From now on a goodbye is not answered. */
  mute(): void;
}

export interface Door {
  readonly url: string;
  readonly wsUrl: string;
  readonly asked: readonly Asked[];
  readonly peers: readonly Peer[];
  /** Connections that are open. */
  readonly connections: number;
  /** How calls are answered from now on; undefined: not at all. */
  answer(how: (asked: Asked) => CannedAnswer | undefined): void;
  /** How handshakes are answered from now on; an answer refuses, `mute` never answers. */
  handshake(how: (asked: Asked) => CannedAnswer | 'accept' | 'mute'): void;
  close(): Promise<void>;
}

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const BYTES = 2;
const GOODBYE = 8;

function frameOf(kind: number, payload: Uint8Array): Uint8Array {
  const head = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  return Buffer.from([0x80 | kind, ...head, ...payload]);
}

/** Reads whole frames off the front. @returns what is left. */
function readFrames(bytes: Buffer, seen: (kind: number, payload: Buffer) => void): Buffer {
  let rest = bytes;
  for (;;) {
    const long = rest.length > 1 && ((rest[1] as number) & 0x7f) === 126;
    if (rest.length < (long ? 8 : 6)) return rest;
    const length = long ? rest.readUInt16BE(2) : (rest[1] as number) & 0x7f;
    const start = (long ? 4 : 2) + 4;
    if (rest.length < start + length) return rest;
    const mask = rest.subarray(start - 4, start);
    const payload = Buffer.from(
      rest.subarray(start, start + length).map((byte, at) => byte ^ (mask[at % 4] as number)),
    );
    seen((rest[0] as number) & 0x0f, payload);
    rest = rest.subarray(start + length);
  }
}

function createPeer(asked: Asked, socket: Socket): Peer {
  const texts: string[] = [];
  const state: { goodbye: number | undefined; muted: boolean; gone: boolean; rest: Buffer } = {
    goodbye: undefined,
    muted: false,
    gone: false,
    rest: Buffer.alloc(0),
  };
  socket.on('data', (data: Buffer) => {
    state.rest = readFrames(Buffer.concat([state.rest, data]), (kind, payload) => {
      if (kind === TEXT) texts.push(payload.toString());
      if (kind !== GOODBYE) return;
      state.goodbye = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      if (!state.muted) socket.end(frameOf(GOODBYE, payload));
    });
  });
  socket.on('close', () => {
    state.gone = true;
  });
  return {
    asked,
    takeTexts: () => texts.splice(0),
    get goodbye() {
      return state.goodbye;
    },
    get isGone() {
      return state.gone;
    },
    send: (text) => void socket.write(frameOf(TEXT, Buffer.from(text))),
    sendBytes: (bytes) => void socket.write(frameOf(BYTES, bytes)),
    close: (code, reason = '') => {
      socket.end(frameOf(GOODBYE, Buffer.from([code >> 8, code & 0xff, ...Buffer.from(reason)])));
    },
    destroy: () => socket.destroy(),
    mute: () => {
      state.muted = true;
    },
  };
}

const askedOf = ({ method = '', url = '', headers }: IncomingMessage, body = ''): Asked => ({
  method,
  url,
  headers,
  body,
});

const refusal = ({ status = 200, headers = {} }: CannedAnswer): string =>
  `HTTP/1.1 ${status} Canned\r\n${Object.entries({ ...headers, 'content-length': '0', connection: 'close' })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

function accept(asked: Asked, socket: Socket): Peer {
  const key = String(asked.headers['sec-websocket-key']);
  const accepted = createHash('sha1').update(`${key}${MAGIC}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`,
  );
  return createPeer(asked, socket);
}

export async function openDoor(): Promise<Door> {
  const asked: Asked[] = [];
  const peers: Peer[] = [];
  const sockets = new Set<Socket>();
  let answer: Parameters<Door['answer']>[0] = () => ({});
  let handshake: Parameters<Door['handshake']>[0] = () => 'accept';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = askedOf(request, Buffer.concat(chunks).toString());
    asked.push(one);
    const canned = answer(one);
    if (canned !== undefined) response.writeHead(canned.status ?? 200, { ...canned.headers }).end(canned.body);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const one = askedOf(request);
    asked.push(one);
    socket.on('error', () => undefined);
    // What the other side gave up is gone here too.
    socket.resume().on('end', () => socket.destroy());
    const how = handshake(one);
    if (how === 'accept') peers.push(accept(one, socket));
    else if (how !== 'mute') socket.end(refusal(how));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    wsUrl: `ws://${host}`,
    asked,
    peers,
    get connections() {
      return sockets.size;
    },
    answer: (how) => {
      answer = how;
    },
    handshake: (how) => {
      handshake = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const MOST_TURNS = 2_000_000;

/** Lets the loopback do its work until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    if (turn >= MOST_TURNS) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
