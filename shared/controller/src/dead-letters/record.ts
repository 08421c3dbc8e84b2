/**
 * A dead letter on record: what is kept of it, what has become of it, and whose it is.
 *
 * R1. It is open until a redrive is taken: `solved` once the original had its effect, or can have none any more; `waiting` while it
 *     waits for its tenant or for the brake. What dies again is open again.
 * R2. Its tenant is whom the message names, as far as anything of it can be read: also where it is undecodable or invalid. A topic
 *     of a tenant's own names it where the message does not.
 */
import {
  type DEAD_LETTER_STATES,
  PLATFORM_NAMESPACES,
  type ProblemCode,
  parseTopic,
  tenantIdSchema,
} from '@leasehold/contracts';
import type { KeptMessage } from '../model/message.ts';
import { bytesOf, decodedOf, isPayloadKept } from './dead-message.ts';

export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

export interface Redrive {
  readonly atMs: number;
  readonly by: string;
  readonly reason?: string;
  readonly outcome: string;
}

export interface DeadLetter {
  readonly id: string;
  readonly code: ProblemCode;
  readonly message: string;
  readonly letter: KeptMessage;
  readonly attempts: number;
  readonly deadAtMs: number;
  readonly tenantId?: string;
  readonly redrives: readonly Redrive[];
  /** Absent: it follows from the last redrive. */
  readonly state?: DeadLetterState;
  /** It has its entry in the timeline. Absent: an earlier release wrote it. */
  readonly timed?: true;
}

const TAKEN: Readonly<Record<string, DeadLetterState>> = {
  applied: 'solved',
  repeat: 'solved',
  dropped: 'solved',
  waiting: 'waiting',
  held: 'waiting',
};

/** R1. */
export const stateAfter = (outcome: string): DeadLetterState => TAKEN[outcome] ?? 'open';

export function stateOf({ state, redrives }: DeadLetter): DeadLetterState {
  const last = redrives.at(-1);
  return state ?? (last === undefined ? 'open' : stateAfter(last.outcome));
}

export const tenantOfDeadLetter = (record: DeadLetter): string | undefined =>
  record.tenantId ?? tenantOfMessage(record.letter);

/** R2. */
export function tenantOfMessage(letter: KeptMessage): string | undefined {
  return namedIn(readable(letter)) ?? ownerOf(letter.topic);
}

function readable(letter: KeptMessage): unknown {
  const decoded = decodedOf(letter);
  if (decoded !== undefined || !isPayloadKept(letter)) return decoded;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(letter)));
  } catch {
    return undefined;
  }
}

function namedIn(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  return tenantIdSchema.safeParse((value as { readonly tenant_id?: unknown }).tenant_id).data;
}

function ownerOf(topic: string): string | undefined {
  const namespace = parseTopic(topic)?.namespace;
  return namespace === undefined || PLATFORM_NAMESPACES.includes(namespace)
    ? undefined
    : tenantIdSchema.safeParse(namespace).data;
}
