/** What a letter keeps of a message (M1, M2), and what goes to the topic that operators read (M3). */
import { expect, test } from 'vitest';
import {
  bytesOf,
  deadLetterMessage,
  decodedOf,
  isPayloadKept,
  keepable,
  keptMessageOf,
  type MessageToKeep,
} from './dead-message.ts';

const message = (over: Partial<MessageToKeep> = {}): MessageToKeep => ({
  topic: 'persistent://platformq/system/tenant-created-events',
  id: '1:2:0',
  publishedAtMs: 5,
  properties: { event_id: 'e' },
  payload: Buffer.from('{"tenant_id":"acme"}'),
  ...over,
});
const json = { value: { tenant_id: 'acme' }, encoding: 'json' } as const;
const sent = (letter: ReturnType<typeof keptMessageOf>) =>
  deadLetterMessage(
    { pulsarTenant: 'platformq', service: 'tenant-provisioner' },
    { kind: 'dead-letter', serial: 1, letter, code: 'invalid', message: 'no', attempts: 1 },
  );

test('M2: JSON is kept once, as its bytes; Avro with how it was read', () => {
  const letter = keptMessageOf(message(), json);
  expect([letter.decoded, decodedOf(letter)]).toEqual([undefined, { tenant_id: 'acme' }]);
  const avro = keptMessageOf(message({ payload: new Uint8Array([1, 2, 3]) }), { ...json, encoding: 'avro' });
  expect([decodedOf(avro), [...bytesOf(avro)]]).toEqual([{ tenant_id: 'acme' }, [1, 2, 3]]);
  expect(decodedOf(keptMessageOf(message()))).toBeUndefined();
});

test('a small letter goes out as it came: bytes, key and properties', () => {
  const out = sent(keepable(keptMessageOf(message({ key: 'k' }), json)));
  expect(out).toMatchObject({
    topic: 'persistent://platformq/system/tenant-created-events-tenant-provisioner-DLQ',
    key: 'k',
    properties: { event_id: 'e', error_code: 'invalid', original_message_id: '1:2:0' },
  });
  expect(Buffer.from(out.payload).toString()).toBe('{"tenant_id":"acme"}');
});

test('M1: properties go first, then the content; the letter says what it lacks, and stays small', () => {
  const wordy = keepable(keptMessageOf(message({ properties: { long: 'x'.repeat(600_000) } }), json));
  expect([isPayloadKept(wordy), wordy.properties]).toEqual([true, { properties_omitted: 'true' }]);
  const large = keptMessageOf(message({ payload: new Uint8Array(900_000), key: 'k'.repeat(600_000) }));
  const cut = keepable(large);
  expect([isPayloadKept(cut), cut.key, cut.omittedBytes]).toEqual([false, undefined, 900_000]);
  expect(JSON.stringify(cut).length).toBeLessThan(4096);
  expect(sent(cut).properties).toMatchObject({ payload_omitted: 'true', payload_bytes: '900000' });
  expect(keepable(cut)).toBe(cut);
});

test('a decoded value that is far larger than its bytes is not kept: it can be read again', () => {
  const value = { list: Array.from({ length: 50_000 }, () => null) };
  expect(keptMessageOf(message(), { value, encoding: 'avro' }).decoded).toBeUndefined();
});

test('a time that no clock shows becomes one that can be written', () => {
  for (const at of [Number.NaN, -5, 9e15, Number.POSITIVE_INFINITY]) {
    const { publishedAtMs } = keptMessageOf(message({ publishedAtMs: at }));
    expect(new Date(publishedAtMs).toISOString()).toMatch(/^\d{4}-/);
  }
});
