import { expect, test } from 'vitest';
import { createFrames } from './frames.ts';

const frame = (text: string): Buffer => {
  const body = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeInt32LE(body.length);
  return Buffer.concat([head, body]);
};
const texts = (frames: readonly Buffer[]) => frames.map((each) => each.subarray(4).toString());

test('1 whatever two cuts are made, the same frames come out, each as soon as it is whole', () => {
  const sent = ['first', '', 'the third', 'x'];
  const bytes = Buffer.concat(sent.map(frame));
  for (let one = 0; one <= bytes.length; one++) {
    for (let two = one; two <= bytes.length; two++) {
      const cut = createFrames();
      const got = [bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)].flatMap(cut);
      expect(texts(got), `cut at ${one} and ${two}`).toEqual(sent);
    }
  }
});

test('1 byte by byte, a frame comes with its last byte and not before', () => {
  const cut = createFrames();
  const bytes = Buffer.concat([frame('ab'), frame('c')]);
  const arrivals = [...bytes].map((value) => texts(cut(Buffer.from([value]))));
  expect(arrivals.map((got) => got.join())).toEqual(['', '', '', '', '', 'ab', '', '', '', '', 'c']);
});

test('2 a length that no answer has is refused at once', () => {
  for (const head of ['ffffffff', '00000070']) {
    expect(() => createFrames()(Buffer.from(head, 'hex'))).toThrow('is none');
  }
});
