/**
 * What the driver throws, as faults. Messages name no host; the driver's error stays as the cause.
 */
import { asFault, bug, Fault, invalid, unavailable } from '@leasehold/kernel';

/** Codes of the native protocol, https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec section 9. */
const SYNTAX = 0x2000;
const UNAUTHORIZED = 0x2100;
const INVALID = 0x2200;
const CONFIG = 0x2300;
const ALREADY_EXISTS = 0x2400;
const BAD_CREDENTIALS = 0x0100;
const REFUSED = new Set([SYNTAX, UNAUTHORIZED, INVALID, CONFIG, ALREADY_EXISTS, BAD_CREDENTIALS]);

interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly isSocketError?: unknown;
  readonly innerErrors?: Readonly<Record<string, unknown>> | null;
}

const innerErrors = (error: DriverError): readonly DriverError[] =>
  Object.values(error.innerErrors ?? {}).filter((inner) => inner !== null) as readonly DriverError[];

const isResponse = (error: DriverError, codes: ReadonlySet<number>): boolean =>
  error.name === 'ResponseError' && typeof error.code === 'number' && codes.has(error.code);

/** What the driver throws as plain errors while a pool has no connection: before anything was sent, or when it ended. */
const NEVER_SENT = 'No connection available';
const PLAIN = new Set([NEVER_SENT, 'Connection closed', 'The operation was already cancelled or timeout elapsed']);

const isPlain = (error: DriverError): boolean => error.name === 'Error' && PLAIN.has(error.message ?? '');

/**
 * Whether a write that ended in this error certainly did not happen: the server refused the statement, or no server was
 * ever sent it. Anything else may have happened.
 */
export function neverApplied(error: unknown): boolean {
  const driver = error as DriverError;
  if (error instanceof Fault) return !error.unknownOutcome;
  if (isResponse(driver, REFUSED) || driver.name === 'BusyConnectionError') return true;
  if (isPlain(driver)) return driver.message === NEVER_SENT;
  if (driver.name !== 'NoHostAvailableError') return false;
  return innerErrors(driver).every(
    (inner) => inner.name !== 'ResponseError' && inner.name !== 'OperationTimedOutError',
  );
}

export const storeAway = (message: string, cause: unknown, extra: { readonly unknownOutcome?: true } = {}): Fault =>
  unavailable(message, { code: 'StoreUnavailable', backend: 'cassandra', away: true, cause, ...extra });

export function cassandraFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const driver = (error ?? {}) as DriverError;
  const all = [driver, ...innerErrors(driver)];
  if (all.some((e) => e.name === 'AuthenticationError' || e.code === BAD_CREDENTIALS)) {
    return storeAway('Cassandra refused the user name or password of the store', error);
  }
  if (driver.name !== 'ResponseError') {
    const known = /^(NoHostAvailable|OperationTimedOut|BusyConnection|DriverInternal|Driver)Error$/.test(
      driver.name ?? '',
    );
    const socket = driver.isSocketError === true || typeof driver.code === 'string';
    return known || socket || isPlain(driver)
      ? storeAway('Cassandra cannot be reached or did not answer in time', error)
      : asFault(error);
  }
  if (driver.code === INVALID && /too (big|large)|exceed/i.test(driver.message ?? '')) {
    return invalid('a value is too big for the store', { code: 'ValueTooBig', cause: error });
  }
  if (driver.code === UNAUTHORIZED) {
    const message = 'Cassandra does not let the role of the store do this';
    return unavailable(message, { code: 'StoreUnavailable', backend: 'cassandra', cause: error });
  }
  if (driver.code === SYNTAX || driver.code === INVALID) {
    return bug(`Cassandra refused a statement: ${driver.message}`, error);
  }
  const message = 'Cassandra answered that it cannot serve the request now';
  return unavailable(message, { code: 'StoreUnavailable', backend: 'cassandra', cause: error });
}
