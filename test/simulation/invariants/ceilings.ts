/**
 * Ceiling. Of what a tenant wants nothing is begun that would go over what its backend bears: not beside what the tenant has itself, and
 *     not beside what others are known to have.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Scene } from '../invariants.ts';
import type { TenantCommit } from '../tenant-view.ts';

/** What others began so long before a run is known to whoever has seen it being done. */
const KNOWN_AFTER_MS = 20_000;

const isBegun = (record: NodeRecord | undefined): boolean =>
  record !== undefined && (record.born || record.intent !== undefined);

export function watchCeilings({ world, views, straits }: Scene): undefined {
  if (straits.ceilings.size === 0) return;
  /** When each tenant's present run recorded first. */
  const runs = new Map<string, number>();
  const beganAtMs = new Map<string, number>();
  views.onCommit((commit) => {
    const { before, after } = commit;
    if (before?.state.claim?.fence !== after.state.claim?.fence) runs.set(after.tenantId, world.now());
    const fresh = freshIn(commit);
    for (const { kind, name } of fresh) beganAtMs.set(`${kind} ${name}`, world.now());
    if (fresh.length === 0) return;
    for (const [kind, most] of straits.ceilings) {
      const own = (before?.state.records ?? []).filter((record) => record.kind === kind && isBegun(record)).length;
      const more = after.state.records.filter(
        (record) => record.kind === kind && (fresh.includes(record) || isRefused(record)),
      ).length;
      const others = othersOf(
        commit,
        kind,
        (record) =>
          (beganAtMs.get(`${record.kind} ${record.name}`) ?? Infinity) + KNOWN_AFTER_MS <
          (runs.get(after.tenantId) ?? 0),
      );
      if (more > 0 && own + more + others > most)
        world.violate(
          'ceiling',
          `${after.tenantId} has ${own} and begins ${more} ${kind} beside ${others} of others, of ${most}`,
        );
    }
  });
  const othersOf = ({ after }: TenantCommit, kind: string, isKnown: (record: NodeRecord) => boolean): number =>
    // Who was not there then, or hears of it from others, counts now and then.
    world.processOf('r2') !== undefined
      ? 0
      : [...views.all.values()]
          .filter(({ tenantId, state }) => tenantId !== after.tenantId && state.phase !== 'gone')
          .flatMap(({ state }) => state.records)
          .filter((record) => record.kind === kind && isBegun(record) && record.status !== 'deleted' && isKnown(record))
          .length;
}

/** What begins in this commit, and had not before. */
function freshIn({ before, after }: TenantCommit): readonly NodeRecord[] {
  if (!before || before.state.records === after.state.records) return [];
  return after.state.records.filter(
    (record) => record.intent?.action === 'create' && !isBegun(before.state.records.find(({ id }) => id === record.id)),
  );
}

const isRefused = ({ status, failure, born, intent }: NodeRecord): boolean =>
  status === 'failed' && failure?.code === 'CeilingReached' && !born && intent === undefined;
