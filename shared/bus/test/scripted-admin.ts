/**
 * For this package's tests: an admin API by hand. Calls are answered from a table and remembered as lines. Not part of the
 * package's interface.
 */
import { busUnavailable } from '../src/faults.ts';
import type { AdminCall, PulsarAdmin } from '../src/pulsar-admin.ts';

export interface HandAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export interface HandAdmin extends PulsarAdmin {
  /** `GET /path`, and the body where there is one. */
  readonly calls: readonly string[];
  takeCalls(): readonly string[];
}

/** Statuses that the caller did not ask for are refused, as by the real one. @param how undefined: there is no answer. */
export function handAdmin(
  how: (line: string, call: AdminCall) => HandAnswer | Promise<HandAnswer> | undefined,
): HandAdmin {
  const calls: string[] = [];
  return {
    calls,
    takeCalls: () => calls.splice(0),
    call: async (call) => {
      const line = `${call.method} ${call.path}`;
      calls.push(call.body === undefined ? line : `${line} ${JSON.stringify(call.body)}`);
      const answer = await how(line, call);
      if (answer === undefined) throw busUnavailable('Pulsar cannot be reached', { away: true });
      const { status = 200, headers = {}, json } = answer;
      const fits = (status >= 200 && status < 300) || call.expect?.includes(status);
      if (!fits) throw busUnavailable(`Pulsar answered ${status} to ${line}`);
      return { status, headers: new Headers(headers), text: JSON.stringify(json) ?? '', json: () => json };
    },
  };
}
