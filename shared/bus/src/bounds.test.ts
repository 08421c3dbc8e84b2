import { expect, test } from 'vitest';
import { BUS_BOUNDS, busBounds } from './bounds.ts';

const MIB = 1_048_576;

test('each bound is named after itself, so that whoever meets it finds it', () => {
  for (const [key, { name }] of Object.entries(BUS_BOUNDS)) expect(name).toBe(`bus.${key}`);
});

test('the bounds that the broker, its defaults and the README set', () => {
  expect(BUS_BOUNDS).toMatchObject({
    payloadBytes: { value: 5 * MIB },
    // The broker's webSocketMaxTextFrameSize.
    frameBytes: { value: MIB },
    adminAnswerBytes: { value: 16 * MIB },
    avroSchemaBytes: { value: 262_144 },
    readAheadBytes: { value: 16 * MIB },
    topicBytes: { value: 1_073_741_824 },
    producers: { value: 128 },
    partitions: { value: 64 },
    partitionRoundMs: { value: 30_000 },
    // At most four looks a second.
    partitionGapMs: { value: 250 },
    prefetch: { value: 64 },
  });
});

test('waits fit into each other: reconnecting begins small, an answer is waited for longer than a socket', () => {
  const { reconnectBaseMs, reconnectCapMs, connectMs, sendMs, closeMs, adminMs, silenceMs } = BUS_BOUNDS;
  expect(reconnectBaseMs.value).toBeLessThan(reconnectCapMs.value);
  expect(connectMs.value).toBeLessThan(sendMs.value);
  for (const { value } of [closeMs, adminMs, silenceMs]) expect(value).toBeGreaterThanOrEqual(5_000);
});

test('single ones can be replaced, and the others stay', () => {
  const producers = { name: 'bus.producers', value: 1 };
  const changed = busBounds({ producers });
  expect(changed.producers).toBe(producers);
  expect({ ...changed, producers: BUS_BOUNDS.producers }).toEqual(BUS_BOUNDS);
  expect(busBounds()).toEqual(BUS_BOUNDS);
});
