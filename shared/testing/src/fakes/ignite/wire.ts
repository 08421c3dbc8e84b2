/**
 * Bytes of Ignite's thin-client protocol: little-endian numbers, and strings with a type code and a length in bytes.
 */
const STRING = 9;
const NULL = 101;

export interface Reader {
  readonly left: number;
  byte(): number;
  short(): number;
  int(): number;
  long(): bigint;
  text(): string | null;
}

export function readerOf(bytes: Buffer): Reader {
  let at = 0;
  const take = (size: number): number => {
    at += size;
    return at - size;
  };
  const reader: Reader = {
    get left() {
      return bytes.length - at;
    },
    byte: () => bytes.readInt8(take(1)),
    short: () => bytes.readInt16LE(take(2)),
    int: () => bytes.readInt32LE(take(4)),
    long: () => bytes.readBigInt64LE(take(8)),
    text() {
      const code = reader.byte();
      if (code === NULL) return null;
      if (code !== STRING) throw new Error(`no string but type ${code}`);
      const length = reader.int();
      const from = take(length);
      return bytes.toString('utf8', from, from + length);
    },
  };
  return reader;
}

const sized = (size: number, write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};

export const byte = (value: number): Buffer => sized(1, (bytes) => bytes.writeInt8(value));
export const short = (value: number): Buffer => sized(2, (bytes) => bytes.writeInt16LE(value));
export const int = (value: number): Buffer => sized(4, (bytes) => bytes.writeInt32LE(value));
export const long = (value: bigint): Buffer => sized(8, (bytes) => bytes.writeBigInt64LE(value));
export const flag = (value: boolean): Buffer => byte(value ? 1 : 0);

export function text(value: string | null): Buffer {
  if (value === null) return byte(NULL);
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([byte(STRING), int(bytes.length), bytes]);
}

/** A message with its length in front. */
export const frame = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
};
