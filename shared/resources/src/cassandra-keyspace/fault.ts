/**
 * What the driver throws, as one of the four classes. The driver's classes are told by name and code, so that this file
 * does not load the driver.
 */
import { bug, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import { away, type CallName } from '../edge/caller.ts';
import { isTlsCode, socketFault, systemCode } from '../edge/network-fault.ts';

/** Error codes of the native protocol, version 5, section 9. */
const CODE = {
  serverError: 0x0000,
  protocolError: 0x000a,
  badCredentials: 0x0100,
  unavailable: 0x1000,
  overloaded: 0x1001,
  bootstrapping: 0x1002,
  writeTimeout: 0x1100,
  readTimeout: 0x1200,
  readFailure: 0x1300,
  writeFailure: 0x1500,
  syntaxError: 0x2000,
  unauthorized: 0x2100,
  invalid: 0x2200,
  config: 0x2300,
  alreadyExists: 0x2400,
} as const;

/** What the driver throws as plain errors while a pool has no connection: before anything was sent, or when it ended. */
const NEVER_SENT = 'No connection available';
const PLAIN = new Set([NEVER_SENT, 'Connection closed', 'The operation was already cancelled or timeout elapsed']);

const numericCode = (error: Error): number | undefined =>
  'code' in error && typeof error.code === 'number' ? error.code : undefined;

export function cassandraFault(error: unknown, call: CallName): Fault {
  if (!(error instanceof Error)) return bug(`unexpected value thrown in cassandra ${call.name}`, error);
  if (error.name === 'NoHostAvailableError') return noHost(error, call);
  if (error.name === 'OperationTimedOutError')
    return away(call, 'did not answer in time', { lost: true, cause: error });
  if (error.name === 'AuthenticationError') return denied(error, call);
  if (error.name === 'DriverInternalError' || error.name === 'DriverError' || error.name === 'BusyConnectionError') {
    return away(call, 'lost the connection', { lost: true, cause: error });
  }
  if (PLAIN.has(error.message))
    return away(call, 'has no connection', { lost: error.message !== NEVER_SENT, cause: error });
  if (error.name === 'ArgumentError' || error.name === 'NotSupportedError') return wrongServer(error, call);
  const code = numericCode(error);
  if (code === undefined) return socketFault(call, error);
  return answered(error, code, call);
}

function noHost(error: Error, call: CallName): Fault {
  const inner = 'innerErrors' in error ? Object.values(error.innerErrors as Record<string, unknown>) : [];
  const refusal = inner.find((one) => one instanceof Error && one.name === 'AuthenticationError');
  if (refusal !== undefined) return denied(error, call);
  const codes = inner.map(systemCode).filter((code) => code !== undefined);
  const tls = inner.find((one) => one instanceof Error && isTlsCode(systemCode(one)));
  if (tls instanceof Error) return socketFault(call, tls);
  return away(call, `cannot be reached${codes.length > 0 ? `: ${codes[0]}` : ''}`, { lost: false, cause: error });
}

function answered(error: Error, code: number, call: CallName): Fault {
  const options = { backend: 'cassandra', cause: error };
  const said = `cassandra answered to ${call.name}: ${error.message.slice(0, 300)}`;
  if (code === CODE.alreadyExists) return conflict(said, { ...options, code: 'AlreadyExists' });
  if (code === CODE.overloaded || code === CODE.bootstrapping || code === CODE.unavailable) {
    return away(call, 'is overloaded, starting, or short of nodes', { lost: false, cause: error });
  }
  if (code === CODE.protocolError) return wrongServer(error, call);
  if (code === CODE.serverError && /no space left|disk|read-only file/i.test(error.message))
    return unavailable(said, { ...options, code: 'StorageFull', away: true, unknownOutcome: call.kind === 'effect' });
  if (LOST_ON_REPLICAS.has(code)) {
    return away(call, 'had replicas that did not answer in time', { lost: true, cause: error });
  }
  if (code === CODE.badCredentials || code === CODE.unauthorized) return denied(error, call);
  // The name of a data centre is the platform's or a tier file's: no tenant can say a wrong one.
  if (code >= CODE.invalid && UNKNOWN_CENTRE.test(error.message))
    return unavailable(said, { ...options, code: UNKNOWN_DATA_CENTRE, away: true });
  if (code >= CODE.unauthorized) {
    const ceiling = /guardrail/i.test(error.message);
    return invalid(said, { ...options, code: ceiling ? 'CeilingReached' : 'RefusedByBackend' });
  }
  return unavailable(said, { ...options, code: 'BackendFailed', unknownOutcome: call.kind === 'effect' });
}

const LOST_ON_REPLICAS = new Set<number>([CODE.writeTimeout, CODE.readTimeout, CODE.writeFailure, CODE.readFailure]);

export const UNKNOWN_DATA_CENTRE = 'UnknownDataCentre';
const UNKNOWN_CENTRE = /Unrecognized (?:strategy option|datacenter name)/i;

const wrongServer = (error: Error, call: CallName): Fault =>
  unavailable(`cassandra does not speak as expected (${call.name})`, {
    code: 'WrongServer',
    backend: 'cassandra',
    away: true,
    cause: error,
  });

/** Credentials and what they are allowed are the platform's, whatever tenant's keyspace was asked for. */
const denied = (error: Error, call: CallName): Fault =>
  unavailable(`cassandra refused the credentials (${call.name})`, {
    code: 'AccessDenied',
    backend: 'cassandra',
    away: true,
    cause: error,
  });

/** The server does not know this kind of statement. */
export const isSyntax = (fault: Fault): boolean =>
  fault.cause instanceof Error && numericCode(fault.cause) === CODE.syntaxError;

/** What a DROP or a DESCRIBE of something absent is answered with, by version. */
export const isMissing = (fault: Fault): boolean =>
  fault.cause instanceof Error &&
  /doesn't exist|does not exist|non existing|Unknown keyspace|not found in keyspaces/i.test(fault.cause.message);
