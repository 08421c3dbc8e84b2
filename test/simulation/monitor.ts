/**
 * Holds the oracle against the store: every commit on a tenant's partition must be a step that the rules allow, and each
 * event may be decided once (I3, and the rules of collision).
 *
 * 1. The order of decisions inside a commit is the order of its inbox and journal rows.
 * 2. Completion, the end of a grace and the end of a deletion are taken from the journal and must be possible; everything
 *    else is predicted.
 */
import { isoTime } from '@leasehold/kernel';
import type { Committed, World } from '@leasehold/testing/world';
import {
  type Asked,
  ask,
  complete,
  expires,
  graceEnds,
  type Model,
  NO_TENANT,
  released,
  releaseRefused,
  removed,
} from './oracle.ts';
import { SIM_BOUNDS } from './replica.ts';
import type { Command } from './service.ts';
import {
  type Journal,
  journalOfCommit,
  outgoingOfCommit,
  type TenantCommit,
  type TenantView,
  type TenantViews,
} from './tenant-view.ts';

/** Every publication of an event: all copies, as far as they have been sent. */
export interface Publications {
  /** By event key: the command that it means, and when each copy was published. */
  readonly events: ReadonlyMap<string, { readonly command: Command; readonly saidAtMs: readonly number[] }>;
  /** By request id: when it was asked. */
  readonly requests: ReadonlyMap<string, number>;
  /** The event key of a message; empty where it is nobody's. */
  keyOf(messageId: string): string;
}

export interface Monitor {
  readonly models: ReadonlyMap<string, readonly Model[]>;
  /** Event keys that were decided. */
  readonly decided: ReadonlySet<string>;
}

/** More are not told apart; copies of one event that straddle another one make two. */
const MOST_MODELS = 64;

export function watchDecisions(world: World, views: TenantViews, sent: Publications): Monitor {
  const models = new Map<string, readonly Model[]>();
  const decided = new Set<string>();
  const once = (tenantId: string, key: string): void => {
    if (decided.has(key)) world.violate('I3', `${tenantId}: the event ${key} was decided a second time`);
    decided.add(key);
  };
  views.onCommit((commit) => {
    const { tenantId } = commit.after;
    const known = withReadiness(models.get(tenantId) ?? [NO_TENANT], commit);
    // Since when a message waits, and that it has waited for long enough, may be told by two clocks.
    const left = expire(known, commit.committed, sent, 2 * world.clockErrorMs());
    const possible = follow(left, commit, sent, (key) => once(tenantId, key));
    const fitting = possible.filter((model) => difference(model, commit.after) === undefined);
    if (fitting.length === 0) world.violate('collision', explain(commit, possible));
    const ready = isReady(commit.after);
    models.set(
      tenantId,
      distinct((fitting.length > 0 ? fitting : possible).map((model) => ({ ...model, complete: ready }))),
    );
  });
  return { models, decided };
}

const isReady = ({ state }: TenantView): boolean =>
  state.records.every(({ status }) => status === 'ready' || status === 'skipped');

/** Whether everything was ready may change inside the commit, before or after what is decided in it. */
function withReadiness(models: readonly Model[], { before, after }: TenantCommit): readonly Model[] {
  if (!before || isReady(before) === isReady(after)) return models;
  return models.flatMap((model) => [true, false].map((ready) => ({ ...model, complete: ready })));
}

function follow(
  known: readonly Model[],
  { after, committed }: TenantCommit,
  sent: Publications,
  once: (key: string) => void,
): readonly Model[] {
  let models = known;
  let read = 0;
  for (const { key, value } of committed.request.put) {
    if (key.startsWith('inbox/')) {
      const eventKey = key.slice('inbox/yyyy-mm/'.length);
      once(eventKey);
      models = decide(models, { key: eventKey, maybeHeld: after.state.held !== undefined }, readAt(value), sent);
    } else if (key.startsWith('journal/'))
      models = observe(models, journalOfCommit(committed)[read++] as Journal, sent);
  }
  return models;
}

const readAt = (inboxRow: string): number => (JSON.parse(inboxRow) as { at: number }).at;

/** The brake may have been shut for a deletion in a commit that leaves one held. */
function decide(
  models: readonly Model[],
  { key, maybeHeld }: { readonly key: string; readonly maybeHeld: boolean },
  atMs: number,
  sent: Publications,
): readonly Model[] {
  const event = sent.events.get(key);
  if (!event) return models;
  const { command, saidAtMs: times } = event;
  const copies = times.map((saidAtMs): Asked => ({ key, command, by: 'event', saidAtMs }));
  const asked = maybeHeld && command.kind === 'delete' ? [...copies, ...copies.map(braked)] : copies;
  return distinct(models.flatMap((model) => asked.map((one) => ask(model, one, atMs))));
}

