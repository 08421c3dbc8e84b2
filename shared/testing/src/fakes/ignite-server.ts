/**
 * A server that speaks Ignite's thin-client protocol 1.2 over TCP, as far as caches, their configurations and string entries
 * go: for tests of what happens on the wire. Answers can be cut into pieces of any size.
 *
 * 1. It refuses what a real server refuses: a wrong password, a name that is taken, a cache that is not there, a group whose
 *    caches are of another atomicity or number of backups.
 * 2. `bytesAtOnce` bytes of an answer are sent in a segment of their own, one after the other.
 */
import { createServer, type Socket } from 'node:net';
import { type FakeCache, plainCache, readConfiguration, writeConfiguration } from './ignite/configuration.ts';
import { byte, flag, frame, int, long, type Reader, readerOf, short, text } from './ignite/wire.ts';

export interface IgniteServerOptions {
  readonly username?: string;
  readonly password?: string;
  /** Segment size of answers; absent: whole. */
  readonly bytesAtOnce?: number;
  /** What a cache gets that is made by a name beginning with the key. */
  readonly templates?: Readonly<Record<string, Partial<FakeCache>>>;
}

export interface IgniteServer {
  readonly port: number;
  readonly caches: Map<string, FakeCache>;
  /** Connections that were accepted, from the beginning. */
  readonly accepted: number;
  /** Sends these bytes on every connection, whatever they are. */
  disturb(bytes: Buffer): void;
  /** Ends every connection. */
  drop(): void;
  close(): Promise<void>;
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const FAILED = 1;
const NO_CACHE = 1000;
const CACHE_EXISTS = 1001;
const OP = {
  get: 1000,
  put: 1001,
  putIfAbsent: 1002,
  removeKey: 1016,
  names: 1050,
  createByName: 1051,
  create: 1053,
  getOrCreate: 1054,
  configuration: 1055,
  destroy: 1056,
} as const;

/** Java's hash of a string: what the protocol calls a cache by. */
const hashOf = (name: string): number => [...name].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) | 0, 0);

function addTo(caches: Map<string, FakeCache>, cache: FakeCache): void {
  if (caches.has(cache.name)) {
    const text = `Failed to start cache (a cache with the same name is already started): ${cache.name}`;
    throw new Refusal(CACHE_EXISTS, text);
  }
  const mates = [...caches.values()].filter(({ group }) => group !== null && group === cache.group);
  const differs = (field: 'backups' | 'atomicity') => mates.some((mate) => mate[field] !== cache[field]);
  const mismatch = differs('backups') ? 'Backups' : differs('atomicity') ? 'Atomicity mode' : undefined;
  if (mismatch) throw new Refusal(FAILED, `${mismatch} mismatch for caches related to the same group`);
  caches.set(cache.name, cache);
}

function cacheIn(caches: ReadonlyMap<string, FakeCache>, id: number): FakeCache {
  for (const cache of caches.values()) if (hashOf(cache.name) === id) return cache;
  throw new Refusal(NO_CACHE, `Cache does not exist [cacheId= ${id}]`);
}

function entryCall(code: number, reader: Reader, { entries }: FakeCache): Buffer {
  reader.byte();
  const key = reader.text() ?? '';
  const before = entries.get(key);
  if (code === OP.get) return before ?? text(null);
  if (code === OP.removeKey) return flag(entries.delete(key));
  const value = text(reader.text());
  if (code === OP.putIfAbsent && before) return flag(false);
  entries.set(key, value);
  return code === OP.putIfAbsent ? flag(true) : Buffer.alloc(0);
}

function answer(caches: Map<string, FakeCache>, options: IgniteServerOptions, code: number, reader: Reader): Buffer {
  switch (code) {
    case OP.names:
      return Buffer.concat([int(caches.size), ...[...caches.keys()].map(text)]);
    case OP.createByName: {
      const name = reader.text() ?? '';
      const template = Object.entries(options.templates ?? {}).find(([prefix]) => name.startsWith(prefix));
      addTo(caches, { ...plainCache(name), ...template?.[1] });
      return Buffer.alloc(0);
    }
    case OP.create:
    case OP.getOrCreate: {
      const cache = readConfiguration(reader);
      if (code === OP.create || !caches.has(cache.name)) addTo(caches, cache);
      return Buffer.alloc(0);
    }
    case OP.destroy:
      caches.delete(cacheIn(caches, reader.int()).name);
      return Buffer.alloc(0);
    case OP.configuration:
      return writeConfiguration(cacheIn(caches, reader.int()));
    case OP.get:
    case OP.put:
    case OP.putIfAbsent:
    case OP.removeKey:
      return entryCall(code, reader, cacheIn(caches, reader.int()));
    default:
      throw new Refusal(FAILED, `no operation ${code}`);
  }
}

/** The first message of a connection. @returns the answer, and whether it lets the client in. */
function handshake(reader: Reader, { username, password }: IgniteServerOptions): readonly [Buffer, boolean] {
  reader.byte();
  const version = [reader.short(), reader.short(), reader.short()];
  reader.byte();
  if (version.join('.') !== '1.2.0') {
    return [frame(byte(0), short(1), short(2), short(0), text('Unsupported version.')), false];
  }
  const given = reader.left > 0 ? [reader.text(), reader.text()] : [null, null];
  if (username !== undefined && (given[0] !== username || given[1] !== password)) {
    const why = `The user name or password is incorrect [userName=${given[0]}]`;
    return [frame(byte(0), short(0), short(0), short(0), text(why)), false];
  }
  return [frame(byte(1)), true];
}

function respond(caches: Map<string, FakeCache>, options: IgniteServerOptions, reader: Reader): Buffer {
  const code = reader.short();
  const id = reader.long();
  try {
    return frame(long(id), int(0), answer(caches, options, code, reader));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return frame(long(id), int(error.status), text(error.message));
  }
}

/** One segment after the other: each is written when the one before has left. */
async function send(socket: Socket, bytes: Buffer, atOnce: number): Promise<void> {
  for (let from = 0; from < bytes.length; from += atOnce) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => socket.write(bytes.subarray(from, from + atOnce), () => resolve()));
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

function serveSocket(socket: Socket, caches: Map<string, FakeCache>, options: IgniteServerOptions): void {
  const atOnce = options.bytesAtOnce ?? Number.MAX_SAFE_INTEGER;
  let held = Buffer.alloc(0);
  let inside = false;
  let sending: Promise<void> = Promise.resolve();
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 4 && held.length >= 4 + held.readInt32LE(0)) {
      const length = held.readInt32LE(0);
      const reader = readerOf(held.subarray(4, 4 + length));
      held = held.subarray(4 + length);
      let said: Buffer;
      if (inside) said = respond(caches, options, reader);
      else [said, inside] = handshake(reader, options);
      sending = sending.then(() => send(socket, said, atOnce));
    }
  });
}

export async function createIgniteServer(options: IgniteServerOptions = {}): Promise<IgniteServer> {
  const caches = new Map<string, FakeCache>();
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveSocket(socket, caches, options);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port));
  });
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    caches,
    get accepted() {
      return accepted;
    },
    disturb: (bytes) => {
      for (const socket of sockets) socket.write(bytes);
    },
    drop,
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
