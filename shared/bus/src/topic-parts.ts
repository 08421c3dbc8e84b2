/**
 * The parts of a topic that are consumed: the topic itself where it has no partitions, else each of them. Owns which there are;
 * leaves what becomes of messages to `partitioned-consumer.ts`.
 *
 * 1. A part that cannot be opened holds up no other; the next `adapt` tries it again.
 * 2. A part that leaves hands over nothing any more, and is closed.
 * 3. More than `bus.partitions` are refused, with the name of the bound.
 */
import { asFault, type Fault } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';
import { partitionTopic } from './topic-name.ts';

/** A partition's number; undefined: the topic has none. */
export type Place = number | undefined;

export interface Part {
  readonly place: Place;
  readonly consumer: Consumer;
  /** Ids that the caller holds. */
  readonly held: Set<string>;
  isLeaving: boolean;
}

export interface PartsOptions extends ConsumerOptions {
  readonly bounds: BusBounds;
  open(wanted: ConsumerOptions): Promise<Consumer>;
  /** Resolves when the part may hand over its next message. */
  arrived(part: Part, message: IncomingMessage): Promise<void>;
  /** The part's consumer has ended by itself. */
  broke(fault: Fault): void;
  left(part: Part): void;
}

export interface Parts {
  get(place: Place): Part | undefined;
  all(): readonly Part[];
  /** Opens what there should be and is not, closes what should not be. @throws the first fault of those not opened. */
  adapt(partitions: number): Promise<void>;
  /** To be called while nothing is being adapted. */
  close(): Promise<void>;
}

const placesOf = (partitions: number): readonly Place[] =>
  partitions === 0 ? [undefined] : Array.from({ length: partitions }, (_, place) => place);

/** Messages of one part, one after the other, under the topic's own name. */
async function handOver(part: Part, { topic, arrived, broke }: PartsOptions): Promise<void> {
  const { place, consumer } = part;
  try {
    while (!part.isLeaving) {
      const message = await consumer.receive();
      await arrived(part, place === undefined ? message : { ...message, topic, partition: place });
    }
  } catch (error) {
    if (!part.isLeaving) broke(asFault(error));
  }
}

export function createParts(options: PartsOptions): Parts {
  const { topic, subscription, window, bounds } = options;
  const parts = new Map<Place, Part>();
  const open = async (place: Place, share: number): Promise<void> => {
    const at = place === undefined ? topic : partitionTopic(topic, place);
    const consumer = await options.open({ topic: at, subscription, window: share });
    const part: Part = { place, consumer, held: new Set(), isLeaving: false };
    parts.set(place, part);
    void handOver(part, options);
  };
  const close = async (part: Part): Promise<void> => {
    part.isLeaving = true;
    parts.delete(part.place);
    options.left(part);
    await part.consumer.close();
  };
  return {
    get: (place) => parts.get(place),
    all: () => [...parts.values()],
    adapt: async (partitions) => {
      if (partitions > bounds.partitions.value) throw tooMany(options, partitions);
      const wanted = placesOf(partitions);
      const share = Math.max(1, Math.ceil(window / wanted.length));
      const leaving = [...parts.values()].filter(({ place }) => !wanted.includes(place));
      await Promise.all(leaving.map(close));
      const missing = wanted.filter((place) => !parts.has(place));
      const opened = await Promise.allSettled(missing.map((place) => open(place, share)));
      const failed = opened.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
    },
    close: async () => {
      await Promise.all([...parts.values()].map(close));
    },
  };
}

const tooMany = ({ topic, bounds: { partitions } }: PartsOptions, count: number): Fault =>
  busUnavailable(`${topic} has ${count} partitions, over ${partitions.name} ${partitions.value}`);
