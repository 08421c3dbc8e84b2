/**
 * What every transport checks of what it is asked for, in one wording.
 */
import { invalid } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable, payloadTooLarge } from './faults.ts';
import type { ConsumerOptions } from './port.ts';
import { checkSubscription, parseTopicName, type TopicName } from './topic-name.ts';

/** @throws `Invalid` (`PayloadTooLarge`). */
export function checkPayload(payload: Uint8Array, bounds: BusBounds): void {
  if (payload.byteLength <= bounds.payloadBytes.value) return;
  const limit = `${bounds.payloadBytes.name} ${bounds.payloadBytes.value}`;
  throw payloadTooLarge(`a payload of ${payload.byteLength} bytes is over ${limit}`);
}

/** @param open consumers that the bus has. @throws `Invalid` for names and windows, `Unavailable` when there are too many. */
export function checkConsumer(wanted: ConsumerOptions, open: number, bounds: BusBounds): TopicName {
  const name = parseTopicName(wanted.topic);
  checkSubscription(wanted.subscription);
  if (!(Number.isInteger(wanted.window) && wanted.window > 0)) {
    throw invalid(`a consumer's window must be a whole number over 0, got ${wanted.window}`, { code: 'InvalidWindow' });
  }
  if (open >= bounds.consumers.value) {
    throw busUnavailable(`${bounds.consumers.name} ${bounds.consumers.value} is reached`);
  }
  return name;
}
