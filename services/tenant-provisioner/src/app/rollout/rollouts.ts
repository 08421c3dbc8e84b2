/**
 * The rollouts' ledger: each way in which one is made, goes on, is stopped or read. Nothing else writes there.
 *
 * 1. Of each tier at most one is unfinished, decided in the commit that makes it.
 * 2. A step is the leader's alone: one that another has followed is told so (`FenceLost`) and writes nothing. What an operator
 *    said between the look and the step is seen by the step.
 * 3. A rollout carries the tier files that it was made of, so that another process can go on with them.
 */
import type { Tier } from '@leasehold/contracts';
import { asFault, type Clock, conflict, type Log, type Reason, reason } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Ledger, Snapshot } from '@leasehold/store';
import { type Advance, type AdvanceInput, advance } from '../../domain/rollout/advance.ts';
import {
  type NewRollout,
  type Operated,
  openRollout,
  operate,
  type Report,
  type Rollout,
  type RolloutPhase,
  rivalOf,
  type Verb,
} from '../../domain/rollout/rollout.ts';
import type { TierFile } from '../catalog.ts';
import {
  ENDED_PREFIX,
  endedKey,
  fileKey,
  ROLLOUTS_PARTITION,
  type RolloutsState,
  readRollouts,
  reportPrefix,
  rolloutId,
  rowsOf,
  serialOf,
} from './rows.ts';

export interface RolloutPage<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

export type Made = { readonly kind: 'made' | 'rival'; readonly rollout: Rollout };
export type Asked = Operated | { readonly kind: 'refused'; readonly rollout: Rollout } | { readonly kind: 'unknown' };

export interface Rollouts {
  read(signal?: AbortSignal): Promise<RolloutsState>;
  make(request: Omit<NewRollout, 'id' | 'serial'>, files: readonly TierFile[], signal?: AbortSignal): Promise<Made>;
  find(id: string, signal?: AbortSignal): Promise<Rollout | undefined>;
  /** Newest first. */
  list(query: PageQuery, signal?: AbortSignal): Promise<RolloutPage<Rollout>>;
  /** What came of tenants, in the order in which they came to it. */
  reports(rollout: Rollout, query: PageQuery, signal?: AbortSignal): Promise<RolloutPage<Report>>;
  operate(id: string, verb: Verb, by: string, signal?: AbortSignal): Promise<Asked>;
  /** The tier files that it carries, as JSON, by tier. */
  files(rollout: Rollout, signal: AbortSignal): Promise<ReadonlyMap<Tier, unknown>>;
  step(
    fence: number,
    id: string,
    input: AdvanceInput,
    signal: AbortSignal,
  ): Promise<(Advance & { readonly changed: boolean }) | undefined>;
  /** Why it does not go on, or that it does. */
  stall(fence: number, id: string, why: Reason | undefined, signal: AbortSignal): Promise<void>;
  /** Shown to the metrics as read. */
  measure(signal: AbortSignal): Promise<void>;
  /** Called when one of them may go on, by a commit here or a hint of another's. @returns the way to stop it */
  onDue(listener: () => void): () => void;
  /** A commit of this process changed them. */
  follow(now: Snapshot): void;
  /** One of them may go on. */
  due(): void;
}

export interface RolloutsDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'rollouts'>;
}

const SHOWN_PHASES: readonly RolloutPhase[] = ['planned', 'running', 'halted'];

