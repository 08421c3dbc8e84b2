/**
 * The tenants' ledger: each way in which a tenant changes, as one commit on its partition. Nothing else writes there.
 *
 * A1. An event key has one effect: its inbox row is looked up and written in the commit that decides it.
 * A2. A run's word counts only while its claim stands: the fence is compared in the same commit.
 */
import { type Clock, conflict, digest } from '@leasehold/kernel';
import type { Ledger, Row, Snapshot, Update } from '@leasehold/store';
import type { Command, Source } from '../domain/command.ts';
import { type Decision, decideCommand, decideWake } from '../domain/decide.ts';
import type { Context } from '../domain/draft.ts';
import { withCompleteSpecs } from '../domain/specs.ts';
import type { TenantState } from '../domain/state.ts';
import { isTold } from '../domain/told.ts';
import { withJournal } from './journal.ts';
import {
  changedRows,
  INBOX_TTL_MS,
  inboxKey,
  inboxKeys,
  isReadable,
  readTenant,
  TENANT_DIRECTORY,
  type TenantRows,
  tenantPartition,
  timerOf,
} from './partition.ts';
import { summaryOf, waitsForWord } from './summary.ts';

/** What the world says, fresh for each decision. */
export type ContextSource = (brake?: Context['brake']) => Context;

export interface Outcome {
  readonly decision: Decision;
  /** The event key had its effect before. */
  readonly duplicate: boolean;
  /** Of a duplicate: what it came to then. */
  readonly cameTo?: string;
}

interface ReadOptions {
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

interface Read extends TenantRows {
  readonly version: number;
  /** When the store says that there is work: what every replica finds by. */
  readonly workTimerMs: number | undefined;
}

export interface Tenants {
  /** @throws Fault `Unavailable` (`NewerRelease`) where another release has to see to it. */
  read(tenantId: string, options?: ReadOptions): Promise<Read>;
  /** For whoever walks over many: nothing where another release has to see to it. */
  find(tenantId: string, options?: ReadOptions): Promise<Read | undefined>;
  /** Whether this event key was decided before. */
  known(tenantId: string, eventKey: string, signal?: AbortSignal): Promise<boolean>;
  command(
    tenantId: string,
    command: Command,
    source: Source,
    brake: Context['brake'],
    signal?: AbortSignal,
  ): Promise<Outcome>;
  wake(tenantId: string, signal?: AbortSignal): Promise<Decision>;
  /** Any other pure decision on a tenant's rows. */
  decide(
    tenantId: string,
    decide: (rows: TenantRows, context: Context) => Decision,
    signal?: AbortSignal,
  ): Promise<Decision>;
}

export interface TenantsDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly context: ContextSource;
  /** Called once for each decision that was committed, with the state before it. */
  readonly onDecision?: (decision: Decision, before: TenantState) => void;
}

