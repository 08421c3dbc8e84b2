/**
 * Bytes of a message to a value, whoever wrote them: Avro with the writer's schema, JSON with or without a schema.
 *
 * 1. The writer's schema is what the bus says it is, never a guess: bytes that the bus calls schemaless are JSON or they
 *    are undecodable.
 * 2. What cannot be decoded is `Invalid` with the code `Undecodable` and a message for a person; a registry that is away
 *    is `Unavailable`: the same message may decode later.
 * 3. Compiled schemas are kept within a bound, and so are their size and the payload's.
 */
import { createLru, type Log } from '@leasehold/kernel';
import { type AvroReader, createAvroReader } from './avro-reader.ts';
import { type BusBounds, busBounds } from './bounds.ts';
import { undecodable } from './faults.ts';
import { parseJsonPayload } from './json-payload.ts';
import type { Bus, IncomingMessage, SchemaVersion } from './port.ts';

export interface Decoded {
  readonly value: unknown;
  readonly encoding: 'avro' | 'json';
}

export interface Codec {
  /** @throws `Invalid` (`Undecodable`), `Unavailable` (`BusUnavailable`). */
  decode(message: IncomingMessage, signal?: AbortSignal): Promise<Decoded>;
}

export interface CodecOptions {
  readonly bus: Pick<Bus, 'writerSchema'>;
  readonly log: Log;
  readonly bounds?: Partial<BusBounds>;
}

type Compiled = { readonly reader: AvroReader } | { readonly problem: string };

const PROBLEM_CHARACTERS = 200;
const problemOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, PROBLEM_CHARACTERS);

function compile(definition: string, bounds: BusBounds): Compiled {
  if (definition.length > bounds.avroSchemaBytes.value) {
    return { problem: `it is over ${bounds.avroSchemaBytes.name} ${bounds.avroSchemaBytes.value}` };
  }
  try {
    return { reader: createAvroReader(definition) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

export function createCodec({ bus, log, bounds: changes }: CodecOptions): Codec {
  const bounds = busBounds(changes);
  const compiled = createLru<string, Compiled>(bounds.avroTypes);

  function readerFor(definition: string): AvroReader {
    let entry = compiled.get(definition);
    if (!entry) {
      entry = compile(definition, bounds);
      compiled.set(definition, entry);
      if ('problem' in entry)
        log.warn('the registry holds an Avro schema that cannot be used', { reason: entry.problem });
    }
    if ('problem' in entry) throw undecodable(`the writer's Avro schema cannot be used: ${entry.problem}`);
    return entry.reader;
  }

  function decodeAvro(payload: Uint8Array, definition: string): Decoded {
    const reader = readerFor(definition);
    try {
      return { value: reader.read(payload), encoding: 'avro' };
    } catch (error) {
      throw undecodable(`the payload is not one Avro record of its schema: ${problemOf(error)}`, error);
    }
  }

  function decodeJson(payload: Uint8Array): Decoded {
    try {
      return { value: parseJsonPayload(payload), encoding: 'json' };
    } catch (error) {
      throw undecodable(`the payload is no JSON in UTF-8 (${payload.byteLength} bytes)`, error);
    }
  }

  function decodeAs(schema: SchemaVersion, payload: Uint8Array): Decoded {
    switch (schema.type) {
      case 'avro':
        if (schema.definition === undefined) throw undecodable("the writer's Avro schema has no definition");
        return decodeAvro(payload, schema.definition);
      // A string or bytes schema says nothing about what is inside; upstream tools put JSON there.
      case 'json':
      case 'none':
      case 'bytes':
      case 'string':
        return decodeJson(payload);
      default:
        throw undecodable(`schema type ${schema.type} is neither Avro nor JSON`);
    }
  }

  return {
    decode: async (message, signal) => {
      const { payload } = message;
      if (payload.byteLength > bounds.payloadBytes.value) {
        const limit = `${bounds.payloadBytes.name} ${bounds.payloadBytes.value}`;
        throw undecodable(`the payload has ${payload.byteLength} bytes, over ${limit}`);
      }
      return decodeAs(await bus.writerSchema(message, signal), payload);
    },
  };
}
