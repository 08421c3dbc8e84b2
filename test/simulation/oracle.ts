/**
 * The rules of collision of the event contract once more, as a small sequential machine that knows nothing of the
 * service's code: what a tenant must be after each thing that was decided about it.
 *
 * 1. Pure: a step gives the models that are possible afterwards. There are several where an event was published twice and
 *    it is not known which copy was read.
 * 2. What time or backends bring about (a grace ends, everything is ready) is told to it, and refused where it cannot be.
 */
import type { Tier } from '@leasehold/contracts';
import type { Command } from './service.ts';
import { GRACE_SECONDS, PROTECTED } from './tiers.ts';

export type ModelPhase = 'none' | 'active' | 'suspended' | 'leaving' | 'deleting' | 'gone';

export interface Asked {
  /** The event's key, or a request's id. */
  readonly key: string;
  readonly command: Command;
  readonly by: 'event' | 'rest';
  /** Publish time of the copy, or the time of the call. */
  readonly saidAtMs: number;
  /** The brake on mass deletion was shut for it. */
  readonly braked?: boolean;
}

export interface Model {
  readonly phase: ModelPhase;
  readonly generation: number;
  readonly tier: Tier;
  readonly name: string;
  readonly protected: boolean;
  readonly suspended: boolean;
  readonly createdAtMs: number;
  readonly tombstoneAtMs?: number | undefined;
  readonly earlierTombstoneAtMs?: number | undefined;
  readonly graceUntilMs?: number | undefined;
  /** An operator went over protection, and nobody has protected the tenant since. */
  readonly forced?: boolean | undefined;
  /** A deletion that the brake holds for an operator. */
  readonly held?: { readonly key: string; readonly saidAtMs: number } | undefined;
  readonly complete: boolean;
  readonly waiting: readonly (Asked & { readonly sinceMs: number })[];
  /** `<key> <code>` of every dead letter so far. */
  readonly letters: readonly string[];
}

export const NO_TENANT: Model = {
  phase: 'none',
  generation: 0,
  tier: 'free',
  name: '',
  protected: false,
  suspended: false,
  createdAtMs: 0,
  complete: false,
  waiting: [],
  letters: [],
};

type Step = { readonly model: Model } | { readonly letter: string } | 'nothing' | 'wait';

/** What was asked, decided at this time. */
export function ask(model: Model, asked: Asked, nowMs: number): Model {
  return retry(settle(model, asked, step(model, asked, nowMs), nowMs), nowMs);
}

function settle(model: Model, asked: Asked, result: Step, nowMs: number): Model {
  if (result === 'nothing') return model;
  if (result === 'wait')
    return asked.by === 'rest' ? model : { ...model, waiting: [...model.waiting, { ...asked, sinceMs: nowMs }] };
  if ('model' in result) return result.model;
  return asked.by === 'rest' ? model : { ...model, letters: [...model.letters, `${asked.key} ${result.letter}`] };
}

/** Those who wait are tried in their order until none can go on. */
function retry(model: Model, nowMs: number): Model {
  for (const asked of model.waiting) {
    const result = step(model, asked, nowMs);
    if (result === 'wait') continue;
    const left = { ...model, waiting: model.waiting.filter(({ key }) => key !== asked.key) };
    const next =
      'object' === typeof result && 'model' in result ? { model: { ...result.model, waiting: left.waiting } } : result;
    return retry(settle(left, asked, next, nowMs), nowMs);
  }
  return model;
}

function step(model: Model, asked: Asked, nowMs: number): Step {
  const { command } = asked;
  switch (command.kind) {
    case 'create':
      return create(model, command, asked);
    case 'upgrade':
      return upgrade(model, command, asked);
    case 'delete':
      return remove(model, command, asked, nowMs);
    default:
      return operate(model, command);
  }
}

/** A time of creation further ahead of its message than clocks differ is cut down to this. */
const CREATED_AHEAD_MS = 300_000;

function create(model: Model, command: Command & { kind: 'create' }, asked: Asked): Step {
  if (command.tier === 'custom' && !command.limits) return { letter: 'limits-missing' };
  const createdAtMs = Math.min(command.createdAtMs ?? asked.saidAtMs, asked.saidAtMs + CREATED_AHEAD_MS);
  // One by REST is said when it is decided.
  if (asked.by === 'event' && model.tombstoneAtMs !== undefined && createdAtMs <= model.tombstoneAtMs) return 'nothing';
  if (model.phase === 'leaving' || model.phase === 'deleting') return 'wait';
  // What was said after a deletion that is held waits for what becomes of that.
  if (model.held && asked.by === 'event' && createdAtMs > model.held.saidAtMs) return 'wait';
  if (model.phase === 'active' || model.phase === 'suspended')
    return model.name === command.name && model.tier === command.tier ? 'nothing' : { letter: 'tenant-conflict' };
  return {
    model: {
      ...model,
      phase: 'active',
      generation: model.generation + 1,
      tier: command.tier,
      name: command.name,
      protected: PROTECTED.includes(command.tier),
      suspended: false,
      createdAtMs: Math.min(createdAtMs, asked.saidAtMs),
      complete: false,
    },
  };
}

function upgrade(model: Model, command: Command & { kind: 'upgrade' }, asked: Asked): Step {
  if (command.newTier === 'custom' && !command.limits) return { letter: 'limits-missing' };
  const here = model.phase === 'active' || model.phase === 'suspended';
  // Said before the last deletion: it speaks of a tenant that is gone.
  if (here && model.tombstoneAtMs !== undefined && asked.saidAtMs <= model.tombstoneAtMs)
    return { letter: 'tenant-unknown' };
  if (model.phase !== 'active' || !model.complete || command.previousTier !== model.tier) return 'wait';
  return changeTier(model, command.newTier);
}

