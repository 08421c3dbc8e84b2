/**
 * The faults that the bus reports, in one wording for all transports.
 *
 * 1. Nothing here holds a token or a host name.
 */
import { type Fault, type FaultOptions, invalid, unavailable } from '@leasehold/kernel';

type Extra = Pick<FaultOptions, 'cause' | 'retryAfterMs' | 'away' | 'unknownOutcome'>;

export const busUnavailable = (message: string, extra: Extra = {}): Fault =>
  unavailable(message, { code: 'BusUnavailable', backend: 'pulsar', ...extra });

export const busClosed = (): Fault => busUnavailable('the bus is closed');

export const consumerClosed = (): Fault => busUnavailable('the consumer is closed');

export const payloadTooLarge = (message: string): Fault => invalid(message, { code: 'PayloadTooLarge' });

export const undecodable = (message: string, cause?: unknown): Fault =>
  invalid(message, cause === undefined ? { code: 'Undecodable' } : { code: 'Undecodable', cause });
