import { expect, test } from 'vitest';
import { formatPosition, isUpTo, parseMessageId, parsePosition } from './message-id.ts';

const text = (base64: string) => formatPosition(parseMessageId(Buffer.from(base64, 'base64')));

test('ids as a broker sends them read as ledger, entry and index in the batch', () => {
  expect(text('CEgQAjAA')).toBe('72:2');
  expect(text('CAUQACAAMAU=')).toBe('5:0:0');
  expect(text('CAUQAiACMAM=')).toBe('5:2:2');
});

test('1: the acked part of a batch does not change the id', () => {
  const withAckSet = Buffer.from([...Buffer.from('CAUQAiACMAM=', 'base64'), 0x28, 0x18]);
  expect(formatPosition(parseMessageId(withAckSet))).toBe('5:2:2');
});

test('what is no id is refused', () => {
  for (const bytes of [[], [0x08], [0x08, 0x80], [0x0d, 0x00], [0x08, 0x05]]) {
    expect(() => parseMessageId(Uint8Array.from(bytes))).toThrow(RangeError);
  }
  for (const id of ['', '5', '5:x', '5:0:0:0', 'msg-5:1']) expect(parsePosition(id)).toBeUndefined();
});

test('positions are ordered by ledger, then entry', () => {
  const at = (id: string) => parsePosition(id) ?? expect.unreachable();
  expect(isUpTo(at('5:2:0'), at('5:2:4'))).toBe(true);
  expect(isUpTo(at('5:9'), at('6:0'))).toBe(true);
  expect(isUpTo(at('10:0'), at('9:5'))).toBe(false);
});