function changeTier(model: Model, tier: Tier): Step {
  // Limits of the custom tier are the same in every simulated request.
  if (tier === model.tier) return 'nothing';
  return { model: { ...model, tier, protected: model.protected || PROTECTED.includes(tier), complete: false } };
}

function remove(model: Model, command: Command & { kind: 'delete' }, asked: Asked, nowMs: number): Step {
  const { saidAtMs, by } = asked;
  const graceMs = command.graceMs ?? GRACE_SECONDS[model.tier] * 1_000;
  const entombed: Model = { ...model, tombstoneAtMs: Math.max(saidAtMs, model.tombstoneAtMs ?? 0) };
  switch (model.phase) {
    case 'none':
    case 'gone':
      if (by === 'rest') return 'nothing';
      return { model: { ...entombed, phase: 'gone' } };
    case 'leaving':
      return removeAgain(model, entombed, command, by, nowMs);
    case 'deleting':
      return { model: entombed };
    case 'active':
    case 'suspended':
      if (by === 'event' && saidAtMs < model.createdAtMs) return { model: entombed };
      if (model.protected && !command.force) return { letter: 'protected' };
      if (asked.braked) return { model: { ...model, held: heldBy(model, asked) } };
      return { model: { ...leave(model, saidAtMs, nowMs + graceMs), forced: command.force } };
  }
}

/** Protection that was set during the grace refuses as before it. */
function removeAgain(
  model: Model,
  entombed: Model,
  { force, graceMs }: Command & { kind: 'delete' },
  by: Asked['by'],
  nowMs: number,
): Step {
  const changes = by === 'rest' && (graceMs !== undefined || force);
  if (model.protected && !force && (changes || !model.forced)) return { letter: 'protected' };
  if (!changes) return { model: entombed };
  const graceUntilMs = graceMs === undefined ? model.graceUntilMs : nowMs + graceMs;
  return { model: { ...entombed, graceUntilMs, forced: model.forced || force } };
}

const leave = (model: Model, saidAtMs: number, graceUntilMs: number): Model => ({
  ...model,
  phase: 'leaving',
  held: undefined,
  tombstoneAtMs: Math.max(saidAtMs, model.held?.saidAtMs ?? 0, model.tombstoneAtMs ?? 0),
  earlierTombstoneAtMs: model.tombstoneAtMs,
  graceUntilMs,
  forced: false,
});

/** Asked again, a deletion that is held was said at the later time. */
const heldBy = ({ held }: Model, { key, saidAtMs }: Asked): NonNullable<Model['held']> => ({
  key: held?.key ?? key,
  saidAtMs: Math.max(held?.saidAtMs ?? 0, saidAtMs),
});

function operate(model: Model, command: Exclude<Command, { kind: 'create' | 'upgrade' | 'delete' }>): Step {
  const { phase } = model;
  switch (command.kind) {
    case 'suspend':
      return phase === 'active' ? { model: { ...model, phase: 'suspended', suspended: true } } : 'nothing';
    case 'resume':
      return phase === 'suspended' ? { model: { ...model, phase: 'active', suspended: false } } : 'nothing';
    case 'restore':
      if (model.held) return { model: { ...model, held: undefined } };
      return phase === 'leaving'
        ? {
            model: {
              ...model,
              phase: model.suspended ? 'suspended' : 'active',
              tombstoneAtMs: model.earlierTombstoneAtMs,
            },
          }
        : 'nothing';
    case 'protect':
      if (['none', 'gone', 'deleting'].includes(phase)) return 'nothing';
      return {
        model: { ...model, protected: command.protected, forced: model.forced === true && !command.protected },
      };
    case 'tier':
      return phase === 'active' ? changeTier(model, command.tier) : 'nothing';
    case 'reconcile':
      return 'nothing';
  }
}

/** Everything is ready: said of an active tenant only. */
export const complete = (model: Model, nowMs: number): Model | undefined =>
  model.phase === 'active' ? retry({ ...model, complete: true }, nowMs) : undefined;

export const graceEnds = (model: Model, nowMs: number): Model | undefined =>
  model.phase === 'leaving' && (model.graceUntilMs ?? 0) <= nowMs && (!model.protected || model.forced)
    ? { ...model, phase: 'deleting' }
    : undefined;

export const removed = (model: Model, nowMs: number): Model | undefined =>
  model.phase === 'deleting' ? retry({ ...model, phase: 'gone', complete: false }, nowMs) : undefined;

/** A message has waited for long enough and is given up. */
export function expires(model: Model, key: string, code: string, patienceMs: number, nowMs: number): Model | undefined {
  const waits = model.waiting.find((asked) => asked.key === key);
  if (!waits || nowMs < waits.sinceMs + patienceMs) return undefined;
  return {
    ...model,
    waiting: model.waiting.filter((asked) => asked.key !== key),
    letters: [...model.letters, `${key} ${code}`],
  };
}

/** An operator has opened the brake: what it held goes on, with the time at which it was said. */
export const released = (model: Model, nowMs: number): Model | undefined =>
  model.held && !model.protected
    ? leave(model, model.held.saidAtMs, nowMs + GRACE_SECONDS[model.tier] * 1_000)
    : undefined;

/** ... unless the tenant is protected by then. */
export const releaseRefused = (model: Model, nowMs: number): Model | undefined =>
  model.held && model.protected
    ? retry({ ...model, held: undefined, letters: [...model.letters, `${model.held.key} protected`] }, nowMs)
    : undefined;
