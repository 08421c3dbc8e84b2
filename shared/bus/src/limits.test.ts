import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { checkConsumer, checkPayload } from './limits.ts';

const bounds = busBounds({ payloadBytes: bound('bus.payloadBytes', 4), consumers: bound('bus.consumers', 2) });
const wanted = (window: number, topic = 'persistent://t/n/x', subscription = 's') => ({ topic, subscription, window });

test('a payload of its bound passes, a byte more is refused by name', () => {
  expect(() => checkPayload(new Uint8Array(4), bounds)).not.toThrow();
  expect(() => checkPayload(new Uint8Array(5), bounds)).toThrow(
    expect.objectContaining({
      class: 'Invalid',
      code: 'PayloadTooLarge',
      message: 'a payload of 5 bytes is over bus.payloadBytes 4',
    }),
  );
});

test('a consumer has a whole window over 0, and names that are names', () => {
  expect(checkConsumer(wanted(1), 0, bounds)).toEqual({ tenant: 't', namespace: 'n', topic: 'x' });
  for (const window of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => checkConsumer(wanted(window), 0, bounds), String(window)).toThrow(
      expect.objectContaining({ class: 'Invalid', code: 'InvalidWindow' }),
    );
  }
  const invalidName = expect.objectContaining({ class: 'Invalid', code: 'InvalidName' });
  expect(() => checkConsumer(wanted(1, 'x'), 0, bounds)).toThrow(invalidName);
  expect(() => checkConsumer(wanted(1, undefined, 'a/b'), 0, bounds)).toThrow(invalidName);
});

test('the last consumer of the bound is let in, one more is not now', () => {
  expect(() => checkConsumer(wanted(1), 1, bounds)).not.toThrow();
  expect(() => checkConsumer(wanted(1), 2, bounds)).toThrow(
    expect.objectContaining({ class: 'Unavailable', message: 'bus.consumers 2 is reached' }),
  );
});
