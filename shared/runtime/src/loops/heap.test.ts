/** The least item first, in whatever order items come and go. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeap } from './heap.ts';

const numbers = () => createHeap<number>((a, b) => a < b);

test('whatever is pushed and popped in whatever order, the least of what is there comes first', () => {
  const act = fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 }) },
    { weight: 1, arbitrary: fc.constant('pop') },
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const heap = numbers();
      let model: number[] = [];
      for (const one of acts) {
        model.sort((a, b) => a - b);
        expect(heap.peek()).toBe(model[0]);
        if (typeof one === 'number') {
          heap.push(one);
          model.push(one);
        } else {
          expect(heap.pop()).toBe(model[0]);
          model = model.slice(1);
        }
      }
      model.sort((a, b) => a - b);
      expect(model.map(() => heap.pop())).toEqual(model);
      expect([heap.pop(), heap.peek()]).toEqual([undefined, undefined]);
    }),
  );
});

test('a thousand items in falling order come out in rising order', () => {
  const heap = numbers();
  for (let item = 1_000; item > 0; item--) heap.push(item);
  expect(Array.from({ length: 1_000 }, () => heap.pop())).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1));
});

test('cleared it holds nothing, and takes new items', () => {
  const heap = numbers();
  heap.push(1);
  heap.clear();
  expect([heap.peek(), heap.pop()]).toEqual([undefined, undefined]);
  heap.push(2);
  expect(heap.pop()).toBe(2);
});