export function createRollouts(deps: RolloutsDeps): Rollouts {
  const { ledger, metrics } = deps;
  const listeners = new Set<() => void>();
  const due = (): void => {
    for (const listener of listeners) listener();
  };
  const show = ({ unfinished }: RolloutsState): void =>
    metrics.rollouts.replace(
      SHOWN_PHASES.map((state) => ({
        labels: { state },
        value: unfinished.filter(({ phase }) => phase === state).length,
      })),
    );
  const read: Rollouts['read'] = async (signal) => {
    const fresh = !ledger.store.exclusive;
    const state = readRollouts(await ledger.load(ROLLOUTS_PARTITION, { fresh, ...(signal ? { signal } : {}) }));
    show(state);
    return state;
  };
  return {
    read,
    ...writing(deps),
    ...leading(deps),
    ...reading(deps, read),
    measure: async (signal) => void (await read(signal)),
    follow: (now) => {
      show(readRollouts(now));
      due();
    },
    due,
    onDue: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

const optional = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

const writing = ({ ledger, clock, log }: RolloutsDeps): Pick<Rollouts, 'make' | 'operate'> => ({
  make: async (request, files, signal) => {
    const made = await ledger.update<Made>(
      ROLLOUTS_PARTITION,
      (now) => {
        const before = readRollouts(now);
        const rival = rivalOf(before.unfinished, request.targets);
        if (rival) return { result: { kind: 'rival', rollout: rival } };
        const serial = before.serial + 1;
        const rollout = openRollout({ ...request, serial, id: rolloutId(serial) }, clock.now());
        const rows = rowsOf(now, before, { rollout, reports: [] }, clock.now());
        const carried = files.map((file) => ({ key: fileKey(serial, file.tier), value: JSON.stringify(file) }));
        return { put: [...rows.put, ...carried], remove: rows.remove, result: { kind: 'made', rollout } };
      },
      optional(signal),
    );
    if (made.kind === 'made') log.info('a rollout is planned', { rollout: made.rollout.id, by: request.by });
    return made;
  },
  operate: (id, verb, by, signal) =>
    ledger.update<Asked>(
      ROLLOUTS_PARTITION,
      (now) => {
        const before = readRollouts(now);
        const rollout = before.unfinished.find((each) => each.id === id);
        if (!rollout) return { result: { kind: 'unknown' } };
        const asked = operate(rollout, verb, by, clock.now());
        if (asked.kind === 'refused') return { result: { kind: 'refused', rollout } };
        if (asked.kind === 'repeat') return { result: asked };
        return { ...rowsOf(now, before, asked, clock.now()), result: asked };
      },
      optional(signal),
    ),
});

function fenced(state: RolloutsState, fence: number): void {
  if (state.fence > fence)
    throw conflict(`another replica leads the rollouts now (fence ${state.fence}, ours was ${fence})`, {
      code: 'FenceLost',
    });
}

const leading = ({ ledger, clock, log }: RolloutsDeps): Pick<Rollouts, 'step' | 'stall'> => {
  const change = <T extends { readonly rollout: Rollout; readonly reports: readonly Report[] }>(
    fence: number,
    id: string,
    make: (rollout: Rollout) => T,
    signal: AbortSignal,
  ): Promise<T | undefined> =>
    ledger.update<T | undefined>(
      ROLLOUTS_PARTITION,
      (now) => {
        const before = readRollouts(now);
        fenced(before, fence);
        const rollout = before.unfinished.find((each) => each.id === id);
        if (!rollout) return { result: undefined };
        const made = make(rollout);
        if (made.rollout === rollout && before.fence === fence) return { result: made };
        return { ...rowsOf(now, before, { ...made, fence }, clock.now()), result: made };
      },
      { signal },
    );
  return {
    step: async (fence, id, input, signal) => {
      const made = await change(fence, id, (rollout) => ({ ...advance(rollout, input), was: rollout }), signal);
      if (!made) return undefined;
      if (made.was.phase !== made.rollout.phase) tellPhase(log, made.rollout);
      return { ...made, changed: made.was !== made.rollout };
    },
    stall: async (fence, id, why, signal) => {
      await change(
        fence,
        id,
        (rollout) => {
          if (rollout.stalled?.message === why?.message) return { rollout, reports: [] };
          const { stalled: _before, ...rest } = rollout;
          return { rollout: { ...rest, ...(why ? { stalled: why } : {}) }, reports: [] };
        },
        signal,
      );
    },
  };
};

function tellPhase(log: Log, { id, phase, reasons }: Rollout): void {
  const fields = { rollout: id, state: phase, reason: reasons.at(-1)?.message ?? '' };
  if (phase === 'halted') log.warn('a rollout halts', fields);
  else log.info('a rollout goes on', fields);
}

const reading = (
  { ledger, log }: RolloutsDeps,
  read: Rollouts['read'],
): Pick<Rollouts, 'find' | 'list' | 'reports' | 'files'> => ({
  find: async (id, signal) => {
    const serial = serialOf(id);
    if (serial === undefined) return undefined;
    const key = endedKey(serial);
    const now = await ledger.store.load(ROLLOUTS_PARTITION, [{ key: 'state' }, { key }], signal);
    const row = now.rows.get(key);
    return row === undefined
      ? readRollouts(now).unfinished.find((each) => each.id === id)
      : (JSON.parse(row) as Rollout);
  },
  list: async ({ limit, cursor }, signal) => {
    const [, skip] = /^unfinished:(\d+)$/.exec(cursor ?? 'unfinished:0') ?? [];
    const items: Rollout[] = [];
    if (skip !== undefined) {
      const unfinished = (await read(signal)).unfinished.toReversed();
      items.push(...unfinished.slice(Number(skip), Number(skip) + limit));
      const shown = Number(skip) + items.length;
      if (shown < unfinished.length || items.length >= limit) return { items, next: `unfinished:${shown}` };
    }
    const place = { prefix: ENDED_PREFIX, limit: limit - items.length, reverse: true };
    const from = skip === undefined ? { cursor: cursor as string } : {};
    const page = await ledger.store.scan(ROLLOUTS_PARTITION, { ...place, ...from }, signal);
    items.push(...page.items.map(({ value }) => JSON.parse(value) as Rollout));
    return { items, ...(page.next === undefined ? {} : { next: page.next }) };
  },
  reports: async ({ serial }, { limit, cursor }, signal) => {
    const place = { prefix: reportPrefix(serial), limit, ...(cursor === undefined ? {} : { cursor }) };
    const page = await ledger.store.scan(ROLLOUTS_PARTITION, place, signal);
    const items = page.items.map(({ value }) => JSON.parse(value) as Report);
    return { items, ...(page.next === undefined ? {} : { next: page.next }) };
  },
  files: async (rollout, signal) => {
    const keys = rollout.targets.map(({ tier }) => ({ tier, key: fileKey(rollout.serial, tier) }));
    const now = await ledger.store.load(
      ROLLOUTS_PARTITION,
      keys.map(({ key }) => ({ key })),
      signal,
    );
    return new Map(
      keys.flatMap(({ tier, key }): (readonly [Tier, unknown])[] => {
        const text = now.rows.get(key);
        try {
          return text === undefined ? [] : [[tier, JSON.parse(text)]];
        } catch (error) {
          log.error('a carried tier file is not JSON', { rollout: rollout.id, err: asFault(error) });
          return [];
        }
      }),
    );
  },
});

/** In a sentence for a person. */
export const cannot = (verb: Verb['kind'], { id, phase }: Rollout): string =>
  `the rollout ${id} is ${phase} and cannot ${verb}`;

export const rivalText = ({ id, phase, targets }: Rollout): string =>
  `the rollout ${id} of ${targets.map(({ tier }) => tier).join(', ')} is ${phase}: let it end or cancel it first`;

export const lacking = (tier: Tier, digest: string): Reason =>
  reason('BlueprintLacking', `this process makes another blueprint of the file of ${tier} than ${digest}`);
