/**
 * A plan that must fail ends the command so: shown like any other, and then told with the exit code of what failed.
 */
import { Failure } from './failure.ts';
import { fields, items, maybeText, text } from './wire.ts';

/** @throws Failure where the tenant would fail by what is planned. @param actions the answer's list of them, whatever came. */
export function refuseFailing(actions: unknown): void {
  const refused = items(actions).filter((action) => maybeText(fields(action)['refused']) !== undefined);
  if (refused.length === 0) return;
  throw new Failure('failed', 'the plan must fail: nothing was touched', {
    code: 'plan-refused',
    details: refused.map((action) => `${text(action['kind'])} ${text(action['name'])}: ${text(action['reason'])}`),
  });
}
