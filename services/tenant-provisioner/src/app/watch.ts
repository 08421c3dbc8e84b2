/**
 * The status of one tenant as a stream: what is, then each change, until nothing more comes by itself.
 *
 * S1. Every event is the whole status. Its id names the version and what was told: a client that comes back after an id
 *     sees what is new since, misses no end state, and is told nothing twice.
 * S2. Changes of this process come at once, as they were committed and without a read of the store; those of other replicas,
 *     and of the switches, within the poll.
 * S3. A stream ends when its operation ended, or when the tenant only waits for the end of its grace.
 */

import type { StreamEvent } from '@leasehold/http';
import { bound, digest } from '@leasehold/kernel';
import type { Snapshot } from '@leasehold/store';
import { workDueAtMs } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import { readTenant, tenantPartition } from './partition.ts';
import type { Provisioner } from './provisioner.ts';
import { statusView } from './view.ts';

const POLL = bound('status-stream-poll-ms', 1_000);

type Watched = Pick<Provisioner, 'context' | 'control' | 'tenants'> & {
  readonly deps: Pick<Provisioner['deps'], 'ledger' | 'clock'>;
};

function isSettled(provisioner: Watched, state: TenantState): boolean {
  const { operation, phase } = state;
  if (operation === undefined || operation.finishedAtMs !== undefined || phase === 'gone') return true;
  return phase === 'leaving' && workDueAtMs(state, provisioner.context().kinds) === undefined;
}

/** Commits that change nothing that is shown (an outbox row that was sent) have the digest of the one before. */
const digestOfId = (id: string | undefined): string | undefined => id?.split('.')[1];

const eventOf = (provisioner: Watched, state: TenantState, version: number): StreamEvent => {
  const data = statusView(state, provisioner.control.now());
  return { id: `${version}.${digest(data).slice(0, 12)}`, event: 'status', data };
};

/** S1, S3: whether whoever was told this id was told everything, the end included. */
export async function hasHeardTheEnd(
  provisioner: Watched,
  tenantId: string,
  lastEventId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const fresh = !provisioner.deps.ledger.store.exclusive;
  const { state, version } = await provisioner.tenants.read(tenantId, { fresh, signal });
  return (
    isSettled(provisioner, state) && digestOfId(lastEventId) === digestOfId(eventOf(provisioner, state, version).id)
  );
}

export async function* watchTenant(
  provisioner: Watched,
  tenantId: string,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const { ledger, clock } = provisioner.deps;
  const seen = createSeen(tenantId);
  let wake: (() => void) | undefined;
  const unwatch = ledger.onCommit((partition, now) => {
    if (partition !== tenantPartition(tenantId)) return;
    seen.committed(now);
    wake?.();
  });
  let told = digestOfId(after);
  try {
    while (!signal.aborted) {
      const { state, version } = seen.take() ?? (await lookAt(provisioner, tenantId, seen, signal));
      const event = eventOf(provisioner, state, version);
      if (digestOfId(event.id) !== told) {
        told = digestOfId(event.id);
        yield event;
      }
      if (isSettled(provisioner, state)) return;
      if (!seen.hasNews()) await firstOf(clock.sleep(POLL.value, signal), (resolve) => (wake = resolve));
      wake = undefined;
    }
  } finally {
    unwatch();
  }
}

/** S2: what is known already is read again only where the store has another version of it. */
async function lookAt(
  { tenants, deps: { ledger } }: Watched,
  tenantId: string,
  seen: Seen,
  signal: AbortSignal,
): Promise<Look> {
  const { store } = ledger;
  const known = seen.newest();
  if (known !== undefined && !store.exclusive) {
    const { version } = await store.load(tenantPartition(tenantId), [], signal);
    if (version === known.version) return known;
  }
  return seen.newer(await tenants.read(tenantId, { fresh: !store.exclusive, signal }));
}

interface Look {
  readonly state: TenantState;
  readonly version: number;
}

type Seen = ReturnType<typeof createSeen>;

/** The newest that was seen of a tenant: a read that was overtaken by a commit is not told after it. */
function createSeen(tenantId: string) {
  let news: Snapshot | undefined;
  let newest: Look | undefined;
  const newer = (look: Look): Look => {
    if (newest === undefined || look.version >= newest.version) newest = look;
    return newest;
  };
  return {
    committed: (now: Snapshot) => {
      news = now;
    },
    hasNews: () => news !== undefined,
    newest: () => newest,
    take: (): Look | undefined => {
      const now = news;
      news = undefined;
      return now && newer({ state: readTenant(tenantId, now).state, version: now.version });
    },
    newer,
  };
}

async function firstOf(timer: Promise<void>, listen: (resolve: () => void) => void): Promise<void> {
  await Promise.race([timer.catch(() => undefined), new Promise<void>(listen)]);
}