const braked = (asked: Asked): Asked => ({ ...asked, braked: true });

function observe(models: readonly Model[], journal: Journal, sent: Publications): readonly Model[] {
  const { at, command, actor } = journal;
  let next = models;
  if (command && actor?.request_id !== undefined) {
    const asked: Asked = {
      key: actor.request_id,
      command,
      by: 'rest',
      saidAtMs: sent.requests.get(actor.request_id) ?? at,
    };
    next = next.map((model) => ask(model, asked, at));
  }
  const codes = journal.reasons.map(({ code }) => code);
  // A message that had waited for the tenant to be ready was let go, without completion being told once more. Only the first
  // such reason means so: what follows it in the same decision has been let go by it.
  const alone = command === undefined && !codes.includes('TenantComplete');
  const first = alone ? codes.findIndex((code) => LET_GO.includes(code)) : -1;
  for (const [index, code] of codes.entries())
    next = distinct(next.map((model) => observed(model, code, at, index === first)));
  return next;
}

const LET_GO: readonly string[] = ['TierChanged', 'SameTier'];

/** What a journal tells of time and backends. A model in which it cannot be stays as it is, and will not fit. */
function observed(model: Model, code: string, atMs: number, letsGo: boolean): Model {
  if (letsGo) return (model.waiting.length > 0 ? complete(model, atMs) : undefined) ?? model;
  return TOLD[code]?.(model, atMs) ?? model;
}

const TOLD: Readonly<Record<string, (model: Model, atMs: number) => Model | undefined>> = {
  TenantComplete: complete,
  RemovalBegins: graceEnds,
  TenantGone: removed,
  DeletionReleased: released,
  HeldDeletionRefused: releaseRefused,
};

const PATIENCE_MS: Readonly<Record<string, number>> = {
  stale: SIM_BOUNDS.decision.staleMs,
  'tenant-unknown': SIM_BOUNDS.decision.waitMs,
};

/** Dead letters of messages that had waited. */
function expire(models: readonly Model[], committed: Committed, sent: Publications, slackMs: number): readonly Model[] {
  let next = models;
  for (const outgoing of outgoingOfCommit(committed)) {
    if (outgoing.kind !== 'dead-letter') continue;
    const { letter, code } = outgoing;
    const atMs =
      (JSON.parse(committed.request.put.find(({ key }) => key === 'state')?.value ?? '{}') as { updatedAtMs?: number })
        .updatedAtMs ?? 0;
    const key = sent.keyOf(letter.messageId);
    const patienceMs = PATIENCE_MS[code] ?? Number.POSITIVE_INFINITY;
    next = next.map((model) => expires(model, key, code, patienceMs, atMs + slackMs) ?? model);
  }
  return next;
}

function distinct(models: readonly Model[]): readonly Model[] {
  if (models.length < 2) return models;
  return [...new Map(models.map((model) => [JSON.stringify(model), model])).values()].slice(0, MOST_MODELS);
}

/** What of the state is not as the model says; undefined: nothing. */
function difference(model: Model, { state, waiting }: TenantView): string | undefined {
  const parts: [string, unknown, unknown][] = [
    ['phase', model.phase, state.phase],
    ['generation', model.generation, state.generation],
    ['waiting', model.waiting.map(({ key }) => key).join(), waiting.map(keyOf).join()],
  ];
  if (state.generation > 0)
    parts.push(
      ['tier', model.tier, state.tier],
      ['name', model.name, state.name],
      ['protected', model.protected, state.protected],
      ['tombstone', model.tombstoneAtMs, state.tombstoneAtMs],
      ['held', model.held?.saidAtMs, state.held?.publishedAtMs],
    );
  const wrong = parts.filter(([, expected, actual]) => expected !== actual);
  return wrong.length === 0
    ? undefined
    : wrong.map(([what, expected, actual]) => `${what} is ${text(actual)}, not ${text(expected)}`).join('; ');
}

const text = (value: unknown): string => JSON.stringify(value) ?? 'absent';
const keyOf = ({ source }: TenantView['waiting'][number]): string =>
  source.type === 'event' ? source.eventKey : source.requestId;

function explain({ after, committed }: TenantCommit, possible: readonly Model[]): string {
  const keys = committed.request.put.map(({ key }) => key).join(' ');
  const reasons = possible.slice(0, 3).map((model) => difference(model, after));
  return `${after.tenantId} at ${isoTime(after.state.updatedAtMs).slice(11, 23)}: ${reasons.join(' | or ')} (commit of ${keys})`;
}
