/**
 * Finds the tenants whose own topics are to be heard here: after a start, what other replicas made or took down, and whose turn it
 * is where there are more than one process hears.
 *
 * Q1. Who is followed as its summary says costs no read; who has no namespace of its own is not looked for.
 * Q2. With more tenants than a process may hear, each is heard in turns: at each search those that were heard longest give way to
 *     those whose turn is next in the order of the names. Each replica begins at another place, so that together they hear more.
 * Q3. Who is not heard at the moment is counted. Its messages wait at the broker, and the platform's topics serve it all the time.
 * Q4. Who is in a form that only another release understands is left to that one, and keeps nobody behind it from being heard.
 */

import { findOwner, understood } from '@leasehold/controller';
import { bound, type Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { TenantSummary } from '../domain/summary.ts';
import { NAMES } from './partition.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import type { Inventory } from './tenant-gauges.ts';
import { HEARD_NODE, type TenantTopics } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';

export interface TopicSearchParts {
  readonly inventory: Pick<Inventory, 'entries'>;
  readonly topics: Pick<TenantTopics, 'hears' | 'heard' | 'follow' | 'count' | 'room' | 'retire'>;
  readonly tenants: Pick<Tenants, 'find'>;
  readonly deps: Pick<ProvisionerDeps, 'clock' | 'ledger' | 'log' | 'tenantTopicsOnBus'> & {
    readonly metrics: Pick<Metrics, 'unheardTenants'>;
    readonly rng: Pick<Rng, 'int'>;
  };
}

export interface TopicSearch {
  look(signal: AbortSignal): Promise<void>;
}

const TAKEN_DOWN: readonly string[] = ['deleting', 'deleted'];
const HEARD: readonly string[] = ['provisioning', 'completed', 'degraded', 'failed'];

/** After each tenant that is followed anew: whoever is new does not wait for thousands. */
const FOLLOW_PAUSE = bound('topics-follow-pause-ms', 20);
/** Q2: how many give way at one search. */
const TURNS = bound('topics-turns-at-once', 500);

const hasNamespace = ({ objects }: TenantSummary): boolean => objects === undefined || (objects[HEARD_NODE] ?? 0) > 0;

export function createTopicSearch({ inventory, topics, tenants, deps }: TopicSearchParts): TopicSearch {
  const { clock, ledger, metrics } = deps;
  /** Q2: the last name that had its turn; undefined: none had. */
  let last: string | undefined;

  const follow = async (name: string, signal: AbortSignal): Promise<void> => {
    const found = await understood({ ...deps, names: NAMES }, name, () =>
      findOwner({ owners: tenants, ledger }, name, signal),
    );
    if (found) topics.follow(found.state);
    await clock.sleep(FOLLOW_PAUSE.value, signal);
  };

  /** The names in the order of their turns. */
  const inTurn = (names: readonly string[]): readonly string[] => {
    if (names.length <= topics.room()) return names;
    const sorted = [...names].sort();
    const after = last;
    const from =
      after === undefined
        ? deps.rng.int(sorted.length)
        : Math.max(
            sorted.findIndex((name) => name > after),
            0,
          );
    return [...sorted.slice(from), ...sorted.slice(0, from)];
  };

  return {
    look: async (signal) => {
      if (!deps.tenantTopicsOnBus) return;
      const waiting: string[] = [];
      // Who has ended is in no inventory; its partition says so.
      const unknown = new Set(topics.heard());
      const over: string[] = [];
      for (const [name, summary] of inventory.entries()) {
        unknown.delete(name);
        if (topics.hears(name)) {
          if (TAKEN_DOWN.includes(summary.status)) over.push(name);
        } else if (HEARD.includes(summary.status) && hasNamespace(summary)) waiting.push(name);
      }
      for (const name of [...over, ...unknown]) await follow(name, signal);
      const next = inTurn(waiting);
      const retired = Math.max(0, Math.min(TURNS.value, topics.count(), next.length - topics.room()));
      topics.retire(retired);
      const chosen = next.slice(0, topics.room());
      metrics.unheardTenants.set({}, retired + waiting.length - chosen.length);
      for (const name of chosen) await follow(name, signal);
      last = chosen.at(-1) ?? last;
    },
  };
}
