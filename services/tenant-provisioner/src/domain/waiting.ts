/**
 * Messages that wait: for an unknown or incomplete tenant, for the tier they start from, for a deletion's end.
 *
 * W1. They are tried again, in the order in which they came, whenever the tenant has changed; the first that can act acts.
 * W2. Each ends: in its effect, as a repeat, dropped, or as a dead letter when its time is up.
 * W3. They are bounded in number and in bytes, and so are the letters of one decision: a commit of any of them is possible.
 * W4. One that cannot be handled at all becomes a dead letter alone; those beside it and the tenant go on.
 * W5. One that only a newer release understands is left to it, however long it has waited.
 */

import type { ProblemCode } from '@leasehold/contracts';
import type { Source } from '@leasehold/controller/model';
import { attempt } from './attempt.ts';
import { type Command, isKnownCommand, type WaitingMessage } from './command.ts';
import { type Context, type Disposition, type Draft, deadLetter, explain, waitingSerial } from './draft.ts';

/** W5. */
const isKnownMessage = ({ command, code }: WaitingMessage): boolean => isKnownCommand(command) && code in EXPIRED;

type Apply = (draft: Draft, command: Command, source: Source, context: Context) => Disposition;

const EXPIRED: Readonly<Record<WaitingMessage['code'], { code: ProblemCode; message: string }>> = {
  'tenant-unknown': { code: 'tenant-unknown', message: 'the tenant never came, or never was complete' },
  leaving: { code: 'tenant-unknown', message: 'the deletion of the earlier tenant did not end' },
  stale: { code: 'stale', message: 'the tenant does not have the tier that the message starts from' },
};

const untilMs = (message: Pick<WaitingMessage, 'code' | 'sinceMs' | 'staleSinceMs'>, context: Context): number => {
  const { waitMs, staleMs } = context.bounds;
  const patience = message.sinceMs + waitMs;
  if (message.code === 'stale') return Math.min((message.staleSinceMs ?? context.nowMs) + staleMs, patience);
  // A deletion's grace may be longer than the usual patience; a creation waits for its end, however long it takes.
  return message.code === 'leaving' ? Number.MAX_SAFE_INTEGER : patience;
};

const bytesOf = (messages: readonly WaitingMessage[]): number =>
  messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)), 0);

/** W3. @returns false where the tenant has as many waiting messages as the bounds allow. */
export function enqueue(
  draft: Draft,
  command: Command,
  source: Source,
  code: WaitingMessage['code'],
  context: Context,
): boolean {
  if (draft.waiting.length >= context.bounds.maxWaiting) return false;
  const entry = {
    serial: waitingSerial(draft),
    command,
    source,
    code,
    sinceMs: context.nowMs,
    ...(code === 'stale' ? { staleSinceMs: context.nowMs } : {}),
  };
  const waiting = [...draft.waiting, { ...entry, untilMs: untilMs(entry, context) }];
  if (bytesOf(waiting) > context.bounds.maxWaitingBytes) return false;
  draft.waiting = waiting;
  return true;
}

const lettersOf = (draft: Draft): number => draft.outgoing.filter(({ kind }) => kind === 'dead-letter').length;

/**
 * W1 to W3. Every pass either ends one message or is the last, so there are at most as many passes as messages.
 * @returns `more` where it stopped at the bound of letters and another decision has to go on at once
 */
export function retryWaiting(draft: Draft, apply: Apply, context: Context): 'settled' | 'more' {
  for (let moved = true; moved; ) {
    moved = false;
    for (const message of draft.waiting) {
      if (lettersOf(draft) >= context.bounds.lettersPerDecision) return 'more';
      if (!tryAgain(draft, message, apply, context)) continue;
      draft.waiting = draft.waiting.filter(({ serial }) => serial !== message.serial);
      moved = true;
      break;
    }
  }
  return 'settled';
}

/** @returns whether the message has come to its end. */
function tryAgain(draft: Draft, message: WaitingMessage, apply: Apply, context: Context): boolean {
  const { source } = message;
  if (!isKnownMessage(message)) return false;
  if (message.untilMs <= context.nowMs) {
    const { code, message: text } = EXPIRED[message.code];
    if (source.type === 'event') deadLetter(draft, source.letter, code, text);
    explain(draft, 'WaitExpired', text);
    return true;
  }
  const quiet = draft.reasons.length;
  draft.trace = source.trace;
  const disposition = attempt(draft, 'everything', () => apply(draft, message.command, source, context));
  if (disposition.kind !== 'waiting') {
    if (disposition.kind === 'refused' && source.type === 'event')
      deadLetter(draft, source.letter, disposition.code, disposition.message);
    return true;
  }
  // Waiting on is no news: only the record of what changed is kept.
  draft.reasons.length = quiet;
  restamp(draft, message, disposition.code, context);
  return false;
}

function restamp(draft: Draft, message: WaitingMessage, code: WaitingMessage['code'], context: Context): void {
  if (message.code === code) return;
  const staleSinceMs = code === 'stale' ? (message.staleSinceMs ?? context.nowMs) : message.staleSinceMs;
  const next = { ...message, code, ...(staleSinceMs === undefined ? {} : { staleSinceMs }) };
  draft.waiting = draft.waiting.map((other) =>
    other.serial === message.serial ? { ...next, untilMs: untilMs(next, context) } : other,
  );
}
