/**
 * How many partitions a topic has, now and later. The mesh makes topics without partitions; an operator may have made one with
 * some, may add some, or may make one anew.
 *
 * 1. Topics with partitions are few, so one listing of a namespace answers for all its topics; those of one moment share it.
 * 2. Namespaces of watched topics are looked at one by one, each once in `bus.partitionRoundMs`, or later where there are so many
 *    that two looks would be closer than `bus.partitionGapMs`.
 * 3. A look that fails changes nothing: the next one comes.
 */
import { asFault, type Clock, createLru, type Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import type { PulsarAdmin } from './pulsar-admin.ts';
import { formatTopicName, namespacePath, parseTopicName, type TopicName, topicPath } from './topic-name.ts';

export interface Partitions {
  /** 0: the topic has none, or is not there. */
  countOf(topic: string): Promise<number>;
  /** Tells the count at every look from now on, the same one too; returns how to stop. */
  watch(topic: string, told: (count: number) => void): () => void;
  /** Looks at the topic's namespace at once. */
  lookAgain(topic: string): void;
  close(): void;
}

export interface PartitionsOptions {
  readonly admin: PulsarAdmin;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: BusBounds;
}

type Told = (count: number) => void;
/** By namespace, then by topic. */
type Watched = Map<string, Map<string, Set<Told>>>;

const ABSENT = 404;

const namespaceOf = (topic: string): string => namespacePath(parseTopicName(topic));

/** Names of partitioned topics by namespace; asked once for all who ask at about the same time (1). */
function createListings({ admin, clock, bounds }: PartitionsOptions) {
  type Names = Promise<ReadonlySet<string>>;
  const listings = createLru<string, { readonly atMs: number; readonly names: Names }>(bounds.partitionListings);
  const ask = async (namespace: string): Names => {
    const path = `/admin/v2/persistent/${namespace}/partitioned`;
    const answer = await admin.call({ method: 'GET', path, expect: [ABSENT] });
    return new Set(answer.status === ABSENT ? [] : (answer.json() as readonly string[]));
  };
  return (namespace: string): Names => {
    const known = listings.get(namespace);
    if (known && clock.now() - known.atMs < bounds.partitionFreshMs.value) return known.names;
    const names = ask(namespace);
    listings.set(namespace, { atMs: clock.now(), names });
    names.catch(() => {
      if (listings.get(namespace)?.names === names) listings.delete(namespace);
    });
    return names;
  };
}

async function askCount(admin: PulsarAdmin, name: TopicName): Promise<number> {
  const path = `/admin/v2/persistent/${topicPath(name)}/partitions`;
  const answer = await admin.call({ method: 'GET', path, expect: [ABSENT] });
  return answer.status === ABSENT ? 0 : ((answer.json() as { readonly partitions?: number }).partitions ?? 0);
}

/** Looks at one namespace after the other, until the signal ends it by an error (2). */
async function lookForEver(
  { clock, bounds }: PartitionsOptions,
  watched: Watched,
  look: (namespace: string) => Promise<void>,
  life: AbortSignal,
): Promise<void> {
  for (;;) {
    const round = [...watched.keys()];
    const gapMs = Math.max(bounds.partitionGapMs.value, bounds.partitionRoundMs.value / Math.max(1, round.length));
    if (round.length === 0) await clock.sleep(gapMs, life);
    for (const namespace of round) {
      await clock.sleep(gapMs, life);
      await look(namespace);
    }
  }
}

/** One look at a time, for whoever lost a consumer: many lose theirs in one moment. */
function createHurry(look: (namespace: string) => Promise<void>): (namespace: string) => void {
  const waiting = new Set<string>();
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    for (const namespace of waiting) {
      waiting.delete(namespace);
      await look(namespace);
    }
    running = false;
  };
  return (namespace) => {
    waiting.add(namespace);
    if (!running) void run();
  };
}

export function createPartitions(options: PartitionsOptions): Partitions {
  const { admin, log } = options;
  const listed = createListings(options);
  const watched: Watched = new Map();
  const life = new AbortController();
  const countOf = async (topic: string): Promise<number> => {
    const name = parseTopicName(topic);
    const names = await listed(namespacePath(name));
    return names.has(formatTopicName(name)) ? askCount(admin, name) : 0;
  };
  const look = async (namespace: string): Promise<void> => {
    try {
      for (const [topic, told] of watched.get(namespace) ?? []) {
        const count = await countOf(topic);
        if (!life.signal.aborted) for (const tell of [...told]) tell(count);
      }
    } catch (error) {
      log.debug('whether topics have partitions could not be asked', { err: asFault(error) });
    }
  };
  const hurry = createHurry(look);
  let isLooking = false;
  return {
    countOf,
    watch: (topic, told) => {
      const namespace = namespaceOf(topic);
      const topics = watched.get(namespace) ?? new Map<string, Set<Told>>();
      watched.set(namespace, topics.set(topic, (topics.get(topic) ?? new Set()).add(told)));
      // It ends by its signal alone.
      if (!isLooking) lookForEver(options, watched, look, life.signal).catch(() => undefined);
      isLooking = true;
      return () => {
        const left = topics.get(topic);
        left?.delete(told);
        if (left?.size === 0) topics.delete(topic);
        if (topics.size === 0) watched.delete(namespace);
      };
    },
    lookAgain: (topic) => hurry(namespaceOf(topic)),
    close: () => life.abort(new Error('the bus is closed')),
  };
}
