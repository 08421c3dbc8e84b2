/**
 * As much of Cassandra's native protocol (version 4) as a health check needs: a frame is a header of nine bytes (version,
 * flags, stream, opcode, length) and a body. The driver would do, but takes seconds to load and to give up.
 */
export const OPCODE = {
  error: 0x00,
  startup: 0x01,
  authenticate: 0x03,
  query: 0x07,
  result: 0x08,
  authResponse: 0x0f,
  authSuccess: 0x10,
} as const;

const HEADER_BYTES = 9;
const REQUEST = 0x04;
const CONSISTENCY_ONE = 1;

export interface Frame {
  readonly opcode: number;
  readonly body: Buffer;
}

export function encodeFrame(opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(REQUEST, 0);
  header.writeUInt8(opcode, 4);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

/** The first whole frame in what has come so far, and the rest; undefined while it is not whole. */
export function decodeFrame(bytes: Buffer): { readonly frame: Frame; readonly rest: Buffer } | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const end = HEADER_BYTES + bytes.readInt32BE(5);
  if (bytes.length < end) return undefined;
  return { frame: { opcode: bytes.readUInt8(4), body: bytes.subarray(HEADER_BYTES, end) }, rest: bytes.subarray(end) };
}

const short = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const text = (value: string): Buffer => Buffer.concat([short(Buffer.byteLength(value)), Buffer.from(value)]);

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const startupBody = (): Buffer => Buffer.concat([short(1), text('CQL_VERSION'), text('3.0.0')]);

/** SASL PLAIN, what the password authenticator takes. */
export const loginBody = (username: string, password: string): Buffer =>
  withLength(Buffer.from(`\0${username}\0${password}`));

export const queryBody = (query: string): Buffer =>
  Buffer.concat([withLength(Buffer.from(query)), short(CONSISTENCY_ONE), Buffer.from([0])]);

/** The text of an error frame. */
export const errorText = (body: Buffer): string => body.subarray(6, 6 + body.readUInt16BE(4)).toString('utf8');
