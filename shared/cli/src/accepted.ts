/**
 * After a request that starts work: say what began, and wait for its end where that was asked for.
 */
import { numberOption, type Options } from './action.ts';
import type { Answer } from './client.ts';
import { parseDuration } from './duration.ts';
import type { Session } from './session.ts';
import type { Goal } from './verdict.ts';
import { waitFor } from './watch.ts';
import { fields, maybeText, text } from './wire.ts';

export const DEFAULT_WAIT = '5m';
const DEFAULT_WAIT_MS = parseDuration(DEFAULT_WAIT, '--timeout');

export const waitMs = (options: Options): number => numberOption(options, 'timeout') ?? DEFAULT_WAIT_MS;

/** @param done what was done, said where nobody waits: `acme is being created`. */
export async function settle(
  session: Session,
  answer: Answer,
  options: Options,
  about: { readonly goal: Goal; readonly done: string },
): Promise<void> {
  const { output } = session;
  const accepted = fields(answer.json);
  const tenantId = text(accepted['tenant_id'], '?');
  const operationId = maybeText(accepted['operation_id']);
  if (options['wait'] === true) {
    await waitFor(session, { tenantId, goal: about.goal, operationId, timeoutMs: waitMs(options) });
    return;
  }
  const operation = operationId === undefined ? '' : ` (operation ${operationId})`;
  output.result(answer.body, () => [`${about.done}; status ${text(accepted['status'])}${operation}`]);
  output.advice(`See it with \`leasehold tenant watch ${tenantId}\`.`);
}