export function createTenants(deps: TenantsDeps): Tenants {
  const { ledger, clock, context, onDecision } = deps;

  const decide: Tenants['decide'] = async (tenantId, make, signal) => {
    const { decision, before } = await ledger.update(
      tenantPartition(tenantId),
      (now) => {
        const here = context();
        const rows = readHere(tenantId, now, here);
        const decision = make(rows, here);
        const result = { decision, before: rows.state };
        return { ...updateOf(now, rows, decision, clock.now(), undefined), result };
      },
      signal ? { signal } : {},
    );
    onDecision?.(decision, before);
    return decision;
  };

  const find: Tenants['find'] = async (tenantId, options = {}) => {
    const now = await ledger.load(tenantPartition(tenantId), options);
    return isReadable(now) ? readOf(tenantId, now, context()) : undefined;
  };

  return {
    decide,
    find,
    wake: (tenantId, signal) => decide(tenantId, (rows, now) => decideWake(rows.state, rows.waiting, now), signal),
    read: async (tenantId, options = {}) => {
      const now = await ledger.load(tenantPartition(tenantId), options);
      return readOf(tenantId, now, context());
    },
    known: async (tenantId, eventKey, signal) => {
      const need = inboxKeys(eventKey, clock.now());
      const now = await ledger.load(tenantPartition(tenantId), { need, ...(signal ? { signal } : {}) });
      return need.some((key) => now.rows.has(key));
    },
    command: async (tenantId, command, source, brake, signal) => {
      const need = source.type === 'event' ? inboxKeys(source.eventKey, clock.now()) : [];
      const outcome = await ledger.update<Outcome & { readonly before: TenantState }>(
        tenantPartition(tenantId),
        (now) => {
          const here = context(brake);
          const rows = readHere(tenantId, now, here);
          const earlier = need.map((key) => now.rows.get(key)).find((text) => text !== undefined);
          if (earlier !== undefined) {
            const { as } = JSON.parse(earlier) as { readonly as: string };
            return { result: { decision: unchanged(rows), duplicate: true, cameTo: as, before: rows.state } };
          }
          const decision = decideCommand(rows.state, rows.waiting, command, source, here);
          return {
            ...updateOf(now, rows, decision, clock.now(), { command, source }),
            result: { decision, duplicate: false, before: rows.state },
          };
        },
        { need, ...(signal ? { signal } : {}) },
      );
      if (!outcome.duplicate) onDecision?.(outcome.decision, outcome.before);
      return outcome;
    },
  };
}

/** As this replica, with the backends that it has, understands the tenant. */
function readHere(tenantId: string, now: Snapshot, { kinds }: Pick<Context, 'kinds'>): TenantRows {
  const rows = readTenant(tenantId, now);
  return { ...rows, state: withCompleteSpecs(rows.state, kinds) };
}

const readOf = (tenantId: string, now: Snapshot, here: Context): Read => ({
  ...readHere(tenantId, now, here),
  version: now.version,
  workTimerMs: timerOf(now, 'timer/work'),
});

/** Refused by REST: nothing is written, not even that it was asked. */
const leavesNoTrace = (decision: Decision, asked: { readonly source: Source } | undefined): boolean =>
  asked?.source.type === 'rest' && decision.disposition.kind === 'refused';

function updateOf(
  now: Snapshot,
  before: TenantRows,
  decided: Decision,
  nowMs: number,
  asked: { readonly command: Command; readonly source: Source } | undefined,
): Omit<Update<unknown>, 'result'> {
  if (leavesNoTrace(decided, asked)) return {};
  const { decision, journal } = withJournal(decided, before.state, nowMs, asked);
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
  const summaryNow = summaryOf(decision.state);
  const summary = JSON.stringify(summaryNow);
  // What an earlier release listed does not tell of a word that is waited for.
  const isNews =
    !isTold(before.state, before.waiting) || waitsForWord(summaryNow) || summary !== summaryText(before.state);
  const listed = isTold(decision.state, decision.waiting) && isNews;
  return {
    put: [...changes.put, ...inbox, ...journal.map(({ row }) => row)],
    remove: changes.remove,
    entries: [
      ...(listed ? [{ directory: TENANT_DIRECTORY, name: decision.state.tenantId, summary }] : []),
      ...journal.map(({ entry }) => entry),
    ],
  };
}

const summaryText = (state: TenantState): string => JSON.stringify(summaryOf(state));

const unchanged = (rows: TenantRows): Decision => ({
  state: rows.state,
  waiting: rows.waiting,
  outgoing: [],
  reasons: [],
  finished: [],
  disposition: { kind: 'repeat' },
  workAtMs: undefined,
  wakeAtMs: undefined,
});

/** A2: the run that asks must still be the one that holds the tenant. */
export function requireClaim(state: TenantState, holder: string, fence: number): void {
  if (state.claim?.holder !== holder || state.claim.fence !== fence)
    throw conflict(`another process works on this tenant now (fence ${state.fence}, ours was ${fence})`, {
      code: 'FenceLost',
    });
}

export const letterDigest = (parts: readonly string[]): string => digest(parts).slice(0, 16);
