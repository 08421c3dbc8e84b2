/**
 * A cache's configuration as Ignite's thin-client protocol 1.2 writes and reads it: properties by code on the way in, a fixed
 * order on the way out.
 */
import { flag, int, long, type Reader, text } from './wire.ts';

export interface FakeCache {
  readonly name: string;
  readonly mode: number;
  readonly atomicity: number;
  readonly backups: number;
  readonly group: string | null;
  /** Type name and field of each affinity key. */
  readonly keys: readonly (readonly [string | null, string | null])[];
  readonly entries: Map<string, Buffer>;
}

/** What a server gives a cache of which only the name is told. */
export const plainCache = (name: string): FakeCache => ({
  name,
  mode: 2,
  atomicity: 1,
  backups: 0,
  group: null,
  keys: [],
  entries: new Map(),
});

const CODE = { name: 0, mode: 1, atomicity: 2, backups: 3, writeSync: 4, group: 400, keys: 401 } as const;

export function readConfiguration(reader: Reader): FakeCache {
  reader.int();
  const count = reader.short();
  let cache = plainCache('');
  for (let each = 0; each < count; each++) cache = { ...cache, ...property(reader.short(), reader) };
  return cache;
}

function property(code: number, reader: Reader): Partial<FakeCache> {
  if (code === CODE.name) return { name: reader.text() ?? '' };
  if (code === CODE.mode) return { mode: reader.int() };
  if (code === CODE.atomicity) return { atomicity: reader.int() };
  if (code === CODE.backups) return { backups: reader.int() };
  if (code === CODE.group) return { group: reader.text() };
  if (code === CODE.writeSync) {
    reader.int();
    return {};
  }
  if (code !== CODE.keys) throw new Error(`no property ${code}`);
  return { keys: Array.from({ length: reader.int() }, () => [reader.text(), reader.text()] as const) };
}

/** In the order of the protocol's documentation, with a server's defaults for what a test never sets. */
export function writeConfiguration({ name, mode, atomicity, backups, group, keys }: FakeCache): Buffer {
  const parts = [
    [int(atomicity), int(backups), int(mode), flag(true), text(null), flag(true), flag(false), text(group)],
    [long(0n), int(500), int(1024), text(name), flag(false), int(4), int(0), int(1), flag(true)],
    [int(524_288), long(3n), long(0n), int(1), int(0), long(0n), long(10_000n)],
    [flag(false), int(-1), text(null), int(2), int(keys.length)],
    keys.flatMap(([type, field]) => [text(type), text(field)]),
    [int(0)],
  ].flat();
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}
