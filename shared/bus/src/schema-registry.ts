/**
 * The writer schema of a message, from Pulsar's registry, for transports that do not name its version. Never guessed.
 *
 * 1. A topic without schemas: `none`. One version: that one, unless the payload could be hand-made JSON, which producers
 *    without a schema may put on such a topic. Otherwise the entry is fetched by its id: the broker names its version, or
 *    none.
 * 2. A list of versions is trusted for messages that had been received when it was asked for, and for no later ones: a
 *    schema is registered before the first message that uses it. So one question serves a burst, and a new version is
 *    never missed.
 * 3. Each partition is a topic of its own here: positions of two of them say nothing about which message came first.
 * 4. An entry never changes, and neither does its version; messages of one batch share it.
 */
import { createLru } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable, undecodable } from './faults.ts';
import { looksLikeJsonObject } from './json-payload.ts';
import { isUpTo, type MessagePosition, parsePosition } from './message-id.ts';
import type { IncomingMessage, SchemaVersion } from './port.ts';
import type { PulsarAdmin } from './pulsar-admin.ts';
import { parseTopicName, partitionTopic, topicPath } from './topic-name.ts';

export interface SchemaRegistry {
  /** To be told of every message received, in any order. */
  received(topic: string, position: MessagePosition): void;
  writerSchema(message: IncomingMessage, signal?: AbortSignal): Promise<SchemaVersion>;
}

type Versions = ReadonlyMap<bigint, SchemaVersion>;

interface TopicSchemas {
  newest: MessagePosition | undefined;
  known: { readonly versions: Versions; readonly upTo: MessagePosition } | undefined;
  asking: { readonly answer: Promise<Versions>; readonly upTo: MessagePosition } | undefined;
}

const NONE: SchemaVersion = { type: 'none' };
const ABSENT = 404;
/** That the broker answers no such question, of this entry or of any: waiting would not help. */
const UNANSWERABLE: readonly number[] = [400, ABSENT, 405, 406, 409, 410, 412, 422];
const VERSION_HEADER = 'x-pulsar-base64-schema-version';

interface RegistryAnswer {
  readonly getSchemaResponses?: readonly { readonly version: number; readonly type: string; readonly data?: string }[];
}

function readVersions(answer: unknown): Versions {
  const responses = (answer as RegistryAnswer | undefined)?.getSchemaResponses ?? [];
  return new Map(
    responses.map(({ version, type, data }): [bigint, SchemaVersion] => {
      const name = type.toLowerCase();
      return [BigInt(version), name === 'none' || !data ? { type: name } : { type: name, definition: data }];
    }),
  );
}

/** Pulsar writes a schema version as eight bytes, big-endian; undefined for anything else. */
function readVersionBytes(bytes: Uint8Array): bigint | undefined {
  return bytes.length === 8 ? Buffer.from(bytes).readBigInt64BE() : undefined;
}

function pick(versions: Versions, version: bigint): SchemaVersion {
  const schema = versions.get(version);
  if (schema) return schema;
  throw undecodable(`the message was written with schema version ${version}, which the registry does not hold`);
}

/** The versions of each topic, as far as they are known to be complete (2). */
function createVersionLists(admin: PulsarAdmin, bounds: BusBounds) {
  const topics = createLru<string, TopicSchemas>(bounds.schemaTopics);
  const received = (topic: string, position: MessagePosition): TopicSchemas => {
    const state = topics.get(topic) ?? { newest: undefined, known: undefined, asking: undefined };
    topics.set(topic, state);
    if (state.newest === undefined || isUpTo(state.newest, position)) state.newest = position;
    return state;
  };
  const ask = async (topic: string): Promise<Versions> => {
    const path = `/admin/v2/schemas/${topicPath(parseTopicName(topic))}/schemas`;
    const answer = await admin.call({ method: 'GET', path, expect: [ABSENT] });
    return answer.status === ABSENT ? new Map() : readVersions(answer.json());
  };
  const versionsFor = async (topic: string, position: MessagePosition): Promise<Versions> => {
    const state = received(topic, position);
    if (state.known && isUpTo(position, state.known.upTo)) return state.known.versions;
    if (state.asking && isUpTo(position, state.asking.upTo)) return state.asking.answer;
    const upTo = state.newest ?? position;
    // Shared by all who wait, so no single caller's signal ends it.
    const asking = { answer: ask(topic), upTo };
    state.asking = asking;
    try {
      const versions = await asking.answer;
      if (!state.known || isUpTo(state.known.upTo, upTo)) state.known = { versions, upTo };
      return versions;
    } finally {
      if (state.asking === asking) state.asking = undefined;
    }
  };
  return { received, versionsFor };
}

/** The schema version of each entry, as the broker names it (4). */
function createEntryVersions(admin: PulsarAdmin, bounds: BusBounds) {
  const entries = createLru<string, { readonly version: bigint | undefined }>(bounds.schemaEntries);
  return async (topic: string, at: MessagePosition, signal?: AbortSignal): Promise<bigint | undefined> => {
    const key = `${at.ledger}:${at.entry} ${topic}`;
    const remembered = entries.get(key);
    if (remembered) return remembered.version;
    const path = `/admin/v2/persistent/${topicPath(parseTopicName(topic))}/ledger/${at.ledger}/entry/${at.entry}`;
    const answer = await admin.call({ method: 'GET', path, expect: UNANSWERABLE }, signal);
    if (UNANSWERABLE.includes(answer.status)) {
      const why = answer.status === ABSENT ? 'no longer has' : `does not show (${answer.status})`;
      throw undecodable(`the broker ${why} entry ${at.ledger}:${at.entry}, so its schema version cannot be known`);
    }
    const header = answer.headers.get(VERSION_HEADER);
    const version = header === null ? undefined : readVersionBytes(Buffer.from(header, 'base64'));
    if (header !== null && version === undefined) {
      throw busUnavailable(`Pulsar named a schema version that is not eight bytes: ${header.slice(0, 40)}`);
    }
    entries.set(key, { version });
    return version;
  };
}

/** The topic that holds the message's entry (3). */
const entryTopic = ({ topic, partition }: IncomingMessage): string =>
  partition === undefined ? topic : partitionTopic(topic, partition);

export function createSchemaRegistry(admin: PulsarAdmin, bounds: BusBounds): SchemaRegistry {
  const lists = createVersionLists(admin, bounds);
  const versionOfEntry = createEntryVersions(admin, bounds);
  return {
    received: (topic, position) => void lists.received(topic, position),
    writerSchema: async (message, signal) => {
      const position = parsePosition(message.id);
      if (!position) throw undecodable(`message id ${JSON.stringify(message.id)} is not one of Pulsar's`);
      signal?.throwIfAborted();
      const topic = entryTopic(message);
      const versions = await lists.versionsFor(topic, position);
      if (message.schemaVersion) {
        const named = readVersionBytes(message.schemaVersion);
        return named === undefined ? NONE : pick(versions, named);
      }
      const [only, ...others] = versions.values();
      if (only === undefined) return NONE;
      const isPlain = only.type !== 'avro' || !looksLikeJsonObject(message.payload);
      if (others.length === 0 && isPlain) return only;
      const version = await versionOfEntry(topic, position, signal);
      return version === undefined ? NONE : pick(versions, version);
    },
  };
}
