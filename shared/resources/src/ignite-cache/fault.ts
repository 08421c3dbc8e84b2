/**
 * What an Ignite connection throws, as one of the four classes.
 *
 * 1. A refusal is told by the status of the thin-client protocol, and by its text only where one status means many things.
 * 2. A connection that was lost, or was not there, is away; only the former leaves the outcome of an effect unknown.
 */
import { conflict, type Fault, unavailable } from '@leasehold/kernel';
import { away, type CallName } from '../edge/caller.ts';
import { socketFault, systemCode } from '../edge/network-fault.ts';
import { IgniteRefusal } from './connection.ts';

/** `ClientStatus` of the thin-client protocol. */
const STATUS = { invalidNodeState: 10, noCache: 1000, cacheExists: 1001, securityViolation: 1012 } as const;

export function igniteFault(error: unknown, call: CallName): Fault {
  if (error instanceof IgniteRefusal) return refused(error, call);
  const kind = error instanceof Error ? error.constructor.name : '';
  const text = error instanceof Error ? error.message : '';
  if (kind === 'IllegalStateError') return away(call, 'has no connection', { lost: false, cause: error });
  if (kind === 'LostConnectionError') {
    const neverOpen = text.startsWith('Connection failed');
    const code = /\bE[A-Z]{4,}\b/.exec(text)?.[0];
    const what = neverOpen ? `cannot be reached${code === undefined ? '' : `: ${code}`}` : 'lost the connection';
    return away(call, what, { lost: !neverOpen, cause: error });
  }
  if (systemCode(error) !== undefined) return socketFault(call, error);
  if (kind === 'OperationError' || kind === 'IgniteClientError') {
    return unavailable(`ignite does not speak as expected (${call.name})`, {
      code: 'WrongServer',
      backend: 'ignite',
      away: true,
      cause: error,
      unknownOutcome: call.kind === 'effect',
    });
  }
  return socketFault(call, error);
}

function refused(error: IgniteRefusal, call: CallName): Fault {
  const options = { backend: 'ignite', cause: error };
  const said = `ignite answered to ${call.name}: ${error.message.slice(0, 300)}`;
  if (error.status === STATUS.noCache) return conflict(said, { ...options, code: 'GoneMeanwhile' });
  if (error.status === STATUS.cacheExists) return conflict(said, { ...options, code: 'AlreadyExists' });
  if (error.status === STATUS.securityViolation)
    return unavailable(said, { ...options, code: 'AccessDenied', away: true });
  // A cluster that nobody has activated yet says so in English alone.
  if (error.status === STATUS.invalidNodeState || /cluster is inactive/i.test(error.message)) {
    return away(call, 'is not active', { lost: false, cause: error });
  }
  if (/read-only mode/i.test(error.message)) return unavailable(said, { ...options, code: 'ReadOnly', away: true });
  if (/atomicity mode mismatch/i.test(error.message)) return conflict(said, { ...options, code: 'GroupTaken' });
  return unavailable(said, { ...options, code: 'BackendFailed', unknownOutcome: call.kind === 'effect' });
}
