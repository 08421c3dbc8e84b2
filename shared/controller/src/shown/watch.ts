/**
 * The status of one owner as a stream: what is, then each change, until nothing more comes by itself.
 *
 * S1. Every event is the whole status. Its id names the version and what was told: a client that comes back after an id
 *     sees what is new since, misses no end state, and is told nothing twice.
 * S2. Changes of this process come at once, as they were committed and without a read of the store; those of other replicas,
 *     and of the switches, within the poll.
 * S3. A stream ends when nothing more comes by itself, as the service says.
 */
import type { StreamEvent } from '@leasehold/http';
import { bound, type Clock, digest } from '@leasehold/kernel';
import type { Ledger, Snapshot } from '@leasehold/store';
import type { OwnedTypes } from '../model/decision.ts';
import { readRows, type StateCodec } from '../rows/owner-rows.ts';
import type { Owners } from '../rows/owners.ts';

const POLL = bound('status-stream-poll-ms', 1_000);

export interface WatchParts<T extends OwnedTypes> {
  readonly codec: StateCodec<T>;
  readonly owners: Pick<Owners<T>, 'read'>;
  readonly ledger: Pick<Ledger, 'store' | 'onCommit'>;
  readonly clock: Clock;
  readonly view: (state: T['state']) => object;
  /** S3. */
  readonly isSettled: (state: T['state']) => boolean;
}

/** Commits that change nothing that is shown (an outbox row that was sent) have the digest of the one before. */
const digestOfId = (id: string | undefined): string | undefined => id?.split('.')[1];

const eventOf = <T extends OwnedTypes>({ view }: WatchParts<T>, { state, version }: Look<T>): StreamEvent => {
  const data = view(state);
  return { id: `${version}.${digest(data).slice(0, 12)}`, event: 'status', data };
};

/** S1, S3: whether whoever was told this id was told everything, the end included. */
export async function hasHeardTheEnd<T extends OwnedTypes>(
  parts: WatchParts<T>,
  ownerId: string,
  lastEventId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const look = await parts.owners.read(ownerId, { fresh: !parts.ledger.store.exclusive, signal });
  return parts.isSettled(look.state) && digestOfId(lastEventId) === digestOfId(eventOf(parts, look).id);
}

export async function* watchOwner<T extends OwnedTypes>(
  parts: WatchParts<T>,
  ownerId: string,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const { ledger, clock, codec } = parts;
  const seen = createSeen(codec, ownerId);
  let wake: (() => void) | undefined;
  const unwatch = ledger.onCommit((partition, now) => {
    if (partition !== codec.names.partitionOf(ownerId)) return;
    seen.committed(now);
    wake?.();
  });
  let told = digestOfId(after);
  try {
    while (!signal.aborted) {
      const look = seen.take() ?? (await lookAt(parts, ownerId, seen, signal));
      const event = eventOf(parts, look);
      if (digestOfId(event.id) !== told) {
        told = digestOfId(event.id);
        yield event;
      }
      if (parts.isSettled(look.state)) return;
      if (!seen.hasNews()) await firstOf(clock.sleep(POLL.value, signal), (resolve) => (wake = resolve));
      wake = undefined;
    }
  } finally {
    unwatch();
  }
}

/** S2: what is known already is read again only where the store has another version of it. */
async function lookAt<T extends OwnedTypes>(
  { owners, ledger: { store }, codec }: WatchParts<T>,
  ownerId: string,
  seen: Seen<T>,
  signal: AbortSignal,
): Promise<Look<T>> {
  const known = seen.newest();
  if (known !== undefined && !store.exclusive) {
    const { version } = await store.load(codec.names.partitionOf(ownerId), [], signal);
    if (version === known.version) return known;
  }
  return seen.newer(await owners.read(ownerId, { fresh: !store.exclusive, signal }));
}

interface Look<T extends OwnedTypes> {
  readonly state: T['state'];
  readonly version: number;
}

interface Seen<T extends OwnedTypes> {
  committed(now: Snapshot): void;
  hasNews(): boolean;
  newest(): Look<T> | undefined;
  take(): Look<T> | undefined;
  newer(look: Look<T>): Look<T>;
}

/** The newest that was seen of an owner: a read that was overtaken by a commit is not told after it. */
function createSeen<T extends OwnedTypes>(codec: StateCodec<T>, ownerId: string): Seen<T> {
  let news: Snapshot | undefined;
  let newest: Look<T> | undefined;
  const newer = (look: Look<T>): Look<T> => {
    if (newest === undefined || look.version >= newest.version) newest = look;
    return newest;
  };
  return {
    committed: (now) => {
      news = now;
    },
    hasNews: () => news !== undefined,
    newest: () => newest,
    take: () => {
      const now = news;
      news = undefined;
      return now && newer({ state: readRows(codec, ownerId, now).state, version: now.version });
    },
    newer,
  };
}

async function firstOf(timer: Promise<void>, listen: (resolve: () => void) => void): Promise<void> {
  await Promise.race([timer.catch(() => undefined), new Promise<void>(listen)]);
}
