/**
 * From a message to its end: read, decided, and acked only after the commit (and, where it became a dead letter, after that was
 * confirmed).
 *
 * V4. A message is done when no dead letter of it waits to be confirmed, also when it comes again after its commit.
 */
import type { Codec, IncomingMessage } from '@leasehold/bus';
import type { ProblemCode } from '@leasehold/contracts';
import type { Clock, Fault, Log } from '@leasehold/kernel';
import type { PreparedMessage, Relay } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import { keepable, keptMessageOf } from '../dead-letters/dead-message.ts';
import type { DeadLetterOutgoing, OwnedTypes } from '../model/decision.ts';
import type { EventSource, KeptMessage } from '../model/message.ts';
import type { ServiceNames } from '../rows/names.ts';
import { outgoingOf } from '../rows/owner-rows.ts';
import type { Outcome, Owners } from '../rows/owners.ts';
import { type EventCatalogue, readEvent } from './read-event.ts';

export interface IntakeDeps<T extends OwnedTypes> {
  readonly names: ServiceNames;
  readonly events: EventCatalogue<T>;
  readonly codec: Codec;
  readonly ledger: Pick<Ledger, 'load'>;
  readonly deadLetters: DeadLetters;
  readonly relay: Pick<Relay, 'drained'>;
  /** Decides what an event asks for, with what has to be asked of others before. */
  readonly decide: (
    ownerId: string,
    command: T['command'],
    source: EventSource,
    signal: AbortSignal,
  ) => Promise<Outcome<T>>;
  /** Sends a message that is too large to be kept; resolves when it is confirmed. */
  readonly send: (outgoing: DeadLetterOutgoing, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where nothing has to be asked before a command is decided. */
export const decidePlainly =
  <T extends OwnedTypes>(owners: Pick<Owners<T>, 'command'>): IntakeDeps<T>['decide'] =>
  (ownerId, command, source, signal) =>
    owners.command(ownerId, command, source, undefined, signal);

export async function prepareEvent<T extends OwnedTypes>(
  deps: IntakeDeps<T>,
  message: IncomingMessage,
): Promise<PreparedMessage> {
  const read = await readEvent(deps, message, deps.clock.now());
  if (read.kind === 'bad')
    return {
      lane: `letter:${message.id}`,
      run: (signal) => bury(deps, read.letter, read.code, read.message, 1, signal),
    };
  return {
    lane: read.ownerId,
    run: async (signal) => {
      const outcome = await handleEvent(deps, read.ownerId, read.command, read.source, signal);
      return { outcome: outcome.duplicate ? 'duplicate' : outcomeLabel(outcome) };
    },
  };
}

/** What could not be handled at all: on record, confirmed on the dead letter topic, then done. */
async function bury(
  deps: Pick<IntakeDeps<OwnedTypes>, 'deadLetters' | 'relay' | 'send'>,
  letter: KeptMessage,
  code: ProblemCode,
  message: string,
  attempts: number,
  signal: AbortSignal,
): Promise<{ readonly outcome: string }> {
  if (keepable(letter) !== letter) {
    const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message, attempts };
    await deps.deadLetters.file(outgoing, undefined, signal);
    await deps.send(outgoing, signal);
    return { outcome: 'dead_letter' };
  }
  const { partition, key } = await deps.deadLetters.fileAndSend(letter, code, message, attempts, signal);
  await deps.relay.drained(partition, key, signal);
  return { outcome: 'dead_letter' };
}

export async function handleEvent<T extends OwnedTypes>(
  deps: Pick<IntakeDeps<T>, 'names' | 'ledger' | 'decide' | 'relay' | 'log'>,
  ownerId: string,
  command: T['command'],
  source: EventSource,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  const outcome = await deps.decide(ownerId, command, source, signal);
  const { decision } = outcome;
  deps.log.info('event decided', {
    ...deps.names.about(ownerId),
    command: command.kind,
    outcome: outcome.duplicate ? 'duplicate' : decision.disposition.kind,
    reasons: decision.reasons,
  });
  const mayHaveDied = outcome.duplicate || decision.outgoing.some(({ kind }) => kind === 'dead-letter');
  if (mayHaveDied) await ownDeadLettersConfirmed(deps, deps.names.partitionOf(ownerId), source.letter, signal);
  return outcome;
}

/** V4. Those of other messages, which waited, belong to messages that were acked long ago. */
async function ownDeadLettersConfirmed(
  deps: Pick<IntakeDeps<OwnedTypes>, 'ledger' | 'relay'>,
  partition: string,
  { topic, messageId }: KeptMessage,
  signal: AbortSignal,
): Promise<void> {
  const now = await deps.ledger.load(partition, { signal });
  for (const [key, value] of now.rows) {
    if (!key.startsWith('outbox/')) continue;
    const outgoing = outgoingOf(value);
    if (outgoing.kind === 'dead-letter' && outgoing.letter.messageId === messageId && outgoing.letter.topic === topic)
      await deps.relay.drained(partition, key, signal);
  }
}

const outcomeLabel = <T extends OwnedTypes>({ decision: { disposition } }: Outcome<T>): string =>
  disposition.kind === 'refused' ? 'dead_letter' : disposition.kind;

/** An event that failed again and again for a reason that is no backend's: ours. It must not block those behind it. */
export async function cannotHandle(
  deps: Pick<IntakeDeps<OwnedTypes>, 'codec' | 'deadLetters' | 'relay' | 'send' | 'log'>,
  message: IncomingMessage,
  fault: Fault,
  attempts: number,
  signal: AbortSignal,
): Promise<{ readonly outcome: string }> {
  deps.log.error('an event could not be handled', { topic: message.topic, message_id: message.id, error: fault });
  // What it says is kept beside its bytes, as far as it can be read: whose it is, for one.
  const read = await deps.codec.decode(message).catch(() => undefined);
  return bury(deps, keptMessageOf(message, read), 'internal', fault.message, attempts, signal);
}
