/**
 * The owners' ledger: each way in which an owner changes, as one commit on its partition. Nothing else writes there.
 *
 * A1. An event key has one effect: its inbox row is looked up and written in the commit that decides it.
 * A2. A run's word counts only while its claim stands: the fence is compared in the same commit.
 */
import { type Clock, conflict, type JsonObject } from '@leasehold/kernel';
import type { Ledger, Row, Snapshot, Update } from '@leasehold/store';
import type { Decision, OwnedRows, OwnedTypes } from '../model/decision.ts';
import type { Source } from '../model/message.ts';
import type { OwnedState } from '../model/state.ts';
import { withJournal } from './journal.ts';
import { type ListingDefinition, listingChanges, relisted } from './listing.ts';
import { INBOX_TTL_MS, inboxKey, inboxKeys } from './lives.ts';
import { changedRows, isReadable, readRows, type StateCodec, timerOf } from './owner-rows.ts';

/** What a service says of its owners: how their rows are read, what is shown of them, and what is decided. */
export interface OwnerDefinition<T extends OwnedTypes> extends StateCodec<T>, ListingDefinition<T> {
  /** As this replica, with the backends that it has, understands the state. Absent: as it is written. */
  understood?(state: T['state'], context: T['context']): T['state'];
  /** What its journal says of it; nothing of one that was not there. */
  factsOf(state: T['state']): JsonObject;
  decideCommand(rows: OwnedRows<T>, command: T['command'], source: Source, context: T['context']): Decision<T>;
  /** Time has passed. */
  decideWake(rows: OwnedRows<T>, context: T['context']): Decision<T>;
}

/** What the world says, fresh for each decision. */
export type ContextSource<T extends OwnedTypes> = (asked?: T['asked']) => T['context'];

export interface Outcome<T extends OwnedTypes> {
  readonly decision: Decision<T>;
  /** The event key had its effect before. */
  readonly duplicate: boolean;
  /** Of a duplicate: what it came to then. */
  readonly cameTo?: string;
}

