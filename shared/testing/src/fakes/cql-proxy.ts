/**
 * A TCP proxy between a driver and a real Cassandra that understands the frames of the native protocol (versions 3 to 5,
 * uncompressed) well enough to lose the answer of a batch, the way a coordinator or a network does.
 *
 * 1. Every frame but the one it was told to spoil passes unchanged, in order.
 * 2. A spoiled batch was either applied by the server before its answer was lost, or never reached it; which, the caller
 *    chose.
 */
import { createServer, connect as dial, type Socket } from 'node:net';

export type BatchFault =
  /** The server applies the batch; the driver is told WRITE_TIMEOUT of type CAS. */
  | 'timeout-after'
  /** The server never sees the batch; the driver is told WRITE_TIMEOUT of type CAS. */
  | 'timeout-unsent'
  /** The server applies the batch; the connection is gone before its answer. */
  | 'drop-after'
  /** As `drop-after`, and no connection is let through until `restore`. */
  | 'cut-after';

export interface CqlProxy {
  /** `host:port` for a driver. */
  readonly contactPoint: string;
  /** Spoils the next batches, one for each fault given; what was asked for earlier and is still to come is forgotten. */
  spoil(...faults: readonly BatchFault[]): void;
  /** Batches spoiled so far. */
  readonly spoiled: number;
  /** Drops every connection and refuses new ones until `restore`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

const HEADER_BYTES = 9;
const OP_ERROR = 0x00;
const OP_BATCH = 0x0d;
const WRITE_TIMEOUT = 0x1100;
const SERIAL = 0x0008;

interface Frame {
  readonly bytes: Buffer;
  readonly version: number;
  readonly stream: number;
  readonly opcode: number;
}

/** Calls back with each whole frame of a byte stream. */
function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const size = HEADER_BYTES + rest.readUInt32BE(5);
      if (rest.length < size) return;
      const bytes = rest.subarray(0, size);
      rest = rest.subarray(size);
      onFrame({ bytes, version: bytes.readUInt8(0) & 0x7f, stream: bytes.readInt16BE(2), opcode: bytes.readUInt8(4) });
    }
  };
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

/** ERROR, code WRITE_TIMEOUT: consistency, received, needed, write type. */
function casTimeout(version: number, stream: number): Buffer {
  const code = Buffer.alloc(4);
  code.writeInt32BE(WRITE_TIMEOUT);
  const numbers = Buffer.alloc(10);
  numbers.writeUInt16BE(SERIAL, 0);
  numbers.writeInt32BE(1, 2);
  numbers.writeInt32BE(2, 6);
  const body = Buffer.concat([code, text('the operation timed out'), numbers, text('CAS')]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(0x80 | version, 0);
  header.writeInt16BE(stream, 2);
  header.writeUInt8(OP_ERROR, 4);
  header.writeUInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

interface Switchboard {
  nextFault(): BatchFault | undefined;
  cut(): void;
}

function join(client: Socket, server: Socket, board: Switchboard): void {
  const doomed = new Map<number, BatchFault>();
  const drop = () => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) socket.on('error', drop).on('close', drop).setNoDelay(true);
  client.on(
    'data',
    frameReader((frame) => {
      const fault = frame.opcode === OP_BATCH ? board.nextFault() : undefined;
      if (fault === 'timeout-unsent') {
        client.write(casTimeout(frame.version, frame.stream));
        return;
      }
      if (fault) doomed.set(frame.stream, fault);
      server.write(frame.bytes);
    }),
  );
  server.on(
    'data',
    frameReader((frame) => {
      const fault = doomed.get(frame.stream);
      doomed.delete(frame.stream);
      if (fault === undefined) client.write(frame.bytes);
      else if (fault === 'timeout-after') client.write(casTimeout(frame.version, frame.stream));
      else if (fault === 'cut-after') board.cut();
      else drop();
    }),
  );
}

/** @param target `host:port` of the real server. */
export async function startCqlProxy(target: string): Promise<CqlProxy> {
  const [host = '127.0.0.1', port = '9042'] = target.split(':');
  const sockets = new Set<Socket>();
  let faults: readonly BatchFault[] = [];
  let spoiled = 0;
  let open = true;
  const cut = () => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  const nextFault = () => {
    const [fault, ...rest] = faults;
    faults = rest;
    if (fault) spoiled += 1;
    return fault;
  };
  const server = createServer((client) => {
    if (!open) {
      client.on('error', () => undefined).destroy();
      return;
    }
    const upstream = dial(Number(port), host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    join(client, upstream, { nextFault, cut });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const listening = typeof address === 'object' && address ? address.port : 0;
  return {
    contactPoint: `127.0.0.1:${listening}`,
    spoil: (...more) => {
      faults = more;
    },
    get spoiled() {
      return spoiled;
    },
    cut,
    restore: () => {
      open = true;
    },
    close: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
