/**
 * One connection to an Ignite node through the client package, with the package's faults cured here:
 *
 * 1. It is handed whole frames (`frames.ts`), one after the other: a segment that ends anywhere loses nothing.
 * 2. A failed answer keeps its status, which the package drops and tells in English alone.
 * 3. Opening has a time limit, and closing destroys the socket: a mute node holds nothing of ours.
 * 4. It never reconnects by itself and is never used again once it was lost: what is open is open, or a new one is made.
 */
import { type Bound, Fault, unavailable } from '@leasehold/kernel';
import type { Tls } from '../edge/http-client.ts';
import { type DriverClient, type DriverParts, type DriverSocket, loadDriver } from './driver.ts';
import { createFrames } from './frames.ts';

export interface IgniteSettings {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
}

export interface Connection {
  readonly client: DriverClient;
  readonly driver: DriverParts;
  close(): void;
}

/** An answer that says no: `status` is one of the protocol's. */
export class IgniteRefusal extends Error {
  override readonly name = 'IgniteRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @param lost told once, when a connection that was open has gone without our closing it. */
export async function openConnection(settings: IgniteSettings, openMs: Bound, lost: () => void): Promise<Connection> {
  const driver = await loadDriver();
  const { Ignite, ClientSocket } = driver;
  const { username, password = '', tls, host, port } = settings;
  const endpoint = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const configuration = new Ignite.IgniteClientConfiguration(endpoint);
  if (username !== undefined) configuration.setUserName(username).setPassword(password);
  configuration.setConnectionOptions(tls !== undefined, { noDelay: true, ...tls });
  let closed = false;
  const socket = new ClientSocket(endpoint, configuration, () => {
    if (!closed) lost();
  });
  feedWholeFrames(socket);
  keepStatus(socket, driver);
  await connectWithin(socket, openMs);
  const client = new Ignite();
  client._communicator._socket = { send: (code, writer, reader) => socket.sendRequest(code, writer, reader) };
  const close = () => {
    closed = true;
    socket._socket?.destroy();
  };
  return { client, driver, close };
}

/** The package's own reading, one whole frame at a time. What it throws makes it give the connection up. */
function feedWholeFrames(socket: DriverSocket): void {
  const frames = createFrames();
  const read = socket._processResponse.bind(socket);
  let last: Promise<void> = Promise.resolve();
  socket._processResponse = (bytes) => {
    // Cut at once and in order; read after what came before has been read.
    const whole = frames(bytes);
    last = last.then(async () => {
      for (const frame of whole) await read(frame);
    });
    return last;
  };
}

const STATUS_BYTES = 4;

function keepStatus(socket: DriverSocket, { readString }: DriverParts): void {
  const finish = socket._finalizeResponse.bind(socket);
  socket._finalizeResponse = async (buffer, request, success) => {
    if (success) return finish(buffer, request, success);
    const status = buffer.buffer.readInt32LE(buffer.position - STATUS_BYTES);
    request.reject(new IgniteRefusal(status, readString(buffer) ?? ''));
  };
}

async function connectWithin(socket: DriverSocket, openMs: Bound): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      unavailable(`ignite did not let us in within ${openMs.value} ms`, {
        code: 'BackendUnavailable',
        backend: 'ignite',
        away: true,
      }),
    );
  }, openMs.value);
  try {
    await Promise.race([socket.connect(), late.promise]);
  } catch (error) {
    socket._socket?.destroy();
    throw error instanceof Fault ? error : refusedEntry(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The node answers a wrong password with a text alone. */
function refusedEntry(error: unknown): unknown {
  const text = error instanceof Error ? error.message : '';
  if (!/user name or password|authenticat/i.test(text)) return error;
  const message = 'ignite refuses the user name or the password';
  return unavailable(message, { code: 'AccessDenied', backend: 'ignite', cause: error });
}