interface ReadOptions {
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

export interface ReadRows<T extends OwnedTypes> extends OwnedRows<T> {
  readonly version: number;
  /** When the store says that there is work: what every replica finds by. */
  readonly workTimerMs: number | undefined;
}

export interface Owners<T extends OwnedTypes> {
  /** @throws Fault `Unavailable` (`NewerRelease`) where another release has to see to it. */
  read(ownerId: string, options?: ReadOptions): Promise<ReadRows<T>>;
  /** For whoever walks over many: nothing where another release has to see to it. */
  find(ownerId: string, options?: ReadOptions): Promise<ReadRows<T> | undefined>;
  /** Whether this event key was decided before. */
  known(ownerId: string, eventKey: string, signal?: AbortSignal): Promise<boolean>;
  command(
    ownerId: string,
    command: T['command'],
    source: Source,
    asked: T['asked'],
    signal?: AbortSignal,
  ): Promise<Outcome<T>>;
  wake(ownerId: string, signal?: AbortSignal): Promise<Decision<T>>;
  /** For one that was found in the directory that walks read: it leaves that where it should not be there. @returns whether it did. */
  relist(ownerId: string, signal?: AbortSignal): Promise<boolean>;
  /** Any other pure decision on an owner's rows. */
  decide(
    ownerId: string,
    decide: (rows: OwnedRows<T>, context: T['context']) => Decision<T>,
    signal?: AbortSignal,
  ): Promise<Decision<T>>;
}

export interface OwnersDeps<T extends OwnedTypes> {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly context: ContextSource<T>;
  /** Called once for each decision that was committed, with the state before it. */
  readonly onDecision?: (decision: Decision<T>, before: T['state']) => void;
}

export function createOwners<T extends OwnedTypes>(definition: OwnerDefinition<T>, deps: OwnersDeps<T>): Owners<T> {
  const { ledger, clock, context, onDecision } = deps;
  const { names } = definition;

  const decide: Owners<T>['decide'] = async (ownerId, make, signal) => {
    const { decision, before } = await ledger.update(
      names.partitionOf(ownerId),
      (now) => {
        const here = context();
        const rows = readHere(definition, ownerId, now, here);
        const made = make(rows, here);
        const { decision, ...update } = updateOf(definition, ownerId, now, rows, made, clock.now(), undefined);
        return { ...update, result: { decision, before: rows.state } };
      },
      signal ? { signal } : {},
    );
    onDecision?.(decision, before);
    return decision;
  };

  const readOf = (ownerId: string, now: Snapshot): ReadRows<T> => ({
    ...readHere(definition, ownerId, now, context()),
    version: now.version,
    workTimerMs: timerOf(now, 'timer/work'),
  });

  return {
    decide,
    find: async (ownerId, options = {}) => {
      const now = await ledger.load(names.partitionOf(ownerId), options);
      return isReadable(definition, now) ? readOf(ownerId, now) : undefined;
    },
    relist: (ownerId, signal) => {
      const relist = (now: Snapshot) => relistUpdate(definition, ownerId, now, context());
      return ledger.update(names.partitionOf(ownerId), relist, signal ? { signal } : {});
    },
    wake: (ownerId, signal) => decide(ownerId, (rows, now) => definition.decideWake(rows, now), signal),
    read: async (ownerId, options = {}) => readOf(ownerId, await ledger.load(names.partitionOf(ownerId), options)),
    known: async (ownerId, eventKey, signal) => {
      const need = inboxKeys(eventKey, clock.now());
      const now = await ledger.load(names.partitionOf(ownerId), { need, ...(signal ? { signal } : {}) });
      return need.some((key) => now.rows.has(key));
    },
    command: async (ownerId, command, source, asked, signal) => {
      const need = source.type === 'event' ? inboxKeys(source.eventKey, clock.now()) : [];
      const outcome = await ledger.update<Outcome<T> & { readonly before: T['state'] }>(
        names.partitionOf(ownerId),
        (now) => {
          const here = context(asked);
          const rows = readHere(definition, ownerId, now, here);
          const earlier = need.map((key) => now.rows.get(key)).find((text) => text !== undefined);
          if (earlier !== undefined) {
            const { as } = JSON.parse(earlier) as { readonly as: string };
            return { result: { decision: unchanged(rows), duplicate: true, cameTo: as, before: rows.state } };
          }
          const made = definition.decideCommand(rows, command, source, here);
          const by = { command, source };
          const { decision, ...update } = updateOf(definition, ownerId, now, rows, made, clock.now(), by);
          return { ...update, result: { decision, duplicate: false, before: rows.state } };
        },
        { need, ...(signal ? { signal } : {}) },
      );
      if (!outcome.duplicate) onDecision?.(outcome.decision, outcome.before);
      return outcome;
    },
  };
}

function readHere<T extends OwnedTypes>(
  definition: OwnerDefinition<T>,
  ownerId: string,
  now: Snapshot,
  here: T['context'],
): OwnedRows<T> {
  const rows = readRows(definition, ownerId, now);
  return definition.understood ? { ...rows, state: definition.understood(rows.state, here) } : rows;
}

/** Who only another release can read is left to that one. */
function relistUpdate<T extends OwnedTypes>(
  definition: OwnerDefinition<T>,
  ownerId: string,
  now: Snapshot,
  here: T['context'],
): Update<boolean> {
  if (!isReadable(definition, now)) return { result: false };
  const entries = relisted(definition, ownerId, readHere(definition, ownerId, now, here));
  return { entries, result: entries.length > 0 };
}

interface Asked<T extends OwnedTypes> {
  readonly command: T['command'];
  readonly source: Source;
}

/** Refused by REST: nothing is written, not even that it was asked. */
const leavesNoTrace = <T extends OwnedTypes>(decision: Decision<T>, asked: Asked<T> | undefined): boolean =>
  asked?.source.type === 'rest' && decision.disposition.kind === 'refused';

/** @returns the decision as it is kept, with what keeps it. */
function updateOf<T extends OwnedTypes>(
  definition: OwnerDefinition<T>,
  ownerId: string,
  now: Snapshot,
  before: OwnedRows<T>,
  decided: Decision<T>,
  nowMs: number,
  asked: Asked<T> | undefined,
): Omit<Update<unknown>, 'result'> & { readonly decision: Decision<T> } {
  if (leavesNoTrace(decided, asked)) return { decision: decided };
  const { decision, journal } = withJournal(definition, ownerId, decided, before.state, nowMs, asked);
  const changes = changedRows(now, before, decision, nowMs);
  const inbox: Row[] =
    asked?.source.type === 'event'
      ? [
          {
            key: inboxKey(asked.source.eventKey, nowMs),
            value: JSON.stringify({ at: nowMs, as: decision.disposition.kind }),
            ttlMs: INBOX_TTL_MS,
          },
        ]
      : [];
  return {
    decision,
    put: [...changes.put, ...inbox, ...journal.map(({ row }) => row)],
    remove: changes.remove,
    entries: [...listingChanges(definition, ownerId, before, decision), ...journal.map(({ entry }) => entry)],
  };
}

const unchanged = <T extends OwnedTypes>({ state, waiting }: OwnedRows<T>): Decision<T> => ({
  state,
  waiting,
  outgoing: [],
  reasons: [],
  finished: [],
  disposition: { kind: 'repeat' },
  workAtMs: undefined,
  wakeAtMs: undefined,
});

/** A2: the run that asks must still be the one that holds the owner. */
export function requireClaim(state: Pick<OwnedState, 'claim' | 'fence'>, holder: string, fence: number): void {
  if (state.claim?.holder !== holder || state.claim.fence !== fence)
    throw conflict(`another process works on this tenant now (fence ${state.fence}, ours was ${fence})`, {
      code: 'FenceLost',
    });
}
