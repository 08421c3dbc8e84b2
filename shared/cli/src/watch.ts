/**
 * Waiting for a tenant: follows its status, shows it, and ends with what was waited for or with why not.
 *
 * 1. However it ends, the terminal is clean and the person knows that the work goes on without them.
 * 2. With JSON the last answer of the server is the result, also of a wait that missed its goal.
 */
import { formatDuration } from './duration.ts';
import { Failure } from './failure.ts';
import { type Followed, follow } from './follow.ts';
import { createPresenter } from './presenter.ts';
import type { Session } from './session.ts';
import { type Goal, type Verdict, verdictOn } from './verdict.ts';

export interface WaitOptions {
  readonly tenantId: string;
  readonly goal: Goal;
  readonly operationId?: string | undefined;
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number;
}

/** @throws Failure `failed`, `timeout`, `interrupted`, `refused`, `unreachable` */
export async function waitFor(session: Session, wait: WaitOptions): Promise<void> {
  const { around, output } = session;
  const presenter = createPresenter(output, around);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, around.interrupted]);
  const timer = startTimer(session, wait, over);
  let last: Followed | undefined;
  let verdict: Verdict = { kind: 'waiting' };
  try {
    const { client } = session;
    const options = { client, tenantId: wait.tenantId, around, onConnection: presenter.connection };
    for await (const now of follow(options, signal)) {
      last = now;
      presenter.show(now.seen);
      verdict = verdictOn(now.seen, wait.goal, { operationId: wait.operationId, over: now.over });
      if (verdict.kind !== 'waiting') break;
    }
  } catch (error) {
    throw around.interrupted.aborted ? left(wait.tenantId, 'interrupted', 'stopped waiting') : error;
  } finally {
    timer.abort();
    over.abort();
    presenter.close();
  }
  conclude(session, last, verdict);
}

function conclude(session: Session, last: Followed | undefined, verdict: Verdict): void {
  if (last) session.output.result(last.body, () => []);
  if (verdict.kind === 'missed') {
    const operation = last?.seen.operationId;
    throw new Failure('failed', verdict.message, {
      code: last?.seen.status ?? 'failed',
      details: operation === undefined ? [] : [`\`leasehold op get ${operation}\` shows each step.`],
    });
  }
}

const left = (tenantId: string, exit: 'timeout' | 'interrupted', what: string): Failure =>
  new Failure(exit, `${what}; the work goes on`, {
    code: exit,
    details: [`\`leasehold tenant watch ${tenantId}\` shows it again.`],
  });

function startTimer({ around }: Session, wait: WaitOptions, over: AbortController): AbortController {
  const timer = new AbortController();
  const { timeoutMs, tenantId } = wait;
  if (timeoutMs !== undefined) {
    const end = (): void => over.abort(left(tenantId, 'timeout', `not done after ${formatDuration(timeoutMs)}`));
    around.clock.sleep(timeoutMs, timer.signal).then(end, () => undefined);
  }
  return timer;
}
