/**
 * A rollout goes on by one step: from what is seen of its tenants to what is taken next, what has come of those before, and
 * whether it halts. Pure; a step that finds nothing new changes nothing.
 *
 * W1. A wave ends when each of its tenants has; those left out, or found to be as they should, make room for others, so that a
 *     canary is one that was really changed.
 * W2. The first tenant over the budget of failures halts it, in the middle of a wave too. Nothing is taken after that.
 * W3. A wave that is done is watched for as long as was asked before the next begins.
 * W4. Tenants come in the order of the directory, and none twice. Who came after its place in the directory was read stays
 *     behind, and is told as such.
 */
import { reason } from '@leasehold/kernel';
import { type Judgement, judge, type TenantSeen } from './judge.ts';
import { goesOn, halt, type Member, type Report, type Rollout, report, tell, waveSize } from './rollout.ts';

/** Tenants of one page of the directory that are behind. */
export interface DirectoryPage {
  readonly from?: string;
  readonly tenantIds: readonly string[];
  readonly next?: string;
}

export interface AdvanceInput {
  readonly seen: ReadonlyMap<string, TenantSeen>;
  /** By tenant: why it cannot be brought over as it is, such as limits of its own that the blueprint cannot take. */
  readonly refused?: ReadonlyMap<string, string>;
  readonly page?: DirectoryPage;
  readonly nowMs: number;
}

export interface Advance {
  readonly rollout: Rollout;
  readonly reports: readonly Report[];
  /** Members that were recorded before and are to be brought over now. */
  readonly asks: readonly Member[];
}

/** Whether a step needs more of the directory. */
export const needsPage = (rollout: Rollout): boolean =>
  goesOn(rollout) && rollout.queue.length === 0 && !rollout.isReadWhole;

export function advance(before: Rollout, input: AdvanceInput): Advance {
  if (!goesOn(before)) return { rollout: before, reports: [], asks: [] };
  const { nowMs } = input;
  const judged = judgeAll(withPage(begin(before, nowMs), input.page), input);
  const flushed = report(
    judged.rollout,
    judged.rollout.members.filter(({ outcome }) => outcome === 'skipped' || outcome === 'unchanged'),
    nowMs,
  );
  const over = overBudget(flushed.rollout);
  if (over) return { rollout: halt(flushed.rollout, over, nowMs), reports: flushed.reports, asks: [] };
  const closed = closeWave(flushed.rollout, nowMs);
  const reports = [...flushed.reports, ...closed.reports];
  return { rollout: end(fill(closed.rollout, nowMs), nowMs), reports, asks: judged.asks };
}

const begin = (rollout: Rollout, nowMs: number): Rollout =>
  rollout.phase === 'planned'
    ? tell({ ...rollout, phase: 'running' }, reason('Began', 'the first wave is chosen'), nowMs)
    : rollout;

/** A page that was read from another place than the present one is none. */
function withPage(rollout: Rollout, page: DirectoryPage | undefined): Rollout {
  if (!page || !needsPage(rollout) || page.from !== rollout.cursor) return rollout;
  const { cursor: _read, ...rest } = rollout;
  const place = page.next === undefined ? { isReadWhole: true } : { cursor: page.next };
  return { ...rest, ...place, queue: page.tenantIds };
}

function judgeAll(
  rollout: Rollout,
  { seen, refused, nowMs }: AdvanceInput,
): { rollout: Rollout; asks: readonly Member[] } {
  const asks: Member[] = [];
  const members = rollout.members.map((member) => {
    const look = seen.get(member.tenantId);
    if (!look) return member;
    const why = refused?.get(member.tenantId);
    const judgement: Judgement =
      why === undefined
        ? judge(rollout, member, look, nowMs)
        : { kind: 'settled', outcome: 'failed', reason: reason('Refused', why) };
    // What was refused is asked again by a resumption alone.
    if (judgement.kind === 'ask' && member.outcome === undefined) asks.push(member);
    return withJudgement(member, judgement);
  });
  const same = members.every((member, index) => member === rollout.members[index]);
  return { rollout: same ? rollout : { ...rollout, members, updatedAtMs: nowMs }, asks };
}

function withJudgement(member: Member, judgement: Judgement): Member {
  if (judgement.kind !== 'settled' || judgement.outcome === member.outcome) return member;
  return { ...member, outcome: judgement.outcome, reason: judgement.reason };
}

/** W2. */
function overBudget({ members, counts, forgiven, options }: Rollout) {
  const failed = members.filter(({ outcome }) => outcome === 'failed');
  const last = failed.at(-1);
  if (!last || counts.failed - forgiven + failed.length <= options.maxFailures) return undefined;
  return reason('TenantFailed', `${last.tenantId}: ${last.reason?.message ?? 'failed'}`, { tenant_id: last.tenantId });
}

/** W1, W3. */
function closeWave(rollout: Rollout, nowMs: number) {
  const { members, queue, isReadWhole, options, wave } = rollout;
  const isFull = members.length >= waveSize(options, wave) || (queue.length === 0 && isReadWhole);
  const isDone = rollout.waveIsOpen && isFull && members.every(({ outcome }) => outcome !== undefined);
  // Who was left out while the others were watched makes room: with whoever comes, they are watched anew.
  if (!isDone) return { rollout: unwatched(rollout), reports: [] };
  const untilMs = rollout.restsUntilMs ?? nowMs + (members.length === 0 ? 0 : options.pauseMs);
  if (untilMs > nowMs)
    return { rollout: rollout.restsUntilMs === untilMs ? rollout : { ...rollout, restsUntilMs: untilMs }, reports: [] };
  const ended = report(rollout, members, nowMs);
  const why = reason('WaveDone', `wave ${wave} is done with ${members.length} tenant(s)`);
  return { rollout: tell({ ...unwatched(ended.rollout), waveIsOpen: false }, why, nowMs), reports: ended.reports };
}

function unwatched(rollout: Rollout): Rollout {
  if (rollout.restsUntilMs === undefined) return rollout;
  const { restsUntilMs: _over, ...rest } = rollout;
  return rest;
}

/** W4. */
function fill(rollout: Rollout, nowMs: number): Rollout {
  if (rollout.restsUntilMs !== undefined || rollout.queue.length === 0) return rollout;
  const wave = rollout.waveIsOpen ? rollout.wave : rollout.wave + 1;
  const room = waveSize(rollout.options, wave) - rollout.members.length;
  if (room <= 0) return rollout;
  const taken = rollout.queue.slice(0, room).map((tenantId): Member => ({ tenantId, sinceMs: nowMs, attempt: 1 }));
  return {
    ...rollout,
    wave,
    waveIsOpen: true,
    members: [...rollout.members, ...taken],
    queue: rollout.queue.slice(room),
    updatedAtMs: nowMs,
  };
}

function end(rollout: Rollout, nowMs: number): Rollout {
  // Whoever was taken or waits keeps a wave open.
  if (!rollout.isReadWhole || rollout.waveIsOpen) return rollout;
  const { updated, unchanged, skipped, failed } = rollout.counts;
  const text = `${updated} updated, ${unchanged} as they were, ${skipped} left out, ${failed} failed`;
  return tell({ ...rollout, phase: 'completed', endedAtMs: nowMs }, reason('Completed', text), nowMs);
}
