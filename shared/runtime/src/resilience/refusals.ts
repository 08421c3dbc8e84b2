/**
 * Whose fault a refusal is: the tenant's whose call it was, or the backend's, which would refuse anybody. Owns what is remembered of
 * refusals for that; leaves the calls to guard.ts.
 *
 * B1. While the backend refuses its own probe, or does not answer it, nothing that it refuses is a tenant's fault.
 * B2. The same answer to several tenants, with no success of that kind of call between, is the backend's. What it refuses with is
 *     then `Unavailable` and away: waited for, and not counted against anybody.
 * B3. While a kind of call is refused so, one call is tried at a time, with a pause between. A success ends it; where nobody tries
 *     for long, it is taken to be over, so that it cannot stand for want of a caller.
 * B4. A name that is taken, a ceiling, an object that is still leaving or coming back are about one tenant, however many are told so: also
 *     where they are waited for as if the backend were away.
 */
import { type Bound, bound, type Clock, createLru, type Fault, type Lru, unavailable } from '@leasehold/kernel';

/** Tenants that get the same failure of a server. */
const FAILED_TENANTS = bound('tenants-with-one-failure', 2);
/** Tenants that are told the same about what they ask: as likely theirs, so more of them are needed. */
const REFUSED_TENANTS = bound('tenants-with-one-refusal', 3);
/** How long refusals of different tenants may lie apart. */
const WINDOW_MS = bound('refusals-window-ms', 600_000);
/** Answers of one kind of call that are remembered beside each other. */
const ANSWERS = bound('refusals-remembered', 16);
const LAPSE_MS = bound('refusals-lapse-ms', 600_000);

export interface Refusals {
  /** Milliseconds until a call of the group is worth trying; 0: now, and the next one waits. */
  refusedForMs(group: string): number;
  succeeded(group: string): void;
  /** @returns the fault as the backend's, where it is. */
  judge(group: string, subject: string, fault: Fault): Fault | undefined;
  /** Why the probe failed, in any way; undefined: it went well. */
  probed(failure: Fault | undefined): void;
  /** Why the backend is of no use now. */
  blamed(): Fault | undefined;
}

interface Answer {
  readonly subjects: Map<string, number>;
}

interface Group {
  readonly answers: Lru<string, Answer>;
  blamed?: Fault;
  triedAtMs: number;
}

/** What is about one object, however many are in that state at once (B4). */
const OWN: readonly string[] = [
  'BackendBusy',
  'CeilingReached',
  'DiskFull',
  'IndexBlocked',
  'InvalidName',
  'ListingExpired',
  'NamespaceTerminating',
  'NotAdoptable',
  'ProjectLeaving',
  'SchemaHidden',
  'ShardsRecovering',
  'ShardsUnassigned',
  'StillCopying',
];

/** B4. */
export const isOfOneObject = ({ code }: Pick<Fault, 'code'>): boolean => OWN.includes(code);

/** Whether a refusal says anything at all about the backend. */
export const isRefusal = (fault: Fault): boolean => fault.class !== 'Conflict' && !fault.away && !isOfOneObject(fault);

export function createRefusals(clock: Clock, pauseMs: Bound): Refusals {
  const groups = new Map<string, Group>();
  let probe: Fault | undefined;
  const groupOf = (name: string): Group => {
    const known = groups.get(name) ?? { answers: createLru<string, Answer>(ANSWERS), triedAtMs: 0 };
    groups.set(name, known);
    return known;
  };
  const blamed = (): Fault | undefined => probe ?? [...groups.values()].find((group) => group.blamed)?.blamed;
  return {
    blamed,
    refusedForMs: (name) => {
      const group = groups.get(name);
      if (!group?.blamed) return 0;
      const left = group.triedAtMs + pauseMs.value - clock.now();
      if (left > 0) return left;
      group.triedAtMs = clock.now();
      return 0;
    },
    succeeded: (name) => void groups.delete(name),
    judge: (name, subject, fault) => {
      if (!isRefusal(fault)) return undefined;
      if (probe) return asBackends(fault);
      const group = groupOf(name);
      group.triedAtMs = clock.now();
      if (isShared(group, answerOf(fault, subject), subject, fault, clock.now())) group.blamed = asBackends(fault);
      return group.blamed && asBackends(fault);
    },
    probed: (failure) => {
      probe = failure && asBackends(failure);
      if (failure) return;
      for (const [name, { triedAtMs }] of groups) if (clock.now() - triedAtMs > LAPSE_MS.value) groups.delete(name);
    },
  };
}

/** B2. */
function isShared({ answers }: Group, key: string, subject: string, fault: Fault, nowMs: number): boolean {
  const { subjects } = answers.get(key) ?? { subjects: new Map<string, number>() };
  for (const [other, atMs] of subjects) if (nowMs - atMs > WINDOW_MS.value) subjects.delete(other);
  subjects.set(subject, nowMs);
  answers.set(key, { subjects });
  const needed = fault.class === 'Unavailable' ? FAILED_TENANTS : REFUSED_TENANTS;
  return subjects.size >= needed.value;
}

/** What is said to one tenant and to another differs in their names and in numbers alone. */
function answerOf({ class: kind, code, message }: Fault, subject: string): string {
  const plain = subject.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '.');
  const names = [plain, plain.replaceAll('-', '_')];
  const whole = new RegExp(`(?<![a-z0-9])(?:${names.join('|')})(?![a-z0-9])`, 'g');
  const bare = message.toLowerCase().replaceAll(whole, '*');
  return `${kind} ${code} ${bare.replaceAll(/[0-9a-f]*\d[0-9a-f-]*/g, '#').slice(0, 300)}`;
}

export const asBackends = (fault: Fault): Fault =>
  fault.away
    ? fault
    : unavailable(fault.message, {
        code: fault.code,
        away: true,
        unknownOutcome: fault.unknownOutcome,
        cause: fault,
        ...(fault.backend === undefined ? {} : { backend: fault.backend }),
        ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
      });
